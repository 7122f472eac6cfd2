/* SPDX-License-Identifier: BSD-2-Clause */
/* The process of master: found, started, awaited. */
#ifndef TOOLS_MASTER_PROCESS_H
#define TOOLS_MASTER_PROCESS_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/verdict.h"

/* The directory above the programs' own, of the build tree that we run from; else where they are installed.
 */
const char *programs_directory(struct arena *arena);

/* Starts master on a configuration directory, in a session of its own; what it says before it has a log goes
 * to the file `output` (NULL: nowhere). */
bool master_spawn(const char *directory, const char *output, struct arena *arena, pid_t *pid,
                  struct verdict *verdict);
/* Waits until a process has ended; false when it has not within ms. */
bool process_await_end(pid_t pid, int64_t ms);

#endif
