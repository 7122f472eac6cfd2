/* SPDX-License-Identifier: BSD-2-Clause */
/* The process of master: found, started, awaited. */
#ifndef TOOLS_MASTER_PROCESS_H
#define TOOLS_MASTER_PROCESS_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/verdict.h"

/* The directory above the programs' own, of the build tree that we run from; else where they are installed,
 * beside us or at their place. */
const char *programs_directory(struct arena *arena);
/* Where master is in a directory of programs, installed or built; where it has none, in that of ours. */
const char *master_path(struct str programs, struct arena *arena);

/* Starts master (a path) on a configuration directory, in a session of its own; what it says before it has a
 * log goes to the file `output` (NULL: nowhere). Its process, or -1. */
pid_t master_spawn(const char *master, const char *directory, const char *output, struct verdict *verdict);
/* Waits until a process has ended; false when it has not within ms. */
bool process_await_end(pid_t pid, int64_t ms);

#endif
