/* SPDX-License-Identifier: BSD-2-Clause */
/* relais queue, also as postqueue, mailq and postsuper: lists what is in the queue, and orders qmgr to do
 * something with it. Nothing is changed behind qmgr's back: only it writes delivery state. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/fdpass.h"
#include "io/stream.h"
#include "io/task.h"
#include "mail/queue_list.h"
#include "mail/queue_print.h"
#include "mail/queueid.h"
#include "tools/configuration.h"
#include "tools/subcommand.h"
#include "wire/channel.h"
#include "wire/queue_answer.h"
#include "wire/queue_order.h"
#include "wire/queue_orders.h"

enum {
    ORDER_MS = 60000,
    ANSWER_MEMORY = 64 * 1024,
    ORDERS = 10000,
    PRINT_LIMIT = 64 * 1024 * 1024,
    READ_AT_ONCE = 64 * 1024
};

static const char usage[] =
    "usage: relais queue [list] [-j] [-c directory]\n"
    "       relais queue flush [-c directory] [ID ... | -s DOMAIN]\n"
    "       relais queue hold|release|delete|requeue|expire [-c directory] ID ... | ALL\n"
    "       postqueue [-c directory] -p | -j | -f | -i ID | -s DOMAIN;  mailq\n"
    "       postsuper [-c directory] [-d ID] [-h ID] [-H ID] [-r ID] [-e ID] [-f ID] ... [QUEUE ...]\n"
    "\n"
    "An ID may be ALL, or - for one a line from standard input. A QUEUE is active, deferred or hold.\n";

/* Something to be done to messages. */
struct kind {
    enum queue_order_kind order;
    const char *verb;
    char letter; /* of postsuper */
    const char *done;
    const char *each; /* what postsuper says of one message */
    unsigned states;  /* that postsuper does it to */
};
enum { ALL_STATES = QUEUE_STATE_ACTIVE | QUEUE_STATE_DEFERRED | QUEUE_STATE_HELD };
static const struct kind kinds[] = {
    {QUEUE_ORDER_FLUSH, "flush", 0, "Scheduled", NULL, ALL_STATES},
    {QUEUE_ORDER_HOLD, "hold", 'h', "Placed on hold", "placed on hold",
     QUEUE_STATE_ACTIVE | QUEUE_STATE_DEFERRED},
    {QUEUE_ORDER_RELEASE, "release", 'H', "Released from hold", "released from hold", QUEUE_STATE_HELD},
    {QUEUE_ORDER_DELETE, "delete", 'd', "Deleted", "removed", ALL_STATES},
    {QUEUE_ORDER_REQUEUE, "requeue", 'r', "Requeued", "requeued", ALL_STATES},
    {QUEUE_ORDER_EXPIRE, "expire", 'e', "Force-expired", "expired", ALL_STATES},
};
enum { KIND_COUNT = sizeof kinds / sizeof kinds[0] };

struct wish {
    const struct kind *kind;
    const char *id; /* NULL: all it can mean */
    const char *site;
};

struct queue_run {
    const char *name, *directory;
    bool list, json;
    bool as_postsuper; /* says what it does to each, and a message that is not there is no failure */
    unsigned states;   /* of the messages that are meant; postsuper's only */
    struct wish wishes[ORDERS];
    size_t wish_count;
    uint64_t done[KIND_COUNT];
    struct configuration configuration;
    int socket; /* to qmgr; -1: not connected yet */
};

static bool complain_of(const struct queue_run *run, const char *what, const char *why)
{
    fprintf(stderr, "%s: %s: %s\n", run->name, what, why);
    return false;
}

/* --- what showq does for who may not --- */

/* Asks showq and copies its answer to standard output; what it says behind "ok" goes to *number. */
static bool ask_showq(struct queue_run *run, const char *question, uint64_t *number)
{
    const char *path = arena_printf(run->configuration.arena, STR_FMT "/public/showq",
                                    STR_ARG(run->configuration.params.queue_directory))
                           .at;
    int fd = unix_connect_stream(path);
    struct str line = STR("no answer"), text;
    if (fd < 0)
        return complain_of(run, path, strerror(errno));
    struct stream *stream = stream_over_fd(fd, READ_AT_ONCE);
    stream_printf(stream, "%s\n", question);
    bool good = stream_flush(stream) == STREAM_OK && stream_line(stream, READ_AT_ONCE, &line) == STREAM_OK &&
                str_starts(line, STR("ok"));
    if (good)
        (void)str_to_u64(str_trim(str_from(line, 2)), number);
    else
        complain_of(run, question, arena_cstr(run->configuration.arena, str_trim(line)));
    while (good && stream_fill(stream, 1) == STREAM_OK) {
        text = stream_buffered(stream);
        good = fwrite(text.at, 1, text.len, stdout) == text.len;
        stream_take(stream, text.len);
    }
    stream_destroy(stream);
    return good;
}

/* --- listing --- */

static bool print_one(void *arg, struct str id, enum queue_state state, const struct listing *listing)
{
    struct queue_print *print = arg;
    struct buf text;
    buf_init(&text, PRINT_LIMIT);
    queue_print_one(print, id, state, listing, &text);
    bool printed = fwrite(text.at, 1, text.len, stdout) == text.len;
    buf_finish(&text);
    return printed;
}

static bool run_list(struct queue_run *run)
{
    struct queue_print print = {.json = run->json};
    struct verdict verdict;
    struct buf text;
    uint64_t number;
    const char *directory = arena_cstr(run->configuration.arena,
                                       configuration_text(&run->configuration, "queue_files_directory"));
    if (access(directory, R_OK) != 0 && errno == EACCES)
        return ask_showq(run, run->json ? "json" : "list", &number);
    if (!queue_list(directory, print_one, &print, &verdict))
        return complain_of(run, "the queue cannot be listed", verdict.text);
    buf_init(&text, PRINT_LIMIT);
    queue_print_end(&print, &text);
    fputs(buf_cstr(&text), stdout);
    buf_finish(&text);
    return true;
}

/* --- orders --- */

static bool connect_manager(struct queue_run *run)
{
    if (run->socket >= 0)
        return true;
    const char *path = arena_printf(run->configuration.arena, STR_FMT "/private/qmgr",
                                    STR_ARG(run->configuration.params.queue_directory))
                           .at;
    run->socket = unix_connect(path);
    return run->socket >= 0 || complain_of(run, "the queue manager cannot be reached", strerror(errno));
}

static bool exchange(struct queue_run *run, const struct queue_order *order, uint64_t *count)
{
    struct arena *arena = arena_create(ANSWER_MEMORY);
    struct packet packet;
    struct queue_answer answer;
    packet_init(&packet);
    bool good = channel_send(run->socket, QUEUE_KIND_ORDER, &queue_order_message, order, NULL, 0,
                             deadline_in(ORDER_MS)) &&
                channel_receive(run->socket, &packet, deadline_in(ORDER_MS)) == 1 &&
                packet.kind == QUEUE_KIND_ANSWER &&
                packet_decode(&packet, &queue_answer_message, arena, &answer);
    if (!good)
        complain_of(run, "the queue manager does not answer", errno ? strerror(errno) : "it hung up");
    else if (answer.error.len)
        good = complain_of(run, arena_cstr(arena, order->queue_id.len ? order->queue_id : STR("all")),
                           arena_cstr(arena, answer.error));
    *count = good ? answer.count : 0;
    packet_finish(&packet);
    arena_destroy(arena);
    return good;
}

static bool is_sound(struct queue_run *run, struct str id)
{
    if (queue_id_parse(id, NULL))
        return true;
    if (run->as_postsuper)
        fprintf(stderr, "%s: warning: invalid mail queue id: " STR_FMT "\n", run->name, STR_ARG(id));
    else
        complain_of(run, arena_cstr(run->configuration.arena, id), "not a queue id");
    return false;
}

/* The private sockets are not for everybody. */
static bool may_order(const struct queue_run *run)
{
    const char *path = arena_printf(run->configuration.arena, STR_FMT "/private",
                                    STR_ARG(run->configuration.params.queue_directory))
                           .at;
    return run->socket >= 0 || access(path, X_OK) == 0 || errno != EACCES;
}

static const char *flush_question(const struct queue_run *run, struct str id, struct str site)
{
    struct str question = id.len ? arena_printf(run->configuration.arena, "flush-id " STR_FMT, STR_ARG(id))
                          : site.len
                              ? arena_printf(run->configuration.arena, "flush-site " STR_FMT, STR_ARG(site))
                              : STR("flush");
    return arena_cstr(run->configuration.arena, question);
}

static bool give_order(struct queue_run *run, const struct kind *kind, struct str id, const char *site)
{
    struct queue_order order = {.order = kind->order, .queue_id = id, .site = str_of(site)};
    uint64_t count = 0;
    if (id.len && !is_sound(run, id))
        return run->as_postsuper;
    if (kind->order == QUEUE_ORDER_FLUSH && !may_order(run)) {
        bool asked = ask_showq(run, flush_question(run, id, order.site), &count);
        run->done[kind - kinds] += count;
        return asked;
    }
    if (run->as_postsuper)
        order.states = run->states & kind->states ? run->states & kind->states : QUEUE_NO_STATE;
    if (!connect_manager(run) || !exchange(run, &order, &count))
        return false;
    if (run->as_postsuper && id.len && count)
        fprintf(stderr, "%s: " STR_FMT ": %s\n", run->name, STR_ARG(id), kind->each);
    run->done[kind - kinds] += count;
    return true;
}

static bool give_listed(struct queue_run *run, const struct kind *kind)
{
    char *line = NULL;
    size_t room = 0;
    bool good = true;
    for (ssize_t len; (len = getline(&line, &room, stdin)) >= 0;) {
        struct str id = str_trim(str_make(line, (size_t)len));
        if (id.len)
            good = give_order(run, kind, id, NULL) && good;
    }
    free(line);
    return good;
}

static bool grant(struct queue_run *run, const struct wish *wish)
{
    if (wish->id && strcmp(wish->id, "-") == 0)
        return give_listed(run, wish->kind);
    bool all = !wish->id || strcmp(wish->id, "ALL") == 0;
    return give_order(run, wish->kind, all ? STR("") : str_of(wish->id), wish->site);
}

static bool is_wished(const struct queue_run *run, const struct kind *kind)
{
    size_t i = 0;
    while (i < run->wish_count && run->wishes[i].kind != kind)
        i++;
    return i < run->wish_count;
}

static bool run_orders(struct queue_run *run)
{
    bool good = true;
    for (size_t i = 0; i < run->wish_count; i++)
        good = grant(run, &run->wishes[i]) && good;
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (run->done[i] || (run->as_postsuper && is_wished(run, &kinds[i])))
            fprintf(stderr, "%s: %s: %llu message%s\n", run->name, kinds[i].done,
                    (unsigned long long)run->done[i], run->done[i] == 1 ? "" : "s");
    if (run->socket >= 0)
        close(run->socket);
    return good;
}

/* --- the command line --- */

static bool add_wish(struct queue_run *run, const struct kind *kind, const char *id, const char *site)
{
    if (run->wish_count == ORDERS)
        return false;
    run->wishes[run->wish_count++] = (struct wish){kind, id, site};
    return true;
}

static const struct kind *kind_of(const char *verb, int letter)
{
    for (size_t i = 0; i < KIND_COUNT; i++)
        if ((verb && strcmp(kinds[i].verb, verb) == 0) || (letter && kinds[i].letter == letter))
            return &kinds[i];
    return NULL;
}

/* The queues of Postfix in which our messages would be. */
static bool take_queue(struct queue_run *run, const char *name)
{
    static const struct {
        const char *name;
        unsigned states;
    } queues[] = {{"active", QUEUE_STATE_ACTIVE},
                  {"incoming", QUEUE_STATE_ACTIVE},
                  {"deferred", QUEUE_STATE_DEFERRED},
                  {"hold", QUEUE_STATE_HELD},
                  {"maildrop", 0}};
    for (size_t i = 0; i < sizeof queues / sizeof queues[0]; i++)
        if (strcmp(name, queues[i].name) == 0) {
            run->states |= queues[i].states;
            return true;
        }
    return complain_of(run, name, "no such queue");
}

/* -f releases what it expires. -p, -s and -S look after directories, of which our queue has none. */
static bool read_postsuper(struct queue_run *run, int argc, char **argv)
{
    int option;
    bool good = true;
    run->as_postsuper = true;
    while (good && (option = getopt(argc, argv, "c:d:h:H:r:e:f:vpSs")) != -1) {
        const struct kind *kind = kind_of(NULL, option == 'f' ? 'e' : option);
        if (option == 'c')
            run->directory = optarg;
        else if (kind)
            good = add_wish(run, kind, optarg, NULL);
        if (good && option == 'f')
            good = add_wish(run, kind_of(NULL, 'H'), optarg, NULL);
        good = good && option != '?';
    }
    run->states = optind == argc ? ALL_STATES : 0;
    for (int i = optind; good && i < argc; i++)
        good = take_queue(run, argv[i]);
    return good;
}

static bool read_postqueue(struct queue_run *run, int argc, char **argv)
{
    int option;
    bool plain = false;
    while ((option = getopt(argc, argv, "c:fi:js:pv")) != -1) {
        bool good = true;
        if (option == 'c')
            run->directory = optarg;
        else if (option == 'p' || option == 'j')
            run->list = true;
        else if (option == 'f' || option == 'i' || option == 's')
            good = add_wish(run, &kinds[0], option == 'i' ? optarg : NULL, option == 's' ? optarg : NULL);
        else
            good = option == 'v';
        plain = plain || option == 'p';
        run->json = run->json || option == 'j';
        if (!good)
            return false;
    }
    if (!run->wish_count && strcmp(run->name, "postqueue") != 0)
        run->list = true;
    return optind == argc && (run->list ? !run->wish_count && !(plain && run->json) : run->wish_count > 0);
}

/* argv[0] is the verb. */
static bool read_verb(struct queue_run *run, int argc, char **argv)
{
    const struct kind *kind = kind_of(argv[0], 0);
    const char *site = NULL;
    int option;
    while ((option = getopt(argc, argv, "c:js:")) != -1) {
        if (option == 'c')
            run->directory = optarg;
        else if (option == 'j')
            run->json = true;
        else if (option == 's' && kind == &kinds[0])
            site = optarg;
        else
            return false;
    }
    if (strcmp(argv[0], "list") == 0)
        return (run->list = optind == argc);
    for (int i = optind; kind && i < argc; i++)
        if (!add_wish(run, kind, argv[i], NULL))
            return false;
    if (kind == &kinds[0] && optind == argc)
        return add_wish(run, kind, NULL, site);
    return kind && run->wish_count && !site;
}

static bool read_options(struct queue_run *run, int argc, char **argv)
{
    optind = 1;
    if (strcmp(run->name, "postsuper") == 0)
        return read_postsuper(run, argc, argv);
    if (strcmp(run->name, "postqueue") == 0)
        return read_postqueue(run, argc, argv);
    if (strcmp(run->name, "mailq") == 0)
        return (run->list = true);
    if (argc > 1 && argv[1][0] != '-')
        return read_verb(run, argc - 1, argv + 1);
    return read_postqueue(run, argc, argv);
}

static int queue_main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    struct queue_run *run = memory_get(sizeof *run);
    int status = EXIT_FAILURE;
    run->name = slash ? slash + 1 : argv[0];
    run->socket = -1;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        status = EXIT_SUCCESS;
    } else if (!read_options(run, argc, argv)) {
        fputs(usage, stderr);
    } else {
        bool good = configuration_open(&run->configuration, run->name, run->directory) &&
                    (!run->list || run_list(run)) && run_orders(run);
        configuration_close(&run->configuration);
        status = fflush(stdout) == 0 && good ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    free(run);
    return status;
}

static const char *const also[] = {"postqueue", "mailq", "postsuper", NULL};

const struct subcommand subcommand_queue = {.name = "queue",
                                            .verbs = true,
                                            .also = also,
                                            .summary = "list the queue, flush, hold, remove",
                                            .run = queue_main};
