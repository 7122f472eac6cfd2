/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making a queue file safe, while the task waits. A small message is written to its file and, together with
 * what else comes in meanwhile, to the process's commit journal (intake/journal.h), which is synced once for
 * all of them; a large one, and each where there is no journal, has its own fsync.
 */
#ifndef INTAKE_COMMIT_H
#define INTAKE_COMMIT_H

#include <stdint.h>
#include <sys/uio.h>

#include "io/task.h"
#include "intake/intake.h"

enum { COMMIT_HEAD, COMMIT_PREFIX, COMMIT_OCTETS, COMMIT_TAIL, COMMIT_PARTS };

struct commit {
    const char *name; /* of the queue file */
    int fd;           /* -1: the file is made, of all parts; else it has all but the head and the tail */
    uint64_t size;    /* of the message */
    struct iovec parts[COMMIT_PARTS];
    bool exists;      /* the file was made */
    int error;        /* errno; 0: it is safe */
    uint64_t journal; /* the serial of its journal segment; 0: it is safe in its file */
    /* Of those that go together: */
    struct commit *next;
    struct gate gate;
    bool taken, done;
};

/* Of all parts together. */
size_t commit_octets(const struct commit *commit);
/* Returns when it is known whether the message is safe; the file is closed. */
void commit_run(struct intake *intake, struct commit *commit);

#endif
