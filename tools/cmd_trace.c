/* SPDX-License-Identifier: BSD-2-Clause */
/* relais trace: where is my message? All lines of the log that name a queue id, and those of the messages
 * that came of it: reports, forwarded copies, and, where other logs are given, the next town's. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "mail/queueid.h"
#include "tools/configuration.h"
#include "tools/subcommand.h"

enum { LOGS = 64, IDS = 1000 };

static const char usage[] = "usage: relais trace [-c directory] [-l log]... ID ...\n"
                            "\n"
                            "Prints the log's lines about these messages and about those that came of them.\n"
                            "-l names a log to look into; without it, the configuration's maillog_file.\n";

struct trace {
    const char *directory;
    const char *logs[LOGS];
    size_t log_count;
    struct arena *arena;
    struct hash *ids; /* those that are followed */
    size_t lines;
};

static bool complain_of(const char *what, const char *why)
{
    fprintf(stderr, "relais trace: %s: %s\n", what, why);
    return false;
}

/* The next run of letters and digits that is a queue id. */
static bool take_id(struct str *rest, struct str *id)
{
    while (rest->len) {
        size_t len = 0;
        while (len < rest->len && char_is_alnum(rest->at[len]))
            len++;
        *id = str_sub(*rest, 0, len);
        *rest = str_from(*rest, len + 1);
        if (id->len == QUEUE_ID_LENGTH && queue_id_parse(*id, NULL))
            return true;
    }
    return false;
}

static bool names_followed(const struct trace *trace, struct str line)
{
    struct str id;
    while (take_id(&line, &id))
        if (hash_get(trace->ids, id))
            return true;
    return false;
}

static void follow(struct trace *trace, struct str line)
{
    struct str id;
    while (take_id(&line, &id))
        if (!hash_get(trace->ids, id) && hash_count(trace->ids) < IDS)
            hash_put(trace->ids, id, trace);
}

typedef void line_fn(struct trace *trace, struct str line);

static void print_line(struct trace *trace, struct str line)
{
    printf(STR_FMT "\n", STR_ARG(line));
    trace->lines++;
}

/* Calls fn for each line that names an id that is followed. */
static bool each_line(struct trace *trace, const char *path, line_fn *fn)
{
    FILE *log = fopen(path, "re");
    char *line = NULL;
    size_t room = 0;
    if (!log)
        return complain_of(path, strerror(errno));
    for (ssize_t len; (len = getline(&line, &room, log)) >= 0;) {
        struct str text = str_trim(str_make(line, (size_t)len));
        if (names_followed(trace, text))
            fn(trace, text);
    }
    free(line);
    bool good = !ferror(log);
    fclose(log);
    return good || complain_of(path, "cannot be read");
}

static bool each_log(struct trace *trace, line_fn *fn)
{
    bool good = true;
    for (size_t i = 0; i < trace->log_count; i++)
        good = each_line(trace, trace->logs[i], fn) && good;
    return good;
}

static bool run_trace(struct trace *trace)
{
    size_t before;
    bool good;
    do {
        before = hash_count(trace->ids);
        good = each_log(trace, follow);
    } while (good && hash_count(trace->ids) > before);
    good = good && each_log(trace, print_line);
    return good && (trace->lines || complain_of("no line", "the log does not name that message"));
}

static bool use_configured_log(struct trace *trace, struct configuration *configuration)
{
    if (!configuration_open(configuration, "relais trace", trace->directory))
        return false;
    struct str log = configuration->params.maillog_file;
    trace->logs[trace->log_count++] = log.len ? arena_cstr(configuration->arena, log) : "/var/log/mail.log";
    return true;
}

static bool read_options(struct trace *trace, int argc, char **argv)
{
    int option;
    optind = 1;
    while ((option = getopt(argc, argv, "c:l:")) != -1) {
        if (option == 'c')
            trace->directory = optarg;
        else if (option == 'l' && trace->log_count < LOGS)
            trace->logs[trace->log_count++] = optarg;
        else
            return false;
    }
    return optind < argc;
}

static bool take_ids(struct trace *trace, char **words)
{
    for (; *words; words++) {
        if (!queue_id_parse(str_of(*words), NULL))
            return complain_of(*words, "not a queue id");
        hash_put(trace->ids, str_of(*words), trace);
    }
    return true;
}

static int trace_main(int argc, char **argv)
{
    struct trace trace = {.directory = NULL};
    struct configuration configuration = {.conf = NULL};
    bool help = argc == 2 && strcmp(argv[1], "--help") == 0;
    if (help || !read_options(&trace, argc, argv)) {
        fputs(usage, help ? stdout : stderr);
        return help ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    trace.ids = hash_create();
    bool configured = trace.log_count == 0;
    bool good = take_ids(&trace, argv + optind) &&
                (!configured || use_configured_log(&trace, &configuration)) && run_trace(&trace);
    if (configured)
        configuration_close(&configuration);
    hash_destroy(trace.ids);
    return fflush(stdout) == 0 && good ? EXIT_SUCCESS : EXIT_FAILURE;
}

const struct subcommand subcommand_trace = {
    .name = "trace", .summary = "follow a message through the log", .run = trace_main};
