/* SPDX-License-Identifier: BSD-2-Clause */
/* Where parameters come from: master's sealed snapshot, or, alone, the files themselves. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "worker/control.h"
#include "worker/run.h"

static void print_complaints(const struct complaints *complaints, const char *program)
{
    for (const struct complaint *complaint = complaints->first; complaint; complaint = complaint->next)
        fprintf(stderr, "%s: %s: " STR_FMT "\n", program, complaint->fatal ? "fatal" : "warning",
                STR_ARG(complaint->text));
}

/* The program's own sets and this library's; NULL-ended. */
static const struct param_set **all_sets(struct run *run)
{
    size_t count = 0;
    while (run->worker->sets[count])
        count++;
    const struct param_set **sets = arena_array(run->arena, count + 2, sizeof *sets);
    memcpy(sets, run->worker->sets, count * sizeof *sets);
    sets[count] = &worker_param_set;
    return sets;
}

/* Alone: the same checked snapshot, made from the files by ourselves. */
static int snapshot_of_files(struct run *run, const struct worker_options *options,
                             struct complaints *complaints)
{
    struct conf *conf = conf_load(options->config_directory, all_sets(run), run->arena, complaints);
    for (size_t i = 0; i < options->override_count; i++) {
        struct str value = str_of(options->overrides[i]), name;
        str_cut(&value, '=', &name);
        conf_set(conf, name, value);
    }
    int fd = complaints->fatal_count ? -1 : snapshot_make(conf, NULL, str_of(run->worker->name), complaints);
    conf_free(conf);
    return fd;
}

static bool load_params(struct run *run, struct complaints *complaints)
{
    for (size_t i = 0; run->worker->sets[i]; i++) {
        const struct param_set *set = run->worker->sets[i];
        run->params[i] = arena_get(run->arena, set->size);
        param_load(set, snapshot_source, run->snapshot, run->arena, complaints, run->params[i]);
    }
    param_load(&worker_param_set, snapshot_source, run->snapshot, run->arena, complaints, &run->own);
    return complaints->fatal_count == 0;
}

static void open_log(struct run *run)
{
    struct str syslog_name = run_text(run, "syslog_name");
    struct str host = run_text(run, "myhostname");
    bool json = str_eq(run_text(run, "log_format"), STR("json"));
    enum log_format format = json ? LOG_FORMAT_JSON : LOG_FORMAT_POSTFIX;
    const char *name = arena_printf(run->arena, STR_FMT "/%s",
                                    STR_ARG(syslog_name.len ? syslog_name : STR("relais")), run->worker->name)
                           .at;
    if (!run->alone && run_text(run, "maillog_file").len == 0)
        run->log = log_to_syslog(format, name);
    else
        run->log =
            log_to_fd(run->alone ? STDERR_FILENO : WORKER_FD_LOG, format, name, arena_cstr(run->arena, host));
}

bool run_configure(struct run *run, const struct worker_options *options)
{
    struct complaints complaints;
    complaints_init(&complaints, run->arena);
    int fd = run->alone ? snapshot_of_files(run, options, &complaints) : WORKER_FD_SNAPSHOT;
    run->snapshot = fd >= 0 ? snapshot_read(fd, run->arena) : NULL;
    if (fd >= 0)
        close(fd);
    bool loaded = run->snapshot && load_params(run, &complaints);
    if (run->alone || !loaded)
        print_complaints(&complaints, run->worker->name);
    if (!run->snapshot && complaints.fatal_count == 0)
        fprintf(stderr, "%s: fatal: no configuration\n", run->worker->name);
    if (loaded)
        open_log(run);
    if (loaded && !run->alone)
        run->metrics = metrics_open(
            arena_printf(run->arena, STR_FMT "/pid/metrics", STR_ARG(run_text(run, "queue_directory"))).at,
            false);
    return loaded;
}
