/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages that wait: a heap by time, and the task that takes up what is due. */
#include <stdlib.h>

#include "base/memory.h"
#include "qmgr/index.h"
#include "qmgr/manager.h"

struct waiting *waiting_add(struct manager *manager, const struct queue_id *id, int64_t due_us)
{
    struct str key = str_of(id->text);
    if (hash_get(manager->waiting, key) || hash_get(manager->messages, key))
        return NULL;
    struct waiting *waiting = memory_get(sizeof *waiting);
    waiting->id = *id;
    waiting->due_us = due_us;
    hash_put(manager->waiting, str_of(waiting->id.text), waiting);
    heap_add(manager->due, &waiting->node, due_us);
    gate_wake(&manager->due_changed);
    return waiting;
}

void waiting_move(struct manager *manager, struct waiting *waiting, int64_t due_us)
{
    heap_remove(manager->due, &waiting->node);
    waiting->due_us = due_us;
    heap_add(manager->due, &waiting->node, due_us);
    gate_wake(&manager->due_changed);
}

void waiting_remove(struct manager *manager, struct waiting *waiting)
{
    heap_remove(manager->due, &waiting->node);
    hash_remove(manager->waiting, str_of(waiting->id.text));
    free(waiting);
}

void message_park(struct manager *manager, struct message *message, int64_t due_us)
{
    index_note(manager->index, message, due_us);
    waiting_add(manager, &message->id, due_us);
    message_free(message);
}

/* Takes up one message; the file says what is left to do. */
static void take_up(struct manager *manager, struct waiting *waiting)
{
    struct queue_id id = waiting->id;
    waiting_remove(manager, waiting);
    struct message *message = message_load(manager, &id);
    if (message)
        message_accept(manager, message);
    else
        index_forget(manager->index, &id);
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
