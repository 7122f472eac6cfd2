/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finished messages go in groups, about once a second: first the file system with the mailboxes is synced
 * (syncfs) when a copy in the group is not known to be durable, then the files are unlinked, then the
 * directory is synced. A power cut before that delivers again, and delivery into our mailboxes is idempotent.
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

enum { GROUP_MS = 1000 };

struct gone {
    struct gone *next;
    struct queue_id id;
};

struct removal {
    struct manager *manager;
    struct gate gate;
    struct gone *first, *last;
    size_t count;
    bool unsynced; /* in the group that gathers */
    bool urgent, ending, dirty;
};

/* What a disk thread is given. */
struct group {
    struct removal *removal;
    struct gone *first;
    bool sync_mail;
    int error; /* errno of a sync that failed: nothing was unlinked */
};

static void group_run(void *arg)
{
    struct group *group = arg;
    const struct removal *removal = group->removal;
    int directory = removal->manager->directory;
    if (group->sync_mail && syncfs(removal->manager->mail >= 0 ? removal->manager->mail : directory) != 0) {
        group->error = errno;
        return;
    }
    for (struct gone *gone = group->first; gone; gone = gone->next)
        unlinkat(directory, gone->id.text, 0);
    fsync(directory);
}

static void log_removed(struct manager *manager, const struct group *group)
{
    for (const struct gone *gone = group->first; gone; gone = gone->next)
        log_say(manager->log, LOG_INFO_LEVEL, str_of(gone->id.text), "removed");
}

static void free_group(struct manager *manager, struct group *group)
{
    while (group->first) {
        struct gone *gone = group->first;
        group->first = gone->next;
        hash_remove(manager->leaving, str_of(gone->id.text));
        free(gone);
    }
}

/* A sync that failed leaves all files: they are delivered again, which is found out by the mailboxes. */
static void deliver_again(struct manager *manager, const struct group *group)
{
    log_say(manager->log, LOG_ERROR_LEVEL, STR(""), "mailboxes could not be synced: %s; delivering again",
            strerror(group->error));
    for (const struct gone *gone = group->first; gone; gone = gone->next) {
        hash_remove(manager->leaving, str_of(gone->id.text));
        waiting_add(manager, &gone->id, now_us() + 60 * 1000000);
    }
}

static void run_group(struct removal *removal)
{
    struct group group = {.removal = removal, .first = removal->first, .sync_mail = removal->unsynced};
    removal->first = removal->last = NULL;
    removal->count = 0;
    removal->unsynced = removal->urgent = false;
    if (!group.first)
        return;
    thread_pool_run(removal->manager->disk, group_run, &group);
    if (group.error) {
        deliver_again(removal->manager, &group);
    } else {
        log_removed(removal->manager, &group);
    }
    free_group(removal->manager, &group);
}

static void removal_task(void *arg)
{
    struct removal *removal = arg;
    while (!removal->ending || removal->first) {
        if (!removal->first) {
            gate_wait(&removal->gate, DEADLINE_NEVER);
            continue;
        }
        int64_t end = deadline_in(GROUP_MS);
        while (!removal->urgent && !removal->ending &&
               removal->count < (size_t)removal->manager->params->sync_batch &&
               gate_wait(&removal->gate, end))
            continue;
        run_group(removal);
    }
    free(removal);
}

bool removal_create(struct manager *manager, struct verdict *verdict)
{
    struct removal *removal = memory_get(sizeof *removal);
    removal->manager = manager;
    manager->removal = removal;
    if (task_start(manager->loop, removal_task, removal))
        return true;
    return verdict_system(verdict, "removal", errno);
}

void removal_destroy(struct removal *removal)
{
    if (!removal)
        return;
    removal->ending = true;
    gate_wake(&removal->gate);
}

void removal_flush(struct manager *manager)
{
    manager->removal->urgent = true;
    gate_wake(&manager->removal->gate);
}

void message_remove(struct manager *manager, struct message *message)
{
    struct removal *removal = manager->removal;
    struct gone *gone = memory_get(sizeof *gone);
    gone->id = message->id;
    if (removal->last)
        removal->last->next = gone;
    else
        removal->first = gone;
    removal->last = gone;
    removal->count++;
    metrics_add(manager->metrics, METRIC_queue_removed, 1);
    removal->unsynced |= message->unsynced;
    if (message->recorded)
        index_forget(manager->index, &message->id);
    message_leave(manager, message);
    hash_put(manager->leaving, str_of(gone->id.text), gone);
    message_free(message);
    if (removal->count == 1 || removal->count >= (size_t)manager->params->sync_batch)
        gate_wake(&removal->gate);
}
