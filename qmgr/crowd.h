/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is worked on when there is more mail than qmgr_message_active_limit. A tenant may have as many active
 * messages as there is room left for others: one alone gets half of it, two a third each, and one who comes
 * later finds room all the same. What may not enter waits in line with its tenant's, out of the heap, and is
 * let in, a tenant after the other, as others leave. Every step is O(1).
 */
#ifndef QMGR_CROWD_H
#define QMGR_CROWD_H

#include "qmgr/manager.h"

/* A tenant's share of the active messages; there while it has some, or some that wait. */
struct share {
    struct share *next; /* in the ring of those with some that wait */
    struct str name;    /* lies behind it */
    size_t active;
    struct waiting *first, *last;
    bool in_ring;
};

/* Whether another message of the tenant may be worked on. */
bool crowd_has_room(const struct manager *manager, struct str tenant);
/* A message is worked on, or no longer; then another may come in. */
void crowd_enter(struct manager *manager, struct message *message);
void crowd_leave(struct manager *manager, struct share *share);
/* Puts one that is due in line, out of the heap, and takes it out of there again. */
void crowd_wait(struct manager *manager, struct waiting *waiting, struct str tenant);
void crowd_withdraw(struct waiting *waiting);
/* Lets the next one in: into the heap, due now. */
void crowd_advance(struct manager *manager);

#endif
