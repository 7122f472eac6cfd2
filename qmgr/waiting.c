/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages that wait: a heap by time, and the task that takes up what is due. */
#include <stdlib.h>

#include "base/memory.h"
#include "qmgr/crowd.h"
#include "qmgr/index.h"
#include "qmgr/manager.h"

struct waiting *waiting_add(struct manager *manager, const struct queue_id *id, int64_t due_us)
{
    if (manager_knows(manager, str_of(id->text)))
        return NULL;
    struct waiting *waiting = memory_get(sizeof *waiting);
    waiting->id = *id;
    waiting->due_us = due_us;
    hash_put(manager->waiting, str_of(waiting->id.text), waiting);
    heap_add(manager->due, &waiting->node, due_us);
    gate_wake(&manager->due_changed);
    return waiting;
}

/* A clock that was set back lets nothing wait longer than any back-off does. */
static int64_t within_backoff(const struct manager *manager, int64_t due_us)
{
    int64_t most = now_us() + manager->params->maximal_backoff_time * 1000 / 4 * 5;
    return due_us < most || due_us == INT64_MAX ? due_us : most;
}

bool waiting_add_found(struct manager *manager, const struct queue_id *id)
{
    int64_t due_us;
    bool indexed = index_due(manager->index, id, &due_us);
    struct waiting *waiting = waiting_add(manager, id, indexed ? within_backoff(manager, due_us) : now_us());
    if (waiting) {
        waiting->unread = !indexed;
        waiting->indexed = indexed;
    }
    return indexed;
}

static void leave_place(struct manager *manager, struct waiting *waiting)
{
    if (waiting->share)
        crowd_withdraw(waiting);
    else
        heap_remove(manager->due, &waiting->node);
}

void waiting_move(struct manager *manager, struct waiting *waiting, int64_t due_us)
{
    leave_place(manager, waiting);
    waiting->due_us = due_us;
    waiting->unread = false;
    heap_add(manager->due, &waiting->node, due_us);
    gate_wake(&manager->due_changed);
}

void waiting_remove(struct manager *manager, struct waiting *waiting)
{
    leave_place(manager, waiting);
    hash_remove(manager->waiting, str_of(waiting->id.text));
    free(waiting);
}

static struct waiting *park(struct manager *manager, const struct message *message, int64_t due_us)
{
    index_note(manager->index, message, due_us);
    struct waiting *waiting = waiting_add(manager, &message->id, due_us);
    if (waiting)
        waiting->indexed = true;
    return waiting;
}

void message_park(struct manager *manager, struct message *message, int64_t due_us)
{
    park(manager, message, due_us);
    message_free(message);
}

void message_park_in_line(struct manager *manager, struct message *message)
{
    struct waiting *waiting = park(manager, message, now_us());
    if (waiting)
        crowd_wait(manager, waiting, message->envelope.tenant);
    message_free(message);
}

int64_t waiting_due_us(const struct manager *manager, const struct waiting *was,
                       const struct message *message)
{
    if (!was->unread)
        return was->due_us;
    return message->held ? INT64_MAX : within_backoff(manager, message->next_us);
}

static void take_up_loaded(struct manager *manager, struct message *message, const struct waiting *was)
{
    int64_t due_us = waiting_due_us(manager, was, message);
    message->indexed = was->indexed;
    if (due_us > now_us())
        message_park(manager, message, due_us);
    else
        message_accept(manager, message);
}

/* Takes up one message; the file says what is left to do, and of one that was found without the index also
 * when. */
static void take_up(struct manager *manager, struct waiting *waiting)
{
    struct waiting was = *waiting;
    struct queue_id id = was.id;
    waiting_remove(manager, waiting);
    struct message *message = message_load(manager, &id);
    if (message)
        take_up_loaded(manager, message, &was);
    else
        index_forget(manager->index, &id);
    if (!hash_get(manager->messages, str_of(id.text)))
        crowd_advance(manager); /* its place is another's */
}

static int64_t next_deadline(const struct waiting *next)
{
    if (!next || next->due_us == INT64_MAX)
        return DEADLINE_NEVER;
    int64_t wait_us = next->due_us - now_us();
    return deadline_in(wait_us > 0 ? wait_us / 1000 + 1 : 0);
}

void waiting_task(void *arg)
{
    struct manager *manager = arg;
    while (!manager->ending) {
        struct heap_node *first = heap_first(manager->due);
        struct waiting *next = first ? (struct waiting *)first : NULL;
        bool room = manager->active < (size_t)manager->params->active_limit;
        if (next && room && next->due_us <= now_us())
            take_up(manager, next);
        else
            gate_wait(&manager->due_changed, room ? next_deadline(next) : DEADLINE_NEVER);
    }
}
