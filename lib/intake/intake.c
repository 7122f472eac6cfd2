/* SPDX-License-Identifier: BSD-2-Clause */
/* A process's way into the queue: directory, commit threads, memory budget. */
#include "intake/intake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/memory.h"
#include "intake/announcer.h"
#include "intake/journal.h"
#include "intake/process.h"
#include "io/file.h"

enum { LEAST_FREE = 4 * 1024 * 1024, LOOK_MS = 200 };

/* Where the queue is another user's (qmgr's), a file is for its group alone: who made it, and is not the
 * group's by being its owner, cannot open it a second time, should it be taken over later. */
static mode_t file_mode(int directory)
{
    struct stat status;
    bool others = fstat(directory, &status) == 0 && status.st_uid != geteuid();
    return others ? 0060 : 0660;
}

static bool seal(void *announcer, uint64_t serial)
{
    return announcer_seal(announcer, serial);
}

struct intake *intake_create(const struct intake_options *options, struct verdict *verdict)
{
    int directory = open(options->queue_directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int readable = directory < 0 ? -1 : openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) {
        verdict_system(verdict, options->queue_directory, errno);
        return NULL;
    }
    struct intake *intake = memory_get(sizeof *intake);
    intake->options = *options;
    intake->mode = file_mode(directory);
    intake->name_sync = file_sync_keeps_name(directory) ? NAME_WITH_FILE
                        : readable >= 0                 ? NAME_BY_DIRECTORY
                                                        : NAME_BY_FILE_SYSTEM;
    intake->directory = intake->name_sync == NAME_BY_DIRECTORY ? readable : directory;
    int unused = intake->name_sync == NAME_BY_DIRECTORY ? directory : readable;
    if (unused >= 0)
        close(unused);
    if (options->loop)
        intake->threads = thread_pool_create(options->loop, options->commit_threads);
    if (options->qmgr_socket && options->loop)
        intake->announcer =
            announcer_create(options->loop, options->qmgr_socket, options->slot, options->log);
    if (options->boot && options->loop)
        intake->journal = journal_create(&(struct journal_options){.loop = options->loop,
                                                                   .log = options->log,
                                                                   .directory = intake->directory,
                                                                   .mode = intake->mode,
                                                                   .slot = options->slot,
                                                                   .boot = options->boot,
                                                                   .seal = intake->announcer ? seal : NULL,
                                                                   .seal_arg = intake->announcer});
    return intake;
}

void intake_destroy(struct intake *intake)
{
    if (!intake)
        return;
    journal_destroy(intake->journal); /* it uses the announcer no more */
    announcer_destroy(intake->announcer);
    thread_pool_destroy(intake->threads);
    close(intake->directory);
    free(intake);
}

bool intake_sync_name(const struct intake *intake, int file)
{
    switch (intake->name_sync) {
    case NAME_WITH_FILE:
        return true;
    case NAME_BY_DIRECTORY:
        return fsync(intake->directory) == 0;
    case NAME_BY_FILE_SYSTEM:
        return syncfs(file) == 0;
    }
    return false;
}

void intake_announce(struct intake *intake, struct str queue_id, uint64_t size, uint64_t journal,
                     const struct envelope *envelope)
{
    if (intake->announcer)
        announcer_tell(intake->announcer, queue_id, size, journal, envelope);
}

/* The file system is asked a few times a second, not for each message. */
static bool look_at_room(struct intake *intake)
{
    struct statvfs status;
    if (time_monotonic_ms() < intake->look_again)
        return true;
    if (fstatvfs(intake->directory, &status) != 0)
        return false;
    intake->free_octets = (uint64_t)status.f_bavail * status.f_frsize;
    intake->look_again = deadline_in(LOOK_MS);
    return true;
}

/* Half as much again as the message must be free (and at least a little), so that the queue can still be
 * worked on. */
bool intake_has_room(struct intake *intake, uint64_t size, struct verdict *verdict)
{
    if (!look_at_room(intake))
        return verdict_system(verdict, "queue file system", errno);
    uint64_t wanted = size > UINT64_MAX / 2 ? UINT64_MAX : size + size / 2;
    if (intake->free_octets < wanted || intake->free_octets < LEAST_FREE)
        return verdict_set(verdict, 452, "3.1", "Insufficient system storage");
    return true;
}

bool intake_take_memory(struct intake *intake, uint64_t octets)
{
    if (octets > intake->options.memory_limit || intake->memory_used > intake->options.memory_limit - octets)
        return false;
    intake->memory_used += octets;
    return true;
}

void intake_force_memory(struct intake *intake, uint64_t octets)
{
    intake->memory_used += octets;
}

void intake_release_memory(struct intake *intake, uint64_t octets)
{
    intake->memory_used -= octets;
}
