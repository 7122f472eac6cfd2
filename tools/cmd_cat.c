/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * relais cat (postcat): shows what is in queue files: envelope, message, and what became of the recipients.
 * It reads only, and checks the message's sum before it shows the message.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/memory.h"
#include "conf/conf.h"
#include "conf/installed.h"
#include "conf/params.h"
#include "io/file.h"
#include "mail/queuefile.h"
#include "mail/queueid.h"
#include "tools/subcommand.h"

enum {
    FILE_MEMORY = 256 * 1024 * 1024,
    CONFIG_MEMORY = 16 * 1024 * 1024,
    PIECE = 64 * 1024,
    PRINT_LIMIT = 64 * 1024 * 1024
};

struct cat_run {
    const char *name;            /* what we were called by */
    bool envelope, header, body; /* what is shown */
    bool offsets;                /* -o: where it is */
    bool search;                 /* -q: names are queue ids */
    int queue;                   /* directory of the queue; -1 without -q */
};

struct cat_file {
    const struct cat_run *run;
    const char *name;
    int fd;
    struct queue_entry entry;
};

static bool complain_of(const struct cat_run *run, const char *name, const char *why)
{
    fprintf(stderr, "%s: fatal: %s: %s\n", run->name, name, why);
    return false;
}

/* Only beside the envelope, as postcat does: header and body alone can go to other programs as they are. */
static void print_head(const struct cat_file *file, const char *title, uint64_t offset)
{
    if (!file->run->envelope)
        return;
    if (file->run->offsets)
        printf("%9llu ", (unsigned long long)offset);
    printf("*** %s %s ***\n", title, file->name);
}

static void print_message(const struct wire_message *message, const void *object)
{
    struct buf text;
    buf_init(&text, PRINT_LIMIT);
    wire_print(message, object, &text);
    fwrite(text.at, 1, text.len, stdout);
    if (text.len && text.at[text.len - 1] != '\n')
        putchar('\n');
    buf_finish(&text);
}

/* What scripts look for, in postcat's words. */
static void print_known(const struct envelope *envelope)
{
    char when[32];
    time_t seconds = (time_t)(envelope->arrival_us / 1000000);
    struct tm local;
    localtime_r(&seconds, &local);
    strftime(when, sizeof when, "%a %b %d %H:%M:%S %Y", &local);
    printf("message_arrival_time: %s\nsender: " STR_FMT "\n", when, STR_ARG(envelope->sender));
    for (size_t i = 0; i < envelope->rcpts_count; i++) {
        const struct recipient *rcpt = &envelope->rcpts[i];
        struct str original = rcpt->original.len ? rcpt->original : rcpt->address;
        printf("original_recipient: " STR_FMT "\nrecipient: " STR_FMT "\n", STR_ARG(original),
               STR_ARG(rcpt->address));
    }
}

static void print_envelope(const struct cat_file *file)
{
    const struct queue_entry *entry = &file->entry;
    struct queuefile_places places = queuefile_places(entry->envelope_size, entry->message_size);
    print_head(file, "ENVELOPE RECORDS", places.envelope_at);
    printf("message_size: %15llu\n", (unsigned long long)entry->message_size);
    print_known(&entry->envelope);
    print_message(&envelope_message, &entry->envelope);
}

static const char *record_name(uint64_t kind)
{
    static const char *const names[] = {"unknown", "outcome", "added",    "retry",
                                        "hold",    "release", "notified", "expire"};
    return names[kind < sizeof names / sizeof names[0] ? kind : 0];
}

static void print_records(const struct cat_file *file)
{
    const struct queue_entry *entry = &file->entry;
    struct queuefile_places places = queuefile_places(entry->envelope_size, entry->message_size);
    if (entry->record_count)
        print_head(file, "RESULT RECORDS", places.records_at);
    for (size_t i = 0; i < entry->record_count; i++) {
        printf("%s:\n", record_name(entry->records[i].kind));
        print_message(&queue_record_message, &entry->records[i]);
    }
    if (entry->torn)
        printf("(an unfinished record at %llu does not count)\n", (unsigned long long)entry->append_at);
}

/* Lines end in CRLF in the file and in LF here; a CR at the end of a piece waits for the next. */
static void print_piece(struct str piece, bool *held)
{
    for (size_t i = 0; i < piece.len; i++) {
        char c = piece.at[i];
        if (*held && c != '\n')
            putchar('\r');
        *held = c == '\r';
        if (!*held)
            putchar(c);
    }
}

static bool print_octets(const struct cat_file *file, uint64_t from, uint64_t to)
{
    char *piece = memory_get(PIECE);
    bool held = false, good = true;
    while (good && from < to) {
        size_t size = to - from < PIECE ? (size_t)(to - from) : PIECE;
        good = file_pread_all(file->fd, piece, size, (off_t)(file->entry.message_at + from));
        if (good)
            print_piece(str_make(piece, size), &held);
        from += size;
    }
    free(piece);
    return good || complain_of(file->run, file->name, strerror(errno));
}

/* Octets of the header without the empty line behind it, which goes with the body, as in postcat. */
static uint64_t header_end(const struct cat_file *file)
{
    uint64_t size = file->entry.message_size, header = file->entry.envelope.header_size;
    char end[4];
    if (header > size)
        header = size;
    bool parted =
        header >= sizeof end &&
        file_pread_all(file->fd, end, sizeof end, (off_t)(file->entry.message_at + header - sizeof end)) &&
        memcmp(end, "\r\n\r\n", sizeof end) == 0;
    return parted ? header - 2 : header;
}

static bool print_contents(const struct cat_file *file)
{
    const struct cat_run *run = file->run;
    uint64_t size = file->entry.message_size, header = header_end(file);
    uint64_t from = run->header ? 0 : header, to = run->body ? size : header;
    print_head(file, "MESSAGE CONTENTS", file->entry.message_at + from);
    return print_octets(file, from, to);
}

static bool cat_open(struct cat_file *file, struct arena *arena)
{
    struct verdict verdict;
    if (queuefile_read(file->fd, arena, &file->entry, &verdict) != QUEUEFILE_OK ||
        queuefile_check(file->fd, &file->entry, &verdict) != QUEUEFILE_OK)
        return complain_of(file->run, file->name, verdict.text);
    return true;
}

static bool cat_show(struct cat_file *file)
{
    struct arena *arena = arena_create(FILE_MEMORY);
    bool good = cat_open(file, arena);
    if (good) {
        if (file->run->envelope)
            print_envelope(file);
        if (file->run->header || file->run->body)
            good = print_contents(file);
        if (file->run->envelope)
            print_records(file);
        print_head(file, "MESSAGE FILE END", file->entry.append_at);
    }
    arena_destroy(arena);
    return good;
}

/* -q looks where messages are, then where damaged ones were put. */
static int cat_find(const struct cat_run *run, const char *name)
{
    char damaged[QUEUE_ID_LENGTH + sizeof "damaged/"];
    if (!run->search)
        return open(name, O_RDONLY | O_CLOEXEC);
    if (!queue_id_parse(str_of(name), NULL)) {
        errno = EINVAL;
        return -1;
    }
    int fd = file_open_regular(run->queue, name, O_RDONLY);
    if (fd >= 0 || errno != ENOENT)
        return fd;
    snprintf(damaged, sizeof damaged, "damaged/%s", name);
    return file_open_regular(run->queue, damaged, O_RDONLY);
}

static bool cat_one(const struct cat_run *run, const char *name)
{
    struct cat_file file = {.run = run, .name = name, .fd = cat_find(run, name)};
    if (file.fd < 0)
        return complain_of(run, name, errno == EINVAL ? "not a queue id" : strerror(errno));
    bool good = cat_show(&file);
    close(file.fd);
    return good;
}

static const char usage[] = "usage: relais cat [-behoq] [-c config_directory] name ...\n";

static bool read_options(struct cat_run *run, int argc, char **argv, const char **config_directory)
{
    int option;
    optind = 1;
    while ((option = getopt(argc, argv, "bc:ehoq")) != -1) {
        switch (option) {
        case 'b':
            run->body = true;
            break;
        case 'c':
            *config_directory = optarg;
            break;
        case 'e':
            run->envelope = true;
            break;
        case 'h':
            run->header = true;
            break;
        case 'o':
            run->offsets = true;
            break;
        case 'q':
            run->search = true;
            break;
        default:
            return false;
        }
    }
    if (!run->body && !run->header && !run->envelope)
        run->body = run->header = run->envelope = true;
    return optind < argc;
}

/* Opens the queue that the configuration names; -1 when it cannot be known or opened. */
static int open_queue(const struct cat_run *run, const char *config_directory)
{
    static const struct param_set *const sets[] = {&conf_param_set, NULL};
    struct arena *arena = arena_create(CONFIG_MEMORY);
    struct complaints complaints;
    struct conf_params params;
    int queue = -1;
    complaints_init(&complaints, arena);
    struct conf *conf = conf_load(config_directory, sets, arena, &complaints);
    conf_load_set(conf, NULL, &conf_param_set, arena, &complaints, &params);
    for (const struct complaint *one = complaints.first; one; one = one->next)
        if (one->fatal)
            fprintf(stderr, "%s: fatal: " STR_FMT "\n", run->name, STR_ARG(one->text));
    if (!complaints.fatal_count) {
        const char *path = arena_cstr(arena, params.queue_files);
        queue = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (queue < 0)
            complain_of(run, path, strerror(errno));
    }
    conf_free(conf);
    arena_destroy(arena);
    return queue;
}

static int cat_main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    struct cat_run run = {.name = slash ? slash + 1 : argv[0], .queue = -1};
    const char *config_directory = getenv("MAIL_CONFIG");
    bool good = true, help = argc == 2 && strcmp(argv[1], "--help") == 0;
    if (!config_directory)
        config_directory = INSTALLED_CONFIGURATION;
    if (help || !read_options(&run, argc, argv, &config_directory)) {
        fputs(usage, help ? stdout : stderr);
        return help ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    if (run.search && (run.queue = open_queue(&run, config_directory)) < 0)
        return EXIT_FAILURE;
    for (int i = optind; i < argc; i++)
        good = cat_one(&run, argv[i]) && good;
    if (run.queue >= 0)
        close(run.queue);
    return fflush(stdout) == 0 && good ? EXIT_SUCCESS : EXIT_FAILURE;
}

static const char *const names[] = {"postcat", NULL};
const struct subcommand subcommand_cat = {
    .name = "cat", .also = names, .summary = "show what is in queue files", .run = cat_main};
