/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The directory is the truth: at the start, when a way in is gone, and now and then, its names are compared
 * with what is known. A name is opened only when neither memory nor the index knows it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qmgr/index.h"
#include "mail/commit_journal.h"
#include "qmgr/manager.h"
#include "qmgr/names.h"

enum { IN_THE_MAKING_S = 60, NAMES_AT_A_TURN = 500, ENDING_TRIES = 20, ENDING_MS = 250 };

bool manager_knows(const struct manager *manager, struct str id)
{
    return hash_get(manager->messages, id) || hash_get(manager->waiting, id) ||
           hash_get(manager->reserved, id) || hash_get(manager->leaving, id);
}

/* Whether a file that is not known may be looked at: its maker is gone, or it is old enough. */
static bool is_settled(const struct queue_id *id, int64_t slot)
{
    int64_t time_us;
    queue_id_parse(str_of(id->text), &time_us);
    if (slot == SCAN_ALL)
        return true;
    if (slot >= 0 && queue_id_slot(id) == (uint32_t)slot)
        return true;
    return now_us() - time_us > (int64_t)IN_THE_MAKING_S * 1000000;
}

/* What was listed. */
struct found {
    size_t count, unindexed;
};

static void take_up_name(struct manager *manager, const struct queue_id *id, int64_t slot,
                         struct found *found)
{
    if (manager_knows(manager, str_of(id->text)) || !is_settled(id, slot))
        return;
    found->count++;
    if (!waiting_add_found(manager, id))
        found->unindexed++;
}

/* Many names do not keep the loop from others. */
static struct found scan(struct manager *manager, int64_t slot)
{
    struct names names = {NULL, 0, 0};
    struct found found = {0};
    names_list(manager, "", &names);
    for (size_t i = 0; i < names.count; i++) {
        take_up_name(manager, &names.at[i], slot, &found);
        if (i % NAMES_AT_A_TURN == NAMES_AT_A_TURN - 1)
            task_yield();
    }
    names_free(&names);
    return found;
}

/* A process that ends may let go of its journal a moment after its line to us. */
void queue_scan(struct manager *manager, int64_t slot)
{
    bool ended = journals_recover(manager, slot);
    scan(manager, slot);
    for (int tries = 0; !ended && tries < ENDING_TRIES && !manager->ending; tries++) {
        task_sleep(ENDING_MS);
        ended = journals_recover(manager, slot);
    }
}

void queue_set_aside(struct manager *manager, const char *name, const char *why)
{
    char target[64];
    snprintf(target, sizeof target, "damaged/%s", name);
    int result = renameat(manager->directory, name, manager->directory, target);
    log_say(manager->log, LOG_ERROR_LEVEL, str_of(name), "queue file does not check: %s; %s", why,
            result == 0 ? "moved to damaged" : strerror(errno));
}

static bool is_ours(struct str name)
{
    struct str prefix = STR(COMMIT_JOURNAL_PREFIX);
    return queue_id_parse(str_starts(name, prefix) ? str_from(name, prefix.len) : name, NULL);
}

/* Files in damaged/ go after some days. */
static void clean_damaged(void *arg)
{
    struct manager *manager = arg;
    int fd = openat(manager->directory, "damaged", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *entry;
    struct stat status;
    int64_t now_s = now_us() / 1000000;
    while (directory && (entry = readdir(directory)))
        if (is_ours(str_of(entry->d_name)) && fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
            now_s - status.st_ctime > manager->params->damaged_keep_time / 1000)
            unlinkat(fd, entry->d_name, 0);
    if (directory)
        closedir(directory);
}

void sweep_task(void *arg)
{
    struct manager *manager = arg;
    journals_recover(manager, SCAN_ALL);
    struct found found = scan(manager, SCAN_ALL);
    manager->listed = true;
    gate_wake_all(&manager->listing_done);
    log_say(manager->log, LOG_INFO_LEVEL, STR(""), "queue has %zu messages, %zu of them not in its index",
            found.count, found.unindexed);
    while (!manager->ending) {
        gate_wait(&manager->sweep_now, deadline_in(manager->params->sweep_interval));
        if (manager->ending)
            break;
        queue_scan(manager, SCAN_OLD);
        thread_pool_run(manager->disk, clean_damaged, manager);
    }
}
