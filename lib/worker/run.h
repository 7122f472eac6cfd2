/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this folder share: a running worker. */
#ifndef WORKER_RUN_H
#define WORKER_RUN_H

#include <sys/types.h>

#include "conf/snapshot.h"
#include "worker/params.h"
#include "worker/worker.h"

enum { RUN_LISTENERS = 64, RUN_SETS = 16, RUN_CALLERS = 8 };

struct run {
    const struct worker *worker;
    struct arena *arena;
    struct loop *loop;
    struct log *log;
    struct snapshot *snapshot;
    const char *service;
    const char *service_type;
    const char *session_user, *session_home; /* session programs */
    void *params[RUN_SETS];
    struct worker_params own;
    int listeners[RUN_LISTENERS];
    size_t listener_count;
    uid_t callers[RUN_CALLERS];
    size_t caller_count;
    int control;
    unsigned slot;
    size_t sessions; /* served connections under way */
    int landlock;    /* ABI reached */
    bool draining, alone, stdio;
    bool escape_test;
    bool finished;           /* run_finish was called */
    struct gate idle;        /* woken when a session ends */
    struct metrics *metrics; /* NULL: not counted */
    void *state;
};

/* options.c: what the command line says. False when the process is to end with *status. */
struct worker_options {
    const char *config_directory;
    const char *overrides[64]; /* "name=value" */
    size_t override_count;
    const char *listen[RUN_LISTENERS];
    size_t listen_count;
    unsigned listeners; /* under master: how many descriptors from 6 on */
};
bool options_read(struct run *run, int argc, char **argv, struct worker_options *options, int *status);

/* configure.c: parameters and log, from master's descriptors or from files. */
bool run_configure(struct run *run, const struct worker_options *options);

#endif
