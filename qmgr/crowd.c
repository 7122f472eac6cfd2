/* SPDX-License-Identifier: BSD-2-Clause */
/* Shares, and the ring of those with messages in line. One whose line has become empty stays in the ring
 * until its turn. */
#include "qmgr/crowd.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { LOOKS = 8 /* at shares, for one that may have another */ };

static size_t room(const struct manager *manager)
{
    size_t limit = (size_t)manager->params->active_limit;
    return manager->active < limit ? limit - manager->active : 0;
}

bool crowd_has_room(const struct manager *manager, struct str tenant)
{
    const struct share *share = hash_get(manager->crowd.shares, tenant);
    return (share ? share->active : 0) < room(manager);
}

static struct share *share_get(struct manager *manager, struct str name)
{
    struct share *share = hash_get(manager->crowd.shares, name);
    if (share)
        return share;
    share = memory_get(sizeof *share + name.len + 1);
    char *copy = (char *)(share + 1);
    memcpy(copy, name.len ? name.at : "", name.len);
    share->name = str_make(copy, name.len);
    hash_put(manager->crowd.shares, name, share);
    return share;
}

static void free_unused(struct manager *manager, struct share *share)
{
    if (share->active || share->in_ring)
        return;
    hash_remove(manager->crowd.shares, share->name);
    free(share);
}

static void ring_add(struct crowd *crowd, struct share *share)
{
    share->next = NULL;
    share->in_ring = true;
    if (crowd->ring_last)
        crowd->ring_last->next = share;
    else
        crowd->ring = share;
    crowd->ring_last = share;
}

static struct share *ring_take(struct crowd *crowd)
{
    struct share *share = crowd->ring;
    crowd->ring = share->next;
    if (!crowd->ring)
        crowd->ring_last = NULL;
    share->in_ring = false;
    return share;
}

void crowd_wait(struct manager *manager, struct waiting *waiting, struct str tenant)
{
    struct share *share = share_get(manager, tenant);
    heap_remove(manager->due, &waiting->node);
    waiting->share = share;
    waiting->next = NULL;
    waiting->previous = share->last;
    if (share->last)
        share->last->next = waiting;
    else
        share->first = waiting;
    share->last = waiting;
    if (!share->in_ring)
        ring_add(&manager->crowd, share);
}

void crowd_withdraw(struct waiting *waiting)
{
    struct share *share = waiting->share;
    *(waiting->previous ? &waiting->previous->next : &share->first) = waiting->next;
    *(waiting->next ? &waiting->next->previous : &share->last) = waiting->previous;
    waiting->share = NULL;
}

void crowd_advance(struct manager *manager)
{
    for (int i = 0; i < LOOKS && manager->crowd.ring; i++) {
        struct share *share = ring_take(&manager->crowd);
        bool has_room = share->active < room(manager);
        if (share->first && has_room)
            waiting_move(manager, share->first, now_us());
        else
            has_room = false;
        if (share->first)
            ring_add(&manager->crowd, share);
        free_unused(manager, share);
        if (has_room)
            return;
    }
}

void crowd_enter(struct manager *manager, struct message *message)
{
    message->share = share_get(manager, message->envelope.tenant);
    message->share->active++;
    manager->active++;
}

void crowd_leave(struct manager *manager, struct share *share)
{
    share->active--;
    if (manager->active-- == (size_t)manager->params->active_limit)
        gate_wake(&manager->due_changed);
    free_unused(manager, share); /* while it stands in the ring it is not: whom its turn comes to frees it */
    crowd_advance(manager);
    if (room(manager) > (size_t)manager->params->active_limit / 4 * 3)
        crowd_advance(manager); /* they leave faster than they come */
}
