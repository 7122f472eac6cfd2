/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counters in memory that all processes of an instance share: a small file below pid/ that master makes anew
 * at its start and everybody maps. Adding is one atomic instruction; reading disturbs nobody (relais status).
 */
#ifndef WORKER_METRICS_H
#define WORKER_METRICS_H

#include "base/str.h"

enum metric {
#define METRIC(name, help) METRIC_##name,
#include "worker/metrics.def"
#undef METRIC
    METRICS
};

struct metrics;

/* The file of an instance; master makes it (create), others map what is there. NULL when it cannot be had:
 * then nothing is counted. */
struct metrics *metrics_open(const char *path, bool create);
/* metrics may be NULL. */
void metrics_add(struct metrics *metrics, enum metric metric, uint64_t count);
uint64_t metrics_read(const struct metrics *metrics, enum metric metric);
const char *metrics_name(enum metric metric);
const char *metrics_help(enum metric metric);

#endif
