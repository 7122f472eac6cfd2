/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Noticing that a file changed: it is looked at (stat) no more than once in a while, and counts as at rest
 * when it was not written to for as long, so that a half-written file is not taken for the whole.
 */
#ifndef MAP_WATCH_H
#define MAP_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* Which file it was, in which state. All zero: there was none. */
struct file_mark {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;  /* contents */
    struct timespec replaced; /* inode: catches a mtime set back */
    bool fresh;               /* just written to: may change again within the same tick of the clock */
};

struct watch {
    struct file_mark mark;
    int64_t next_ms; /* monotonic */
    int64_t recheck_ms;
};

void watch_init(struct watch *watch);
void watch_set_recheck(struct watch *watch, int64_t recheck_ms);
/* Whether it is time to look again; then starts the next pause. */
bool watch_is_due(struct watch *watch);
void watch_look(const char *path, struct file_mark *mark);
/* The same file in the same state; false when one of them was fresh. */
bool file_mark_same(const struct file_mark *a, const struct file_mark *b);
/* Not written to within the last recheck_ms. A file that is gone, or from the future, is at rest. */
bool watch_at_rest(const struct watch *watch, const struct file_mark *mark);

#endif
