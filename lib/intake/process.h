/* SPDX-License-Identifier: BSD-2-Clause */
/* What intake.c and letter.c share of a process's way into the queue. */
#ifndef INTAKE_PROCESS_H
#define INTAKE_PROCESS_H

#include "intake/intake.h"
#include "io/task.h"

struct announcer;

struct intake {
    struct intake_options options;
    int directory;               /* of the queue files */
    bool sync_directory;         /* the file system wants the directory synced for a new name */
    struct thread_pool *threads; /* NULL without a loop */
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
/* Runs fn(arg) on a commit thread while the task waits; directly without a loop. */
void intake_run_commit(struct intake *intake, void (*fn)(void *arg), void *arg);

#endif
