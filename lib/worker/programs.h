/* SPDX-License-Identifier: BSD-2-Clause */
/* Which programs master.cf may name, and what is started for them: programs.def. */
#ifndef WORKER_PROGRAMS_H
#define WORKER_PROGRAMS_H

#include "base/str.h"

/* A row of programs.def. */
struct program {
    const char *name;    /* in master.cf */
    const char *program; /* what is started; NULL: nothing, the work is done elsewhere */
    int socket_kind;     /* of its unix services */
    unsigned most;       /* processes; 0: one a processor */
    bool session;        /* started for each session by master */
    const char *instead; /* for what is not started: who does the work */
};

/* A service that a program calls by its name in master.cf. */
struct need {
    const char *program, *service;
    const char *what; /* the service does for it */
};

/* All needs; the last one's program is NULL. */
const struct need *program_needs(void);
/* NULL for a program nobody knows. */
const struct program *program_find(struct str name);

#endif
