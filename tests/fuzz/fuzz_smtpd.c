/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole SMTP and LMTP sessions. However they go, there is a queue file for each message that was answered
 * with 250 and for no other, and each is sound and has no line end but CRLF.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/tally.h"
#include "conf/conf.h"
#include "fuzz/fuzz.h"
#include "io/file.h"
#include "mail/queuefile.h"
#include "route/params.h"
#include "smtpd/server.h"
#include "smtpd/session.h"

enum { MEMORY = 1 << 24, OUTPUT_LIMIT = 16 << 20, INPUT_LIMIT = 64 * 1024 };

static const struct param_set *const sets[] = {&conf_param_set, &route_param_set, &smtpd_param_set, NULL};
static const char main_cf[] =
    "myhostname = mx.example.org\n"
    "mydestination = example.org\n"
    "local_recipient_maps = inline:{marie=x, jean=x}\n"
    "alias_maps =\n"
    "virtual_alias_maps = inline:{{all@example.org = marie@example.org, jean@example.org}}\n"
    "smtpd_error_sleep_time = 0s\n"
    "message_size_limit = 20000\n";

/* One server, SMTP or LMTP, with all it needs. */
struct bureau {
    struct conf *conf;
    struct conf_params common;
    struct route_params route;
    struct smtpd_params smtpd;
    struct server server;
    char directory[64], queue[100];
};
static struct bureau bureau;

static void remove_directory(void)
{
    fuzz_directory_remove(bureau.directory);
}

static void load_params(struct arena *arena)
{
    struct complaints complaints;
    int directory = open(bureau.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool written = file_replace(directory, "main.cf", str_of(main_cf), 0600);
    complaints_init(&complaints, arena);
    struct conf *conf = bureau.conf = conf_load(bureau.directory, sets, arena, &complaints);
    conf_load_set(conf, NULL, &conf_param_set, arena, &complaints, &bureau.common);
    conf_load_set(conf, NULL, &route_param_set, arena, &complaints, &bureau.route);
    conf_load_set(conf, NULL, &smtpd_param_set, arena, &complaints, &bureau.smtpd);
    assert(written && complaints.fatal_count == 0);
    close(directory);
}

static void open_bureau(void)
{
    struct verdict verdict;
    struct arena *arena = arena_create(MEMORY);
    fuzz_directory_make(bureau.directory);
    atexit(remove_directory);
    load_params(arena);
    snprintf(bureau.queue, sizeof bureau.queue, "%s/queue", bureau.directory);
    bool made = file_make_dirs(bureau.queue, 0700);
    struct intake_options options = {.queue_directory = bureau.queue,
                                     .memory_limit = MEMORY,
                                     .message_size_limit = (uint64_t)bureau.common.message_size_limit};
    bureau.server = (struct server){
        .params = &bureau.smtpd,
        .conf = &bureau.common,
        .log = log_to_fd(open("/dev/null", O_WRONLY | O_CLOEXEC), LOG_FORMAT_POSTFIX, "relais/smtpd", "mx"),
        .intake = intake_create(&options, &verdict),
    };
    queue_id_init(&bureau.server.ids, 7, 12345);
    made = made && bureau.server.intake && server_open_tables(&bureau.server, &bureau.route, arena, &verdict);
    assert(made);
}

static void check_message(struct str text)
{
    assert(str_ends(text, STR("\r\n")));
    for (size_t i = 0; i < text.len; i++)
        assert(text.at[i] && (text.at[i] != '\n' || (i && text.at[i - 1] == '\r')) &&
               (text.at[i] != '\r' || (i + 1 < text.len && text.at[i + 1] == '\n')));
}

static void check_file(int fd)
{
    struct arena *arena = arena_create(MEMORY);
    struct queue_entry entry;
    struct verdict verdict;
    bool sound = fd >= 0 && queuefile_read(fd, arena, &entry, &verdict) == QUEUEFILE_OK &&
                 queuefile_check(fd, &entry, &verdict) == QUEUEFILE_OK;
    assert(sound && entry.envelope.rcpts_count > 0);
    char *text = arena_get(arena, entry.message_size + 1);
    bool read = pread(fd, text, entry.message_size, (off_t)entry.message_at) == (ssize_t)entry.message_size;
    assert(read);
    check_message(str_make(text, entry.message_size));
    arena_destroy(arena);
}

/* Checks and removes what is in the queue; how many there were. */
static size_t clear_queue(void)
{
    size_t count = 0;
    DIR *directory = opendir(bureau.queue);
    for (const struct dirent *entry; (entry = readdir(directory));) {
        if (entry->d_name[0] == '.')
            continue;
        int fd = openat(dirfd(directory), entry->d_name, O_RDONLY | O_CLOEXEC);
        check_file(fd);
        close(fd);
        unlinkat(dirfd(directory), entry->d_name, 0);
        count++;
    }
    closedir(directory);
    return count;
}

/* Answers that promise; LMTP gives one for each recipient, and each names the same id. */
static size_t promises(struct str output)
{
    static const struct str promise = STR_INIT("250 2.0.0 Ok: queued as ");
    struct str line, last = {"", 0};
    size_t count = 0;
    while (output.len && str_cut(&output, '\n', &line)) {
        if (!str_starts(line, promise))
            continue;
        count += !str_eq(line, last);
        last = line;
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    struct str said = str_make(octets, size);
    uint8_t choice = fuzz_choice(&said);
    const struct client client = {
        .name = STR_INIT("unknown"), .ip = STR_INIT("192.0.2.7"), .port = 4711, .trusted = choice & 2};
    struct buf output;
    if (size > INPUT_LIMIT)
        return 0;
    if (!bureau.server.intake)
        open_bureau();
    bureau.server.lmtp = choice & 1;
    buf_init(&output, OUTPUT_LIMIT);
    struct stream *stream = stream_over_memory(said, INPUT_LIMIT, &output);
    session_run(&bureau.server, stream, &client);
    stream_destroy(stream);
    assert(promises(buf_str(&output)) == clear_queue());
    buf_finish(&output);
    return 0;
}
