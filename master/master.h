/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * master: reads and checks the configuration, opens the sockets once, starts the programs, watches them, and
 * starts the sessions of those who logged in. The only process that may be root. Everything runs on one loop;
 * children talk to it over their control channels.
 */
#ifndef MASTER_MASTER_H
#define MASTER_MASTER_H

#include <sys/types.h>

#include "base/hash.h"
#include "conf/conf.h"
#include "conf/params.h"
#include "io/log.h"
#include "io/task.h"
#include "worker/control.h"
#include "worker/programs.h"

enum { SERVICE_SOCKETS = 32 };

struct master;
struct running;

/* A child process. */
struct child {
    struct child *next;
    struct running *running; /* NULL: a session */
    pid_t pid;               /* 0: gone */
    int control;             /* -1: none */
    unsigned slot;
    int64_t started; /* monotonic ms */
    bool draining;
};

/* A service that runs. */
struct running {
    struct running *next;
    struct master *master;
    const struct program *program;
    struct str name;  /* as in master.cf */
    const char *type; /* "inet", "unix" */
    int sockets[SERVICE_SOCKETS];
    size_t socket_count;
    int snapshot;          /* sealed memory file; replaced at reload */
    unsigned wanted;       /* processes */
    int64_t pause_ms;      /* throttle: 0 when all is well */
    bool restarting, gone; /* gone: no longer in master.cf */
    struct gate changed;
};

struct master {
    const char *directory; /* of the configuration */
    struct arena *arena;   /* of the configuration in force */
    const struct conf_params *params;
    struct conf *conf;
    struct loop *loop;
    struct log *log;
    int log_fd;
    struct running *services;
    struct child *children;
    struct hash *tickets;
    unsigned next_slot, generation;
    bool root, stopping, activated;
    struct gate quiet; /* woken when a child is gone */
    const char *pid_file;
};

/* configuration.c: a checked configuration, or complaints in the log and false. Nothing is changed when it is
 * bad. */
struct configuration {
    struct arena *arena;
    struct conf *conf;
    struct conf_params params;
};
bool configuration_load(const char *directory, struct configuration *configuration, struct log *log);

/* places.c: directories with their owners and modes. */
bool places_make(const struct conf_params *params, bool root, struct log *log);

/* services.c: rows of master.cf to running services; sockets are opened once and kept. */
bool services_take(struct master *master, const struct configuration *configuration);

/* children.c */
void service_start(struct running *running);
void service_drain_children(struct running *running);
void children_reap(struct master *master);
void children_stop(struct master *master);
/* Starts a program with descriptors in the places of worker/control.h; extra: what stands from 6 on. -1 with
 * errno. */
struct launch {
    const char *path;
    const char *const *argv;
    int control, snapshot, log;
    const int *extra;
    size_t extra_count;
    uid_t uid; /* with drop */
    gid_t gid;
    bool drop;
};
pid_t launch_program(const struct launch *launch);
const char *program_path(struct master *master, const char *program);

/* sessions.c: what children say on their control channels. */
void control_serve(void *child);

/* notify.c */
void notify_manager(const char *text);
/* A listening socket handed over by socket activation under this name; -1 when there is none. */
int activation_take(const char *name, size_t nth);

#endif
