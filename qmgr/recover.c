/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commit journals (mail/commit_journal.h) whose writer has ended. In the same start of the machine all that
 * was written is there, and only has to be synced; after another, queue files may be missing or torn, and
 * are made again from the journal. Either way the journal can go then.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/file.h"
#include "mail/commit_journal.h"
#include "qmgr/names.h"

enum {
    IN_THE_MAKING_S = 60,
    ENTRY_MEMORY = 64 * 1024 * 1024,
    NAME_ROOM = sizeof COMMIT_JOURNAL_PREFIX + QUEUE_ID_LENGTH,
};

enum finding {
    FOUND_NOTHING,  /* somebody has it, or it is in the making */
    FOUND_DONE,     /* all that it speaks of is safe; it is gone */
    FOUND_UNSOUND,  /* for a person to look at */
    FOUND_HINDERED, /* errno in `error`: to be tried again */
};

/* What a disk thread is given: one journal. */
struct recovery {
    int directory;
    const char *boot;
    char name[NAME_ROOM];
    int64_t age_s;
    int fd; /* of the journal, which is ours by its lock; -1 */
    enum finding finding;
    const char *why; /* of FOUND_UNSOUND */
    int error;
    struct names restored;
};

/* --- one message --- */

static enum queuefile_status look_at(int directory, const char *name)
{
    int fd = file_open_regular(directory, name, O_RDONLY);
    if (fd < 0)
        return errno == ENOENT ? QUEUEFILE_UNFINISHED : QUEUEFILE_ERROR;
    struct arena *arena = arena_create(ENTRY_MEMORY);
    struct queue_entry entry;
    struct verdict verdict;
    enum queuefile_status status = queuefile_read(fd, arena, &entry, &verdict);
    if (status == QUEUEFILE_OK)
        status = queuefile_check(fd, &entry, &verdict);
    arena_destroy(arena);
    close(fd);
    return status;
}

static bool write_file(int directory, const char *name, struct str octets)
{
    int fd = openat(directory, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0660);
    bool written = fd >= 0 && file_write_all(fd, octets);
    int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return written;
}

/* A file that is whole stays, with what was recorded in it since. */
static bool restore(struct recovery *recovery, const struct commit_journal_record *record)
{
    char name[QUEUE_ID_LENGTH + 1];
    snprintf(name, sizeof name, STR_FMT, STR_ARG(record->id));
    enum queuefile_status status = look_at(recovery->directory, name);
    if (status == QUEUEFILE_OK)
        return true;
    if (status != QUEUEFILE_UNFINISHED && status != QUEUEFILE_DAMAGED)
        return false;
    if (unlinkat(recovery->directory, name, 0) != 0 && errno != ENOENT)
        return false;
    if (!write_file(recovery->directory, name, record->payload)) {
        int error = errno;
        unlinkat(recovery->directory, name, 0);
        errno = error;
        return false;
    }
    names_add(&recovery->restored, record->id);
    return true;
}

/* --- one journal --- */

static void hindered(struct recovery *recovery)
{
    recovery->finding = FOUND_HINDERED;
    recovery->error = errno ? errno : EIO;
}

/* When a journal was read to its end. Its name must be gone for good before anything of it is delivered. */
static void finish(struct recovery *recovery)
{
    if (syncfs(recovery->directory) == 0 && unlinkat(recovery->directory, recovery->name, 0) == 0 &&
        fsync(recovery->directory) == 0)
        recovery->finding = FOUND_DONE;
    else
        hindered(recovery);
}

/* For the next look at a journal that must stay: what is in the queue now may be gone by then. Only what is
 * on disk is struck out, or a power cut could leave the stroke and take the file. */
static void strike_out(struct recovery *recovery, struct str file, const struct commit_journal_head *head)
{
    struct commit_journal_walk walk = commit_journal_walk(file, head);
    struct commit_journal_record record;
    char name[QUEUE_ID_LENGTH + 1];
    if (syncfs(recovery->directory) != 0)
        return;
    while (commit_journal_next(&walk, &record)) {
        snprintf(name, sizeof name, STR_FMT, STR_ARG(record.id));
        if (!record.struck && look_at(recovery->directory, name) == QUEUEFILE_OK)
            commit_journal_strike(recovery->fd, record.at);
    }
}

static void restore_all(struct recovery *recovery, struct str file, const struct commit_journal_head *head)
{
    struct commit_journal_walk walk = commit_journal_walk(file, head);
    struct commit_journal_record record;
    while (commit_journal_next(&walk, &record))
        if (!record.struck && !restore(recovery, &record))
            hindered(recovery);
    if (recovery->finding == FOUND_HINDERED)
        strike_out(recovery, file, head);
    else
        finish(recovery);
}

static void unsound(struct recovery *recovery, const char *why)
{
    recovery->finding = FOUND_UNSOUND;
    recovery->why = why;
}

static void look_into(struct recovery *recovery, struct str file)
{
    struct commit_journal_head head;
    switch (commit_journal_get_head(file, &head)) {
    case COMMIT_JOURNAL_UNFINISHED:
        if (recovery->age_s > IN_THE_MAKING_S)
            finish(recovery);
        break;
    case COMMIT_JOURNAL_UNKNOWN:
        unsound(recovery, "a commit journal with an unknown head");
        break;
    case COMMIT_JOURNAL_OK:
        if (head.failed)
            unsound(recovery, "a commit journal whose file system could not be synced");
        else if (boot_id_is(recovery->boot, head.boot))
            finish(recovery);
        else
            restore_all(recovery, file, &head);
        break;
    }
}

/* On a disk thread, as what follows. The lock is its writer's as long as it lives. */
static void take_over(void *arg)
{
    struct recovery *recovery = arg;
    recovery->fd = file_open_regular(recovery->directory, recovery->name, O_RDWR);
    if (recovery->fd >= 0 && !file_try_lock(recovery->fd)) {
        close(recovery->fd);
        recovery->fd = -1;
    }
}

static void recover(void *arg)
{
    struct recovery *recovery = arg;
    struct buf file;
    buf_init(&file, COMMIT_JOURNAL_LIMIT);
    if (file_read_whole(recovery->directory, recovery->name, &file))
        look_into(recovery, buf_str(&file));
    else if (errno == EFBIG)
        unsound(recovery, "a commit journal that is too large");
    else
        hindered(recovery);
    buf_finish(&file);
    close(recovery->fd);
}

static void log_recovery(struct manager *manager, const struct recovery *recovery)
{
    for (size_t i = 0; i < recovery->restored.count; i++)
        log_say(manager->log, LOG_INFO_LEVEL, str_of(recovery->restored.at[i].text), "made again from %s",
                recovery->name);
    if (recovery->finding == FOUND_HINDERED)
        log_say(manager->log, LOG_ERROR_LEVEL, STR(""), "%s: %s; it is looked at again later", recovery->name,
                strerror(recovery->error));
    if (recovery->finding == FOUND_UNSOUND)
        queue_set_aside(manager, recovery->name, recovery->why);
}

/* False: its writer lives, or is just ending. */
static bool recover_journal(struct manager *manager, const struct queue_id *id)
{
    struct recovery recovery = {.directory = manager->directory, .boot = manager->boot};
    int64_t time_us;
    queue_id_parse(str_of(id->text), &time_us);
    recovery.age_s = (now_us() - time_us) / 1000000;
    snprintf(recovery.name, sizeof recovery.name, COMMIT_JOURNAL_PREFIX "%s", id->text);
    thread_pool_run(manager->disk, take_over, &recovery);
    if (recovery.fd < 0)
        return false;
    lines_distrust(manager, queue_id_slot(id));
    thread_pool_run(manager->disk, recover, &recovery);
    log_recovery(manager, &recovery);
    names_free(&recovery.restored);
    return true;
}

bool journals_recover(struct manager *manager, int64_t slot)
{
    struct names names = {NULL, 0, 0};
    bool all = true;
    names_list(manager, COMMIT_JOURNAL_PREFIX, &names);
    for (size_t i = 0; i < names.count; i++)
        if (!recover_journal(manager, &names.at[i]) && queue_id_slot(&names.at[i]) == slot)
            all = false;
    names_free(&names);
    return all;
}
