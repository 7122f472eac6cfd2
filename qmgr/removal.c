/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finished messages. A file whose mailbox copies are not all known to be durable goes with a group, about
 * once a second: first the file system with the mailboxes is synced (syncfs), then the files are unlinked.
 * Where the message is in a commit journal, that keeps it until its checkpoint syncs, and there is no group.
 * All others go at once, together with those that came in the same moment or while the ones before them were
 * unlinked, so that a qmgr that is killed sends hardly any of them a second time. The directory is synced
 * about once a second. A power cut before that delivers again, and delivery into our mailboxes is idempotent.
 *
 * Messages that have copies of that kind and are not finished (copies.c) take part in the group's sync, and
 * the records of all messages are synced about once a second too.
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

enum { GROUP_MS = 1000, MOMENT_MS = 50 };

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
    struct gones group;      /* wait for a sync of the mailboxes */
    struct gones moment;     /* wait for nothing */
    struct gones past;       /* their files are gone; known until no note about them is believed any more */
    struct message *syncing; /* not finished */
    size_t awaited;          /* of those, with the ones whose sync is under way */
    bool dirty;              /* names were unlinked since the directory was synced */
    bool recorded;           /* records were appended since they were synced */
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
    bool sync_mail, sync_records;
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
    if (batch->sync_mail && syncfs(manager->mail >= 0 ? manager->mail : manager->directory) != 0)
        batch->error = errno;
    else
        unlink_run(batch);
    if (batch->sync_records)
        syncfs(manager->directory);
    else
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

static void run_batch(struct batch *batch, struct gones *from, void (*fn)(void *arg))
{
    batch->gones = *from;
    *from = (struct gones){0};
    thread_pool_run(batch->removal->manager->disk, fn, batch);
}

static void go_on(struct removal *removal, struct message *syncing, bool synced)
{
    while (syncing) {
        struct message *message = syncing;
        syncing = message->next_syncing;
        copies_end_sync(removal->manager, message, synced);
        removal->awaited--;
    }
    gate_wake(&removal->moment_gate);
}

static void run_group(struct removal *removal)
{
    struct message *syncing = removal->syncing;
    struct batch batch = {
        .removal = removal, .sync_mail = removal->group.first || syncing, .sync_records = removal->recorded};
    for (struct message *message = syncing; message; message = message->next_syncing)
        copies_begin_sync(message);
    removal->syncing = NULL;
    removal->dirty = removal->recorded = false;
    run_batch(&batch, &removal->group, group_run);
    if (batch.error)
        deliver_again(removal->manager, &batch);
    else
        note_gone(removal, &batch);
    go_on(removal, syncing, batch.error == 0);
}

static bool has_group(const struct removal *removal)
{
    return removal->group.first || removal->syncing || removal->dirty || removal->recorded;
}

static void group_task(void *arg)
{
    struct removal *removal = arg;
    while (!removal->moment_ended || has_group(removal)) {
        if (!has_group(removal)) {
            gate_wait(&removal->group_gate, DEADLINE_NEVER);
            continue;
        }
        int64_t end = deadline_in(GROUP_MS);
        while (!removal->ending && removal->group.count < (size_t)removal->manager->params->sync_batch &&
               gate_wait(&removal->group_gate, end))
            continue;
        run_group(removal);
    }
    removal->group_ended = true;
    gate_wake(&removal->end_gate);
}

static void unlink_moment(struct removal *removal)
{
    if (!removal->ending)
        task_sleep(MOMENT_MS);
    struct batch batch = {.removal = removal};
    run_batch(&batch, &removal->moment, unlink_run);
    note_gone(removal, &batch);
    if (!removal->dirty)
        gate_wake(&removal->group_gate);
    removal->dirty = true;
}

static void moment_task(void *arg)
{
    struct removal *removal = arg;
    while (!removal->ending || removal->moment.first || removal->awaited) {
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
    removal->ending = true;
    gate_wake(&removal->moment_gate);
    gate_wake(&removal->group_gate);
    while (!removal->group_ended)
        gate_wait(&removal->end_gate, DEADLINE_NEVER);
    manager->removal = NULL;
    forget_past(removal, INT64_MAX);
    free(removal);
}

bool removal_sync(struct manager *manager, struct message *message)
{
    struct removal *removal = manager->removal;
    if (!removal || removal->moment_ended)
        return false;
    message->next_syncing = removal->syncing;
    removal->syncing = message;
    removal->awaited++;
    gate_wake(&removal->group_gate);
    return true;
}

void removal_note_record(struct manager *manager)
{
    struct removal *removal = manager->removal;
    if (!removal || removal->recorded)
        return;
    removal->recorded = true;
    gate_wake(&removal->group_gate);
}

static void let_go(struct removal *removal, const struct message *message)
{
    struct gone *gone = memory_get(sizeof *gone);
    gone->id = message->id;
    hash_put(removal->manager->leaving, str_of(gone->id.text), gone);
    if (message->unsynced && !message_is_in_journal(removal->manager, message)) {
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
    if (manager->removal && !manager->removal->moment_ended) {
        if (message->indexed)
            index_forget(manager->index, &message->id);
        let_go(manager->removal, message);
    }
    message_free(message);
}
