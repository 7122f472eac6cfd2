/* SPDX-License-Identifier: BSD-2-Clause */
/* What intake.c and letter.c share of a process's way into the queue. */
#ifndef INTAKE_PROCESS_H
#define INTAKE_PROCESS_H

#include <sys/types.h>

#include "intake/intake.h"
#include "io/task.h"

struct announcer;
struct commit;
struct journal;

/* Small messages that wait to be committed together (commit.c). */
struct commits {
    struct commit *first, *last;
    bool leading; /* a group is under way */
};

struct intake {
    struct intake_options options;
    int directory; /* of the queue files */
    mode_t mode;   /* of new files */
    enum name_sync {
        NAME_WITH_FILE,      /* an fsync of the new file makes its name durable too */
        NAME_BY_DIRECTORY,   /* the directory must be synced */
        NAME_BY_FILE_SYSTEM, /* the same, but we may not open it: all of the file system is */
    } name_sync;
    struct thread_pool *threads; /* NULL without a loop */
    struct journal *journal;     /* NULL: each message has its own fsync */
    struct commits commits;
    struct announcer *announcer; /* NULL when qmgr is not told */
    uint64_t memory_used;
    uint64_t free_octets; /* of the file system, as last seen */
    int64_t look_again;   /* monotonic ms: when that is too old */
};

/* Counts octets against the budget; false (and nothing counted) when it is spent. */
bool intake_take_memory(struct intake *intake, uint64_t octets);
/* Counts them all the same: for octets that go to a file at once. */
void intake_force_memory(struct intake *intake, uint64_t octets);
void intake_release_memory(struct intake *intake, uint64_t octets);
/* A new queue file, open for writing; -1 with errno. */
int intake_create_file(const struct intake *intake, const char *name);
/* Makes the name of a new file, which is synced, durable; false with errno. */
bool intake_sync_name(const struct intake *intake, int file);

#endif
