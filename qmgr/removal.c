/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finished messages. A file whose mailbox copies are not all known to be durable goes with a group, about
 * once a second: first the file system with the mailboxes is synced (syncfs), then the files are unlinked.
 * All others go at once, together with those that came in the same moment or while the ones before them were
 * unlinked, so that a qmgr that is killed sends hardly any of them a second time. The directory is synced
 * about once a second. A power cut before that delivers again, and delivery into our mailboxes is idempotent.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "qmgr/index.h"
#include "qmgr/manager.h"

enum { GROUP_MS = 1000, MOMENT_MS = 10 };

struct gone {
    struct gone *next;
    struct queue_id id;
    int64_t forget_ms; /* monotonic; set when the file is gone */
};

struct gones {
    struct gone *first, *last;
    size_t count;
};

struct removal {
    struct manager *manager;
    struct gate group_gate, moment_gate, end_gate;
    struct gones group;  /* wait for a sync of the mailboxes */
    struct gones moment; /* wait for nothing */
    struct gones past;   /* their files are gone; known until no note about them is believed any more */
    bool dirty;          /* names were unlinked since the directory was synced */
    bool ending, moment_ended, group_ended;
};

static void gones_add(struct gones *gones, struct gone *gone)
{
    gone->next = NULL;
    if (gones->last)
        gones->last->next = gone;
    else
        gones->first = gone;
    gones->last = gone;
    gones->count++;
}

static struct gone *gones_take(struct gones *gones)
{
    struct gone *gone = gones->first;
    gones->first = gone->next;
    if (!gones->first)
        gones->last = NULL;
    gones->count--;
    return gone;
}

/* --- on a disk thread --- */

struct batch {
    const struct removal *removal;
    struct gones gones;
    int error; /* errno of a sync that failed: nothing was unlinked */
};

static void unlink_run(void *arg)
{
    struct batch *batch = arg;
    for (const struct gone *gone = batch->gones.first; gone; gone = gone->next)
        unlinkat(batch->removal->manager->directory, gone->id.text, 0);
}

static void group_run(void *arg)
{
    struct batch *batch = arg;
    const struct manager *manager = batch->removal->manager;
    if (batch->gones.first && syncfs(manager->mail >= 0 ? manager->mail : manager->directory) != 0)
        batch->error = errno;
    else
        unlink_run(batch);
    fsync(manager->directory);
}

/* --- */

/* The one place where a finished message's id is forgotten, and not before what manager_knows promises. */
static void forget_past(struct removal *removal, int64_t now_ms)
{
    while (removal->past.first && removal->past.first->forget_ms <= now_ms) {
        struct gone *gone = gones_take(&removal->past);
        hash_remove(removal->manager->leaving, str_of(gone->id.text));
        free(gone);
    }
}

static void note_gone(struct removal *removal, struct batch *batch)
{
    while (batch->gones.first) {
        struct gone *gone = gones_take(&batch->gones);
        log_say(removal->manager->log, LOG_INFO_LEVEL, str_of(gone->id.text), "removed");
        gone->forget_ms = deadline_in(NOTE_BELIEVED_MS);
        gones_add(&removal->past, gone);
    }
}

/* A sync that failed leaves all files: they are delivered again, which is found out by the mailboxes. */
static void deliver_again(struct manager *manager, struct batch *batch)
{
    log_say(manager->log, LOG_ERROR_LEVEL, STR(""), "mailboxes could not be synced: %s; delivering again",
            strerror(batch->error));
    while (batch->gones.first) {
        struct gone *gone = gones_take(&batch->gones);
        hash_remove(manager->leaving, str_of(gone->id.text));
        waiting_add(manager, &gone->id, now_us() + 60 * 1000000);
        free(gone);
    }
}

static void run_batch(struct removal *removal, struct gones *from, void (*fn)(void *arg))
{
    struct batch batch = {.removal = removal, .gones = *from};
    *from = (struct gones){0};
    thread_pool_run(removal->manager->disk, fn, &batch);
    if (batch.error)
        deliver_again(removal->manager, &batch);
    else
        note_gone(removal, &batch);
}

static void group_task(void *arg)
{
    struct removal *removal = arg;
    while (!removal->moment_ended || removal->group.first || removal->dirty) {
        if (!removal->group.first && !removal->dirty) {
            gate_wait(&removal->group_gate, DEADLINE_NEVER);
            continue;
        }
        int64_t end = deadline_in(GROUP_MS);
        while (!removal->ending && removal->group.count < (size_t)removal->manager->params->sync_batch &&
               gate_wait(&removal->group_gate, end))
            continue;
        removal->dirty = false;
        run_batch(removal, &removal->group, group_run);
    }
    removal->group_ended = true;
    gate_wake(&removal->end_gate);
}

static void unlink_moment(struct removal *removal)
{
    if (!removal->ending)
        task_sleep(MOMENT_MS);
    run_batch(removal, &removal->moment, unlink_run);
    if (!removal->dirty)
        gate_wake(&removal->group_gate);
    removal->dirty = true;
}

static void moment_task(void *arg)
{
    struct removal *removal = arg;
    while (!removal->ending || removal->moment.first) {
        forget_past(removal, time_monotonic_ms());
        if (removal->moment.first)
            unlink_moment(removal);
        else
            gate_wait(&removal->moment_gate,
                      removal->past.first ? removal->past.first->forget_ms : DEADLINE_NEVER);
    }
    removal->moment_ended = true;
    gate_wake(&removal->group_gate);
}

bool removal_create(struct manager *manager, struct verdict *verdict)
{
    struct removal *removal = memory_get(sizeof *removal);
    removal->manager = manager;
    manager->removal = removal;
    if (task_start(manager->loop, group_task, removal) && task_start(manager->loop, moment_task, removal))
        return true;
    return verdict_system(verdict, "removal", errno);
}

void removal_close(struct manager *manager)
{
    struct removal *removal = manager->removal;
    manager->removal = NULL;
    removal->ending = true;
    gate_wake(&removal->moment_gate);
    gate_wake(&removal->group_gate);
    while (!removal->group_ended)
        gate_wait(&removal->end_gate, DEADLINE_NEVER);
    forget_past(removal, INT64_MAX);
    free(removal);
}

static void let_go(struct removal *removal, const struct message *message)
{
    struct gone *gone = memory_get(sizeof *gone);
    gone->id = message->id;
    hash_put(removal->manager->leaving, str_of(gone->id.text), gone);
    if (message->unsynced) {
        gones_add(&removal->group, gone);
        if (removal->group.count == 1 || removal->group.count >= (size_t)removal->manager->params->sync_batch)
            gate_wake(&removal->group_gate);
    } else {
        gones_add(&removal->moment, gone);
        gate_wake(&removal->moment_gate);
    }
}

void message_remove(struct manager *manager, struct message *message)
{
    metrics_add(manager->metrics, METRIC_queue_removed, 1);
    message_leave(manager, message);
    if (manager->removal) {
        if (message->indexed)
            index_forget(manager->index, &message->id);
        let_go(manager->removal, message);
    }
    message_free(message);
}
