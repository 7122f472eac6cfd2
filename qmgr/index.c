/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes gather in memory for a second and go to LMDB in one transaction on a disk thread. */
#include "qmgr/index.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/file.h"
#include "wire/listing.h"

enum { WRITE_MS = 1000, LISTING_LIMIT = 64 * 1024, LISTING_RCPTS = 100 };
static const char boot_name[] = "index-boot";
static const size_t map_size = (size_t)8 << 30;

struct change {
    struct change *next;
    struct queue_id id;
    struct buf listing; /* empty: forget it */
};

struct queue_index {
    struct manager *manager;
    MDB_env *env;
    MDB_dbi db;
    struct change *first, *last;
    struct gate gate, end_gate;
    bool ending, ended;
};

/* Which start of the machine the index was made in. */
static bool is_of_this_boot(const struct manager *manager)
{
    struct buf boot;
    buf_init(&boot, BOOT_ID_LENGTH);
    bool same =
        file_read_whole(manager->directory, boot_name, &boot) && boot_id_is(manager->boot, buf_cstr(&boot));
    buf_finish(&boot);
    return same;
}

/* Another start of the machine may have left what was not synced: pages that others point to are not there,
 * and LMDB would die of it. All is made again from the files. */
static void forget_other_boot(const struct manager *manager)
{
    if (is_of_this_boot(manager))
        return;
    unlinkat(manager->directory, "index", 0);
    unlinkat(manager->directory, "index-lock", 0);
    file_replace(manager->directory, boot_name, str_of(manager->boot), 0640);
}

/* The file has all the pages that its head speaks of. */
static bool is_whole(MDB_env *env)
{
    MDB_envinfo info;
    MDB_stat pages;
    struct stat status;
    int fd;
    return mdb_env_info(env, &info) == 0 && mdb_env_stat(env, &pages) == 0 && mdb_env_get_fd(env, &fd) == 0 &&
           fstat(fd, &status) == 0 &&
           (uint64_t)status.st_size >= (uint64_t)(info.me_last_pgno + 1) * pages.ms_psize;
}

static bool open_env(struct queue_index *index, const char *path)
{
    MDB_txn *txn;
    if (mdb_env_create(&index->env) != 0)
        return false;
    bool opened = mdb_env_set_mapsize(index->env, map_size) == 0 &&
                  mdb_env_open(index->env, path, MDB_NOSUBDIR | MDB_NOSYNC | MDB_NOTLS, 0640) == 0 &&
                  is_whole(index->env) && mdb_txn_begin(index->env, NULL, 0, &txn) == 0;
    if (opened) {
        opened = mdb_dbi_open(txn, NULL, 0, &index->db) == 0;
        opened = mdb_txn_commit(txn) == 0 && opened;
    }
    if (!opened) {
        mdb_env_close(index->env);
        index->env = NULL;
    }
    return opened;
}

/* LMDB trusts the pages it finds, so what another user put in our place is not opened. */
static void remove_foreign(const struct manager *manager, const char *name)
{
    struct stat status;
    if (fstatat(manager->directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
        (S_ISREG(status.st_mode) && status.st_uid == geteuid() && status.st_nlink == 1))
        return;
    log_say(manager->log, LOG_WARNING_LEVEL, STR(""), "%s was made by user %lu; removed", name,
            (unsigned long)status.st_uid);
    unlinkat(manager->directory, name, 0);
}

struct queue_index *index_open(struct manager *manager)
{
    struct queue_index *index = memory_get(sizeof *index);
    char path[4096];
    snprintf(path, sizeof path, STR_FMT "/index", STR_ARG(manager->conf->queue_files));
    index->manager = manager;
    remove_foreign(manager, "index");
    remove_foreign(manager, "index-lock");
    remove_foreign(manager, boot_name);
    forget_other_boot(manager);
    bool opened = open_env(index, path);
    if (!opened && unlinkat(manager->directory, "index", 0) == 0)
        opened = open_env(index, path);
    if (opened)
        return index;
    log_say(manager->log, LOG_WARNING_LEVEL, STR(""), "queue index cannot be opened; going on without it");
    free(index);
    return NULL;
}

static void add_change(struct queue_index *index, struct change *change)
{
    bool idle = !index->first;
    if (index->last)
        index->last->next = change;
    else
        index->first = change;
    index->last = change;
    if (idle)
        gate_wake(&index->gate);
}

static struct change *new_change(const struct queue_id *id)
{
    struct change *change = memory_get(sizeof *change);
    change->id = *id;
    buf_init(&change->listing, LISTING_LIMIT);
    return change;
}

void index_note(struct queue_index *index, const struct message *message, int64_t due_us)
{
    struct listing_rcpt rcpts[LISTING_RCPTS];
    size_t count = 0;
    if (!index)
        return;
    for (size_t i = 0; i < message->rcpt_count && count < LISTING_RCPTS; i++) {
        const struct queue_rcpt *rcpt = &message->rcpts[i];
        if (rcpt->state != RCPT_DONE)
            rcpts[count++] = (struct listing_rcpt){rcpt->rcpt.address, rcpt->rcpt.original, rcpt->last.text};
    }
    struct listing listing = {
        .arrival_us = message->envelope.arrival_us,
        .next_us = (uint64_t)due_us,
        .size = message->size,
        .attempts = message->attempts,
        .held = message->held,
        .sender = message->envelope.sender,
        .tenant = message->envelope.tenant,
        .rcpts = rcpts,
        .rcpts_count = count,
    };
    struct change *change = new_change(&message->id);
    if (!wire_encode(&listing_message, &listing, &change->listing)) {
        listing.rcpts_count = 1;
        buf_clear(&change->listing);
        wire_encode(&listing_message, &listing, &change->listing);
    }
    add_change(index, change);
}

void index_forget(struct queue_index *index, const struct queue_id *id)
{
    if (index)
        add_change(index, new_change(id));
}

struct writing {
    struct queue_index *index;
    struct change *first;
};

static void apply(struct queue_index *index, MDB_txn *txn, struct change *change)
{
    MDB_val key = {QUEUE_ID_LENGTH, change->id.text};
    MDB_val value = {change->listing.len, change->listing.at};
    if (change->listing.len)
        mdb_put(txn, index->db, &key, &value, 0);
    else
        mdb_del(txn, index->db, &key, NULL);
}

/* On a disk thread. What cannot be written is only missed in listings. */
static void writing_run(void *arg)
{
    struct writing *writing = arg;
    struct queue_index *index = writing->index;
    MDB_txn *txn;
    if (mdb_txn_begin(index->env, NULL, 0, &txn) != 0)
        return;
    for (struct change *change = writing->first; change; change = change->next)
        apply(index, txn, change);
    mdb_txn_commit(txn);
}

static void write_changes(struct queue_index *index)
{
    struct writing writing = {.index = index, .first = index->first};
    index->first = index->last = NULL;
    if (writing.first)
        thread_pool_run(index->manager->disk, writing_run, &writing);
    while (writing.first) {
        struct change *change = writing.first;
        writing.first = change->next;
        buf_finish(&change->listing);
        free(change);
    }
}

static void index_task(void *arg)
{
    struct queue_index *index = arg;
    while (!index->ending) {
        if (!index->first)
            gate_wait(&index->gate, DEADLINE_NEVER);
        int64_t end = deadline_in(WRITE_MS);
        while (!index->ending && gate_wait(&index->gate, end))
            continue;
        write_changes(index);
    }
    write_changes(index); /* what came during the last write */
    index->ended = true;
    gate_wake(&index->end_gate);
}

bool index_start(struct queue_index *index)
{
    return !index || task_start(index->manager->loop, index_task, index);
}

void index_close(struct manager *manager)
{
    struct queue_index *index = manager->index;
    manager->index = NULL;
    if (!index)
        return;
    index->ending = true;
    gate_wake(&index->gate);
    while (!index->ended)
        gate_wait(&index->end_gate, DEADLINE_NEVER);
    mdb_env_close(index->env);
    free(index);
}

bool index_due(struct queue_index *index, const struct queue_id *id, int64_t *due_us)
{
    MDB_txn *txn;
    MDB_val key = {QUEUE_ID_LENGTH, (void *)(uintptr_t)id->text}, value;
    if (!index || mdb_txn_begin(index->env, NULL, MDB_RDONLY, &txn) != 0)
        return false;
    struct arena *arena = arena_create(4 * LISTING_LIMIT);
    struct listing listing;
    bool known = mdb_get(txn, index->db, &key, &value) == 0 &&
                 wire_decode(&listing_message, str_make(value.mv_data, value.mv_size), arena, &listing);
    if (known)
        *due_us = listing.held ? INT64_MAX : (int64_t)listing.next_us;
    arena_destroy(arena);
    mdb_txn_abort(txn);
    return known;
}
