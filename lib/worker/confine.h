/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking rights away for good, in the order of DESIGN section 2. Best effort where the kernel is old; what
 * was reached is logged and can be tried with --escape-test.
 */
#ifndef WORKER_CONFINE_H
#define WORKER_CONFINE_H

#include "base/verdict.h"
#include "worker/worker.h"

/* Before the event loop is made: no io_uring, for libuv would make its rings now and seccomp would end the
 * process at their first use (libuv 1.45 and newer; without them it asks epoll). */
bool confine_before_loop(struct verdict *verdict);
/* Becomes the role's user (when root), sets limits, no_new_privs, Landlock, drops all capabilities. */
bool confine_before_start(struct run *run, struct verdict *verdict);
/* seccomp, after all threads were made. */
bool confine_after_start(struct run *run, struct verdict *verdict);

/* What the role may do as it was started: with a home of its own (-H) no programs but itself. */
unsigned run_may(const struct run *run);

/* NULL-ended lists of paths; a list may be NULL. */
struct landlock_paths {
    const char *const *reads;  /* below these: reading */
    const char *const *writes; /* reading, creating, changing and removing */
    const char *const *drops;  /* creating and removing */
};
/* landlock.c: allows what the lists say and nothing else. Returns the kernel's ABI; 0 when it has none, -1
 * with errno on failure. may: of it, MAY_CONNECT_INET and MAY_USE_DNS count. */
int landlock_confine(const struct landlock_paths *paths, unsigned may);
/* seccomp.c: the allow-list of a role, or what is refused to one that runs programs; false with errno. */
bool seccomp_confine(unsigned may, bool only_refuse);
/* io_uring_setup() fails with ENOSYS from now on; false with errno. */
bool seccomp_refuse_rings(void);
/* escape.c: tries what is forbidden and prints "blocked" or "ALLOWED" for each; the number allowed. */
int escape_try_all(const struct run *run);

#endif
