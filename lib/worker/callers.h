/* SPDX-License-Identifier: BSD-2-Clause */
/* Which of our programs may connect to a program's Unix sockets. */
#ifndef WORKER_CALLERS_H
#define WORKER_CALLERS_H

#include <stdbool.h>

struct run;

/* Looks up the users of worker.callers; those that do not exist cannot call. Before confinement. */
void callers_find(struct run *run);
/* Whether who is at the other end may: one of them, the superuser, or our own user. Says so in the log when
 * not.
 */
bool callers_include(const struct run *run, int fd);

#endif
