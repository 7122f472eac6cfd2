/* SPDX-License-Identifier: BSD-2-Clause */
/* Segments: made, appended to, sealed, and freed by checkpoints. */
#include "intake/journal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "intake/commit.h"
#include "io/file.h"
#include "io/log.h"
#include "mail/commit_journal.h"
#include "mail/queueid.h"

enum {
    SEGMENTS = 5,
    FIRST_SIZE = 4 * 1024 * 1024, /* octets; each is four times the one before, up to LARGEST */
    LARGEST = 16 * 1024 * 1024,
    CHECKPOINT_MS = 1000,
    NO_ROOM_MS = 10000, /* until a segment that could not be made is tried again */
    ROOM_FOR_ONE = 8,   /* times its size must be free */
    THREADS = 1,
};

struct segment {
    struct segment *next;
    int fd;
    size_t size, at; /* octets: of the file, appended */
    uint64_t generation;
    uint64_t serial; /* of this use of it */
};

struct journal {
    struct journal_options options;
    struct queue_id_maker ids;
    struct thread_pool *threads;
    struct gate used;
    bool ending;
    int64_t make_after;   /* monotonic ms: for the thread */
    pthread_mutex_t lock; /* of what follows */
    struct segment segments[SEGMENTS];
    unsigned count;
    uint64_t serial; /* the last that was given */
    struct segment *current, *free, *sealed;
    bool full;   /* one was sealed because it was full */
    bool wanted; /* there was none */
    bool broken; /* a sync failed: nothing goes there any more */
};

/* --- making --- */

static bool write_head(const struct journal *journal, const struct segment *segment, uint64_t done,
                       bool failed)
{
    struct commit_journal_head head = {.done = done, .failed = failed};
    struct buf octets;
    memcpy(head.boot, journal->options.boot, BOOT_ID_LENGTH);
    buf_init(&octets, COMMIT_JOURNAL_HEAD);
    commit_journal_put_head(&head, &octets);
    bool written = file_pwrite_all(segment->fd, buf_str(&octets), 0) && fdatasync(segment->fd) == 0;
    buf_finish(&octets);
    return written;
}

static bool fill(const struct segment *segment)
{
    enum { PIECE = 64 * 1024 };
    char *zeros = memory_array(PIECE, 1);
    bool done = true;
    for (size_t at = 0; done && at < segment->size; at += PIECE)
        done = file_pwrite_all(segment->fd, str_make(zeros, PIECE), (off_t)at);
    free(zeros);
    return done;
}

/* A journal takes no room that messages may need. */
static bool has_room(const struct journal *journal, size_t size)
{
    struct statvfs status;
    return fstatvfs(journal->options.directory, &status) == 0 &&
           (uint64_t)status.f_bavail * status.f_frsize / ROOM_FOR_ONE >= size;
}

/* Its lock tells that we live. The head goes last: without one it is nothing. */
static bool make_segment(struct journal *journal, struct segment *segment, size_t size)
{
    char name[sizeof COMMIT_JOURNAL_PREFIX + QUEUE_ID_LENGTH];
    struct queue_id id = queue_id_next(&journal->ids, clock_now_us());
    snprintf(name, sizeof name, COMMIT_JOURNAL_PREFIX "%s", id.text);
    *segment = (struct segment){.size = size, .at = COMMIT_JOURNAL_START, .generation = 1};
    segment->fd = openat(journal->options.directory, name,
                         O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, journal->options.mode);
    if (segment->fd < 0)
        return false;
    if (file_try_lock(segment->fd) && fill(segment) && file_sync_new(segment->fd) &&
        write_head(journal, segment, 0, false))
        return true;
    close(segment->fd);
    unlinkat(journal->options.directory, name, 0);
    return false;
}

/* Mostly without the lock: nobody else looks at a segment that is not counted. */
static void add_segment(void *arg)
{
    struct journal *journal = arg;
    size_t size = FIRST_SIZE;
    for (unsigned i = 0; i < journal->count && size < LARGEST; i++)
        size *= 4;
    struct segment *segment = &journal->segments[journal->count];
    bool made = has_room(journal, size) && make_segment(journal, segment, size);
    if (!made)
        journal->make_after = deadline_in(NO_ROOM_MS);
    pthread_mutex_lock(&journal->lock);
    journal->wanted = false;
    if (made) {
        segment->next = journal->free;
        journal->free = segment;
        journal->count++;
    }
    pthread_mutex_unlock(&journal->lock);
}

/* --- appending --- */

static struct segment *take_largest_free(struct journal *journal)
{
    struct segment **best = &journal->free;
    if (!journal->free)
        return NULL;
    for (struct segment **link = &journal->free; *link; link = &(*link)->next)
        if ((*link)->size > (*best)->size)
            best = link;
    struct segment *segment = *best;
    *best = segment->next;
    return segment;
}

static void seal_current(struct journal *journal)
{
    journal->current->next = journal->sealed;
    journal->sealed = journal->current;
    journal->current = NULL;
}

static struct segment *segment_for(struct journal *journal, size_t octets)
{
    if (journal->current && journal->current->size - journal->current->at < octets) {
        seal_current(journal);
        journal->full = true;
    }
    if (!journal->current && (journal->current = take_largest_free(journal)))
        journal->current->serial = ++journal->serial;
    struct segment *segment = journal->current;
    bool fits = segment && segment->size - segment->at >= octets;
    journal->wanted |= !fits && journal->count < SEGMENTS;
    return fits ? segment : NULL;
}

static size_t octets_of(const struct commit *first)
{
    size_t sum = 0;
    for (const struct commit *commit = first; commit; commit = commit->next)
        if (!commit->error)
            sum += commit_journal_size(commit_octets(commit));
    return sum;
}

static bool write_records(struct segment *segment, const struct commit *first, size_t octets)
{
    struct buf records;
    buf_init(&records, octets);
    for (const struct commit *commit = first; commit; commit = commit->next)
        if (!commit->error)
            commit_journal_put(str_of(commit->name), segment->generation, commit->parts, COMMIT_PARTS,
                               &records);
    assert(!records.over && records.len == octets);
    bool written = file_pwrite_all(segment->fd, buf_str(&records), (off_t)segment->at);
    segment->at += octets;
    buf_finish(&records);
    return written;
}

bool journal_takes(struct journal *journal)
{
    pthread_mutex_lock(&journal->lock);
    journal->wanted |= journal->count == 0;
    bool takes = journal->count > 0 && !journal->broken;
    pthread_mutex_unlock(&journal->lock);
    return takes;
}

static struct segment *append(struct journal *journal, const struct commit *first, size_t octets,
                              uint64_t *serial)
{
    pthread_mutex_lock(&journal->lock);
    struct segment *segment = journal->broken ? NULL : segment_for(journal, octets);
    bool done = segment && write_records(segment, first, octets);
    journal->broken |= segment && !done;
    *serial = done ? segment->serial : 0;
    pthread_mutex_unlock(&journal->lock);
    return done ? segment : NULL;
}

/* A checkpoint may seal the segment meanwhile, and sync it too. When that one was told of an error that was
 * ours, the files are safe, or the journal is broken. */
bool journal_append(struct journal *journal, struct commit *first)
{
    uint64_t serial;
    size_t octets = octets_of(first);
    struct segment *segment = octets ? append(journal, first, octets, &serial) : NULL;
    if (!segment)
        return octets == 0;
    bool done = fdatasync(segment->fd) == 0;
    pthread_mutex_lock(&journal->lock);
    journal->broken |= !done;
    done = !journal->broken;
    pthread_mutex_unlock(&journal->lock);
    for (struct commit *commit = first; commit; commit = commit->next)
        commit->journal = done && !commit->error ? serial : 0;
    return done;
}

/* --- checkpoints --- */

static void free_segments(struct journal *journal, struct segment *first)
{
    for (struct segment *segment = first, *next; segment; segment = next) {
        next = segment->next;
        segment->at = COMMIT_JOURNAL_START;
        segment->generation++;
        segment->next = journal->free;
        journal->free = segment;
    }
}

static void set_broken(struct journal *journal)
{
    pthread_mutex_lock(&journal->lock);
    journal->broken = true;
    pthread_mutex_unlock(&journal->lock);
}

/* The first segment was opened before any message was written, so its descriptor is told of every write that
 * failed since (syncfs(2)). */
static bool sync_queue(struct journal *journal, const struct segment *sealed)
{
    bool synced = syncfs(journal->segments[0].fd) == 0;
    if (!synced)
        set_broken(journal);
    for (const struct segment *segment = sealed; segment; segment = segment->next) {
        uint64_t done = synced ? segment->generation : segment->generation - 1;
        synced = write_head(journal, segment, done, !synced) && synced;
    }
    if (!synced)
        set_broken(journal);
    return synced;
}

/* What a checkpoint is about. */
struct checkpoint {
    struct journal *journal;
    struct segment *sealed;
    uint64_t serial; /* the highest that was given */
};

static struct checkpoint begin_checkpoint(struct journal *journal)
{
    pthread_mutex_lock(&journal->lock);
    if (journal->current && journal->current->at > COMMIT_JOURNAL_START)
        seal_current(journal);
    struct checkpoint checkpoint = {journal, journal->sealed, journal->serial};
    journal->sealed = NULL;
    journal->full = false;
    pthread_mutex_unlock(&journal->lock);
    return checkpoint;
}

static void put_off(const struct checkpoint *checkpoint)
{
    struct journal *journal = checkpoint->journal;
    struct segment *last = checkpoint->sealed;
    while (last->next)
        last = last->next;
    pthread_mutex_lock(&journal->lock);
    last->next = journal->sealed;
    journal->sealed = checkpoint->sealed;
    pthread_mutex_unlock(&journal->lock);
}

static void finish_checkpoint(void *arg)
{
    const struct checkpoint *checkpoint = arg;
    struct journal *journal = checkpoint->journal;
    if (!sync_queue(journal, checkpoint->sealed))
        return;
    pthread_mutex_lock(&journal->lock);
    free_segments(journal, checkpoint->sealed);
    pthread_mutex_unlock(&journal->lock);
}

/* Only when qmgr knows of it may the sync begin (intake/journal.h). */
static void run_checkpoint(struct journal *journal)
{
    const struct journal_options *options = &journal->options;
    struct checkpoint checkpoint = begin_checkpoint(journal);
    if (!checkpoint.sealed)
        return;
    if (options->seal && !options->seal(options->seal_arg, checkpoint.serial))
        put_off(&checkpoint);
    else
        thread_pool_run(journal->threads, finish_checkpoint, &checkpoint);
}

/* --- */

/* Looks at something under the lock. */
static bool is_set(struct journal *journal, const bool *flag)
{
    pthread_mutex_lock(&journal->lock);
    bool set = *flag;
    pthread_mutex_unlock(&journal->lock);
    return set;
}

static bool has_work(struct journal *journal)
{
    pthread_mutex_lock(&journal->lock);
    bool has = journal->sealed || journal->wanted ||
               (journal->current && journal->current->at > COMMIT_JOURNAL_START);
    pthread_mutex_unlock(&journal->lock);
    return has;
}

/* Waits for the time of the next checkpoint; makes segments meanwhile. */
static void await_checkpoint(struct journal *journal)
{
    if (!has_work(journal))
        gate_wait(&journal->used, DEADLINE_NEVER);
    int64_t end = deadline_in(CHECKPOINT_MS);
    do {
        if (is_set(journal, &journal->wanted) && time_monotonic_ms() >= journal->make_after)
            thread_pool_run(journal->threads, add_segment, journal);
    } while (!journal->ending && !is_set(journal, &journal->full) && gate_wait(&journal->used, end));
}

static void upkeep_task(void *arg)
{
    struct journal *journal = arg;
    while (!journal->ending && !is_set(journal, &journal->broken)) {
        await_checkpoint(journal);
        if (!journal->ending)
            run_checkpoint(journal);
    }
    if (!journal->ending) {
        run_checkpoint(journal); /* of what it holds */
        if (journal->options.log)
            log_say(journal->options.log, LOG_ERROR_LEVEL, STR(""),
                    "commit journal cannot be written; each message is synced by itself now");
    }
    while (!journal->ending)
        gate_wait(&journal->used, DEADLINE_NEVER);
    for (unsigned i = 0; i < journal->count; i++)
        close(journal->segments[i].fd);
    thread_pool_destroy(journal->threads);
    pthread_mutex_destroy(&journal->lock);
    free(journal);
}

struct journal *journal_create(const struct journal_options *options)
{
    struct journal *journal = memory_get(sizeof *journal);
    journal->options = *options;
    queue_id_init(&journal->ids, options->slot, random_u32());
    pthread_mutex_init(&journal->lock, NULL);
    journal->threads = thread_pool_create(options->loop, THREADS);
    bool started = journal->threads && task_start(options->loop, upkeep_task, journal);
    assert(started && "a process that starts has threads and a stack");
    return journal;
}

void journal_destroy(struct journal *journal)
{
    if (!journal)
        return;
    journal->ending = true;
    gate_wake(&journal->used);
}

void journal_used(struct journal *journal)
{
    gate_wake(&journal->used);
}
