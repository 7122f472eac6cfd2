/* SPDX-License-Identifier: BSD-2-Clause */
/* The shared page. */
#include "worker/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Another version of the table has another count; its file is not taken. */
struct metrics {
    uint64_t count;
    _Atomic uint64_t values[METRICS];
};

static const struct {
    const char *name, *help;
} rows[] = {
#define METRIC(name, help) {#name, help},
#include "worker/metrics.def"
#undef METRIC
};

static struct metrics *map_file(int fd, bool create)
{
    struct stat status;
    if (create ? ftruncate(fd, sizeof(struct metrics)) != 0
               : fstat(fd, &status) != 0 || status.st_size != sizeof(struct metrics))
        return NULL;
    struct metrics *metrics = mmap(NULL, sizeof *metrics, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return metrics == MAP_FAILED ? NULL : metrics;
}

struct metrics *metrics_open(const char *path, bool create)
{
    /* A new file, not the old one cut: processes of a master that died may still have that mapped. */
    if (create && unlink(path) != 0 && errno != ENOENT)
        return NULL;
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT | O_EXCL : 0), 0600);
    if (fd < 0)
        return NULL;
    struct metrics *metrics = map_file(fd, create);
    close(fd);
    if (metrics && create)
        metrics->count = METRICS;
    if (!metrics || metrics->count == METRICS)
        return metrics;
    munmap(metrics, sizeof *metrics);
    return NULL;
}

void metrics_add(struct metrics *metrics, enum metric metric, uint64_t count)
{
    if (metrics)
        atomic_fetch_add_explicit(&metrics->values[metric], count, memory_order_relaxed);
}

uint64_t metrics_read(const struct metrics *metrics, enum metric metric)
{
    return atomic_load_explicit(&metrics->values[metric], memory_order_relaxed);
}

const char *metrics_name(enum metric metric)
{
    return rows[metric].name;
}

const char *metrics_help(enum metric metric)
{
    return rows[metric].help;
}
