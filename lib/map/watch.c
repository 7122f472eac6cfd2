/* SPDX-License-Identifier: BSD-2-Clause */
/* Noticing that a file changed. */
#include "map/watch.h"

#include <string.h>
#include <sys/stat.h>

#include "io/task.h"

enum { RECHECK_MS = 1000 };

void watch_init(struct watch *watch)
{
    *watch = (struct watch){.recheck_ms = RECHECK_MS};
}

void watch_set_recheck(struct watch *watch, int64_t recheck_ms)
{
    watch->recheck_ms = recheck_ms;
    watch->next_ms = 0;
}

bool watch_is_due(struct watch *watch)
{
    int64_t now = time_monotonic_ms();
    if (now < watch->next_ms)
        return false;
    watch->next_ms = now + watch->recheck_ms;
    return true;
}

void watch_look(const char *path, struct file_mark *mark)
{
    struct stat st;
    *mark = (struct file_mark){0};
    if (stat(path, &st) != 0)
        return;
    mark->device = st.st_dev;
    mark->inode = st.st_ino;
    mark->size = st.st_size;
    mark->changed = st.st_mtim;
    mark->replaced = st.st_ctim;
}

static bool same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool file_mark_same(const struct file_mark *a, const struct file_mark *b)
{
    return !a->fresh && !b->fresh && a->device == b->device && a->inode == b->inode && a->size == b->size &&
           same_time(a->changed, b->changed) && same_time(a->replaced, b->replaced);
}

bool watch_at_rest(const struct watch *watch, const struct file_mark *mark)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t age_ms =
        (int64_t)(now.tv_sec - mark->changed.tv_sec) * 1000 + (now.tv_nsec - mark->changed.tv_nsec) / 1000000;
    return age_ms < 0 || age_ms >= watch->recheck_ms;
}
