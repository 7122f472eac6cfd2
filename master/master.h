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
#include "worker/endpoint.h"
#include "worker/programs.h"

enum { SERVICE_SOCKETS = ENDPOINT_LIMIT, PROGRAM_PATH = 4096 };

struct master;
struct running;

/* A child process. */
struct child {
    struct child *next;
    struct running *running;       /* the service it serves; NULL: a session */
    struct running *session_of;    /* the service of a session */
    uint64_t user;                 /* whose session it is: a sum of the name */
    const struct program *program; /* what was started: a reload does not change that */
    pid_t pid;                     /* 0: gone */
    int control;                   /* -1: none */
    unsigned slot;
    int64_t started; /* monotonic ms */
    bool draining;
};

/* Where a service listens. */
struct listening {
    char where[112]; /* "[ADDRESS]:PORT", a path, or "activated NAME N" */
    int fd, kind;
    bool fresh; /* opened for the configuration that is being taken */
};
struct socket_set {
    struct listening at[SERVICE_SOCKETS];
    size_t count;
};

/* A service that runs. */
struct running {
    struct running *next;
    struct master *master;
    const struct program *program;
    struct str name;  /* as in master.cf */
    const char *type; /* "inet", "unix" */
    struct socket_set sockets;
    int snapshot;    /* sealed memory file; replaced at reload */
    unsigned wanted; /* processes */
    size_t sessions, session_limit;
    int64_t pause_ms;      /* throttle: 0 when all is well */
    bool restarting, gone; /* gone: no longer in master.cf */
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
    bool root, stopping;
    struct gate quiet; /* woken when a child is gone */
    char pid_file[PROGRAM_PATH];
};

/* configuration.c: a checked configuration, or complaints in the log and false. Nothing is changed when it is
 * bad. */
struct configuration {
    struct arena *arena;
    struct conf *conf;
    struct conf_params params;
};
bool configuration_load(const char *directory, struct configuration *configuration, struct log *log);
void configuration_free(struct conf *conf, struct arena *arena);

/* places.c: directories with their owners and modes. */
bool places_make(const struct conf_params *params, bool root, struct log *log);

/* sockets.c: the sockets that a service is to have, opened or found among those that are open. False (logged)
 * when one cannot be had; what was opened is then in *set and closed by sockets_undo. */
bool sockets_gather(struct master *master, const struct configuration *configuration,
                    const struct service *service, const struct program *program, struct socket_set *set);
void sockets_undo(struct socket_set *set);
bool sockets_has(const struct socket_set *set, const char *where);
/* Closes those of *before that no service has any more. */
void sockets_close_unused(const struct master *master, const struct socket_set *before);

/* services.c: rows of master.cf to running services, all or none; false when something cannot be had
 * (logged). */
bool services_take(struct master *master, const struct configuration *configuration);

/* children.c */
void service_start(struct running *running);
void service_drain_children(struct running *running);
/* Waits for the end of drained processes; those that do not come to it are ended. */
void service_await_drained(struct running *running);
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
    /* With drop: instead of uid and gid this user of the system with his groups; with the spool's group too,
     * when that is a directory that its group may write to. Never the superuser. */
    const char *user, *spool;
    bool drop;
};
pid_t launch_program(const struct launch *launch);
/* Where a program is: installed, or in the build tree. */
bool program_path(const struct master *master, const char *program, char path[PROGRAM_PATH]);

/* sessions.c: what children say on their control channels. */
void control_serve(void *child);
/* A process of a service that master starts on request; user: whose it is. */
void session_remember(struct master *master, struct running *running, uint64_t user, pid_t pid);

/* agents.c: local wants one; its packet. */
struct packet;
void agent_take(struct master *master, struct child *child, struct packet *packet, struct arena *arena);

/* notify.c */
void notify_manager(const char *text);
/* A listening socket handed over by socket activation under this name; -1 when there is none. */
int activation_take(const char *name, size_t nth);

#endif
