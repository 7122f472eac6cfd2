/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commits, alone and together. Who comes when no group is under way takes all that wait and leads them
 * through a commit thread; the others gather for the next group.
 */
#include "intake/commit.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "intake/journal.h"
#include "intake/process.h"
#include "io/file.h"
#include "mail/queuefile.h"

/* Octets of a queue file that also goes to the journal. A larger one costs less with an fsync of its own: at
 * 10 sessions the two are even at about 24 KiB. */
enum { SMALL = 24 * 1024 };

int intake_create_file(const struct intake *intake, const char *name)
{
    return openat(intake->directory, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW,
                  intake->mode);
}

static bool write_ends(const struct commit *commit)
{
    const struct iovec *head = &commit->parts[COMMIT_HEAD], *tail = &commit->parts[COMMIT_TAIL];
    return file_pwrite_all(commit->fd, str_make(tail->iov_base, tail->iov_len),
                           (off_t)(QUEUEFILE_BLOCK + commit->size)) &&
           file_pwrite_all(commit->fd, str_make(head->iov_base, head->iov_len), 0);
}

/* The parts are not touched: file_writev_all counts its copy down. */
static bool write_whole(const struct intake *intake, struct commit *commit)
{
    struct iovec parts[COMMIT_PARTS];
    for (int i = 0; i < COMMIT_PARTS; i++)
        parts[i] = commit->parts[i];
    commit->fd = intake_create_file(intake, commit->name);
    commit->exists = commit->fd >= 0;
    return commit->exists && file_writev_all(commit->fd, parts, COMMIT_PARTS);
}

static void note_error(struct commit *commit)
{
    commit->error = errno ? errno : EIO;
}

/* An fsync that failed is not tried again: the file goes, the client hears 4yz. */
static void sync_file(const struct intake *intake, struct commit *commit)
{
    if (fsync(commit->fd) != 0 || !intake_sync_name(intake, commit->fd))
        note_error(commit);
}

static void end(struct commit *commit)
{
    if (commit->fd >= 0)
        close(commit->fd);
    commit->fd = -1;
}

/* --- alone --- */

struct lone {
    const struct intake *intake;
    struct commit *commit;
};

static void run_alone(void *arg)
{
    const struct lone *lone = arg;
    struct commit *commit = lone->commit;
    if (commit->fd < 0 ? write_whole(lone->intake, commit) : write_ends(commit))
        sync_file(lone->intake, commit);
    else
        note_error(commit);
    end(commit);
}

/* --- together --- */

struct group {
    const struct intake *intake;
    struct commit *first;
};

/* What the journal did not take is synced one by one. */
static void run_group(void *arg)
{
    const struct group *group = arg;
    bool safe = journal_takes(group->intake->journal);
    for (struct commit *commit = group->first; commit; commit = commit->next)
        if (!write_whole(group->intake, commit))
            note_error(commit);
    safe = safe && journal_append(group->intake->journal, group->first);
    for (struct commit *commit = group->first; commit; commit = commit->next) {
        if (!safe && !commit->error)
            sync_file(group->intake, commit);
        end(commit);
    }
}

static void lead(struct intake *intake)
{
    struct commits *commits = &intake->commits;
    struct group group = {.intake = intake, .first = commits->first};
    for (struct commit *commit = group.first; commit; commit = commit->next)
        commit->taken = true;
    commits->first = commits->last = NULL;
    commits->leading = true;
    thread_pool_run(intake->threads, run_group, &group);
    commits->leading = false;
    for (struct commit *commit = group.first, *next; commit; commit = next) {
        next = commit->next;
        commit->done = true;
        gate_wake(&commit->gate);
    }
    if (commits->first)
        gate_wake(&commits->first->gate);
    journal_used(intake->journal);
}

static void run_together(struct intake *intake, struct commit *commit)
{
    struct commits *commits = &intake->commits;
    if (commits->last)
        commits->last->next = commit;
    else
        commits->first = commit;
    commits->last = commit;
    while (!commit->done) {
        if (!commit->taken && !commits->leading)
            lead(intake);
        else
            gate_wait(&commit->gate, DEADLINE_NEVER);
    }
}

size_t commit_octets(const struct commit *commit)
{
    size_t sum = 0;
    for (int i = 0; i < COMMIT_PARTS; i++)
        sum += commit->parts[i].iov_len;
    return sum;
}

void commit_run(struct intake *intake, struct commit *commit)
{
    struct lone lone = {.intake = intake, .commit = commit};
    if (intake->journal && commit->fd < 0 && commit_octets(commit) <= SMALL)
        run_together(intake, commit);
    else if (intake->threads)
        thread_pool_run(intake->threads, run_alone, &lone);
    else
        run_alone(&lone);
}
