/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The start and life of every program but master and the tools: receive the checked configuration, open what
 * must be opened early, become the role's user, confine, serve, drain, end. A program states itself in one
 * `const struct worker` and its main is `return worker_main(&it, argc, argv);`.
 *
 * Under master a worker finds: descriptor 3, the control channel to master (sequenced; its end means: master
 * is gone, drain); 4, a sealed memory file with its slice of the configuration; 5, the log; from 6 on the
 * listening sockets of its service. Alone it takes --listen ADDRESS:PORT or --stdio, -c CONFIG_DIR and -o
 * name=value, logs to standard error and stays one user: for the debugger.
 *
 * Order of confinement (DESIGN section 2): open() -> setuid -> no_new_privs -> Landlock -> capabilities ->
 * start() (creates all threads) -> seccomp.
 */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include "base/arena.h"
#include "base/verdict.h"
#include "conf/param.h"
#include "io/listen.h"
#include "io/log.h"
#include "io/task.h"
#include "map/map.h"
#include "worker/metrics.h"

struct packet;
struct run;

enum worker_style {
    WORKER_TASKS,    /* a loop; each accepted connection is a task */
    WORKER_BLOCKING, /* accepts one connection at a time, no loop */
    WORKER_SESSION,  /* spawned by master for one session: serve is called once with descriptor 6 */
};

/* What a role may do beyond talking over descriptors it has; bits of worker.may. */
enum worker_may {
    MAY_READ_FILES = 1,    /* open files for reading below worker.reads */
    MAY_WRITE_FILES = 2,   /* create and change files below worker.writes */
    MAY_CONNECT_UNIX = 4,  /* to our private sockets */
    MAY_CONNECT_INET = 8,  /* TCP outbound */
    MAY_USE_DNS = 16,      /* UDP and TCP outbound to port 53 or what libunbound needs */
    MAY_MAKE_THREADS = 32, /* threads are created late (a library's), so clone stays allowed */
    MAY_SYNC_STORE = 64,   /* syncfs */
    /* Run programs that are not ours, with the rights of the user it is (agent, without a session home): no
     * Landlock, and of the system calls only what nobody's mail needs is refused. */
    MAY_RUN_PROGRAMS = 128,
    MAY_ASK_NAMES = 256,  /* users and groups of the system (getpwuid) */
    MAY_DROP_FILES = 512, /* create and remove below worker.drops, but never read or list what is there */
};

struct worker {
    const char *name; /* "smtpd" */
    const char *user; /* role user "relais-smtpd"; NULL: stays as started (session: given) */
    enum worker_style style;
    unsigned may;                        /* enum worker_may */
    const struct param_set *const *sets; /* NULL-terminated; run_params finds them */
    /* Names of TEXT rows, NULL-ended: below the paths that are their values it may read. Of a list of tables
     * (MAPS, MATCH, ACCESS) that is each table's file and its directory, where it will be replaced. */
    const char *const *reads;
    const char *const *writes; /* the same for reading and changing */
    const char *const
        *drops; /* the same for creating and removing, but never reading or listing what is there */

    /* Users of the roles that may connect to its Unix sockets, NULL-ended, beside root and its own; NULL:
     * everybody who reaches them. */
    const char *const *callers;

    /* All may be NULL but serve. Each returns false with *verdict: the worker logs it as fatal and ends. */
    bool (*open)(struct run *run, struct verdict *verdict); /* with start-up rights: keys, tables */
    bool (*start)(struct run *run,
                  struct verdict *verdict); /* confined but for seccomp: threads, first tasks */
    /* One accepted connection, on a task of its own (or blocking); owns fd. */
    void (*serve)(struct run *run, int fd, const struct address *peer);
    /* Asked to drain: nothing is accepted any more; the worker ends when the last served connection has, or
     * when it calls run_finish. Other tasks of its own do not keep it. */
    void (*drain)(struct run *run);
    bool finishes; /* drained, it ends when it calls run_finish and not before */
    /* Calls fn for each note of the tables that it has open (lines skipped, new contents refused). They are
     * logged, but for those of the start: master says these when it judges the configuration. */
    void (*notes)(struct run *run, map_note_fn *fn, void *arg);
    /* A message from master on the control channel that worker_main does not know itself (login). */
    void (*control)(struct run *run, struct packet *packet);
};

int worker_main(const struct worker *worker, int argc, char **argv);

/* --- what a running worker may ask --- */

struct loop *run_loop(struct run *run); /* NULL in blocking styles */
struct log *run_log(struct run *run);
struct arena *run_arena(struct run *run); /* lives as long as the process */
/* The loaded struct of one of worker.sets. */
const void *run_params(const struct run *run, const struct param_set *set);
/* The same with what another service sets in its own name (conf/service_param.h). From the arena. */
const void *run_params_of(const struct run *run, const struct param_set *set, struct str service);
/* Name of the service in master.cf ("submission"). */
const char *run_service(const struct run *run);
/* The value of any parameter of the slice as text; the empty string when it is not in it. */
struct str run_text(const struct run *run, const char *parameter);
/* $queue_directory/private/<service>: where a service of ours is to be found. From the arena. */
const char *run_socket_path(struct run *run, const char *service);
/* True once draining has begun. */
bool run_draining(const struct run *run);
/* The program's own state, set in open or start. */
void run_set_state(struct run *run, void *state);
void *run_state(const struct run *run);
/* The instance's counters; NULL when alone. */
struct metrics *run_metrics(const struct run *run);
/* The control channel to master; -1 when alone. */
int run_control(const struct run *run);
/* The number of this process: no two living processes of an instance share one. Part of queue ids. */
unsigned run_slot(const struct run *run);
/* Ends the worker at the next turn of the loop, whatever is under way: for programs whose state is on disk
 * (qmgr). */
void run_finish(struct run *run);
/* Session programs: whose session it is, as master says. NULL when alone without -u, -H. */
const char *run_session_user(const struct run *run);
const char *run_session_home(const struct run *run);

#endif
