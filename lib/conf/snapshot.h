/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a worker is given of a checked configuration: the expanded values of its own rows and of the
 * libraries', those for single services too, in a sealed memory file that nobody can change any more.
 */
#ifndef CONF_SNAPSHOT_H
#define CONF_SNAPSHOT_H

#include "conf/conf.h"

/* A sealed memory file for a service that runs this program; the caller owns the descriptor. -1 with errno,
 * or (EINVAL) with complaints when a value is not good. service may be NULL (a program run alone). */
int snapshot_make(const struct conf *conf, const struct service *service, struct str program,
                  struct complaints *complaints);

struct snapshot;
/* Reads one; the descriptor stays the caller's. NULL when it is not a sound, sealed snapshot. From the arena.
 */
struct snapshot *snapshot_read(int fd, struct arena *arena);
/* Its texts go with the arena. NULL is fine. */
void snapshot_free(struct snapshot *snapshot);
/* False when it is not in it. */
bool snapshot_text(const struct snapshot *snapshot, struct str name, struct str *value);
/* A param_source over a snapshot. */
bool snapshot_source(void *snapshot, const struct param_row *row, struct arena *arena, struct str *value);

/* The same as rows are for one service of master.cf (service_param.h). */
struct snapshot_service {
    const struct snapshot *snapshot;
    struct str service;
};
bool snapshot_service_source(void *snapshot_service, const struct param_row *row, struct arena *arena,
                             struct str *value);

#endif
