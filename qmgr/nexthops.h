/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which site a next hop belongs to. The DNS is asked by tasks of their own, a bounded number at a time; jobs
 * whose next hop is being asked for wait here, all others go on. Answers are kept for a while. A next hop
 * whose hosts cannot be found, for whatever reason, stays what it was, or is a site by itself: what a failure
 * means is the delivery program's to say, which asks again.
 */
#ifndef QMGR_NEXTHOPS_H
#define QMGR_NEXTHOPS_H

#include "dns/exchangers.h"
#include "qmgr/site.h"

enum nexthop_times {
    NEXTHOP_KNOWN_MS = 300000,  /* how long an answer is kept */
    NEXTHOP_UNKNOWN_MS = 30000, /* and its absence */
    NEXTHOP_ASK_MS = 5000,      /* how long an answer is waited for */
    NEXTHOP_LINE_MS = 2000,     /* who stands in line longer is not asked for */
};
enum {
    NEXTHOPS_KEPT = 20000, /* from so many on, answers are forgotten */
    NEXTHOPS_ASKED = 100,  /* at a time */
};

/* Finds the hosts of a domain, as exchangers_find does; may wait. */
typedef bool nexthop_finder(void *context, struct str domain, struct arena *arena,
                            struct exchangers *exchangers, struct verdict *verdict);

/* context is borrowed. */
struct nexthops *nexthops_create(struct manager *manager, nexthop_finder *finder, void *context);
/* Nobody may be asked for. NULL is fine. */
void nexthops_destroy(struct nexthops *nexthops);
/* Queues a job at the site of its next hop, at once or when that is known. */
void nexthops_place(struct nexthops *nexthops, struct job *job);
/* Forgets what is known (flush). */
void nexthops_forget(struct nexthops *nexthops);
/* How many are kept or being asked for. */
size_t nexthops_count(const struct nexthops *nexthops);

#endif
