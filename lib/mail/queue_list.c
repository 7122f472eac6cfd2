/* SPDX-License-Identifier: BSD-2-Clause */
/* Names first, sorted; then each from the index, or from its file. */
#include "mail/queue_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/file.h"
#include "mail/queuefile.h"
#include "mail/queueid.h"

enum { ENTRY_MEMORY = 256 * 1024 * 1024 };

struct queue_walk {
    const char *directory;
    int fd; /* of the directory */
    struct queue_id *ids;
    size_t count, room;
    MDB_env *env; /* NULL: no index */
    MDB_txn *txn;
    MDB_dbi db;
    struct arena *arena;
};

/* --- names --- */

static void add_id(struct queue_walk *walk, const char *name)
{
    if (!queue_id_parse(str_of(name), NULL))
        return;
    if (walk->count == walk->room) {
        walk->room = walk->room ? walk->room * 2 : 1024;
        walk->ids = memory_resize(walk->ids, walk->room, sizeof *walk->ids);
    }
    memcpy(walk->ids[walk->count++].text, name, sizeof walk->ids->text);
}

static int by_text(const void *left, const void *right)
{
    return memcmp(left, right, QUEUE_ID_LENGTH);
}

static bool read_names(struct queue_walk *walk, struct verdict *verdict)
{
    DIR *directory = opendir(walk->directory);
    struct dirent *entry;
    if (!directory)
        return verdict_system(verdict, walk->directory, errno);
    while ((entry = readdir(directory)))
        add_id(walk, entry->d_name);
    closedir(directory);
    if (walk->count)
        qsort(walk->ids, walk->count, sizeof *walk->ids, by_text);
    return true;
}

/* --- the index --- */

/* Only beside a lock file that qmgr made: we leave none of ours behind. */
static void open_index(struct queue_walk *walk)
{
    char path[4096];
    if (faccessat(walk->fd, "index-lock", F_OK, 0) != 0 || mdb_env_create(&walk->env) != 0)
        return;
    struct buf name;
    buf_init(&name, sizeof path);
    buf_printf(&name, "%s/index", walk->directory);
    bool opened = !name.over &&
                  mdb_env_open(walk->env, buf_cstr(&name), MDB_NOSUBDIR | MDB_RDONLY | MDB_NOTLS, 0) == 0 &&
                  mdb_txn_begin(walk->env, NULL, MDB_RDONLY, &walk->txn) == 0 &&
                  mdb_dbi_open(walk->txn, NULL, 0, &walk->db) == 0;
    buf_finish(&name);
    if (opened)
        return;
    if (walk->txn)
        mdb_txn_abort(walk->txn);
    mdb_env_close(walk->env);
    walk->txn = NULL;
    walk->env = NULL;
}

static void close_index(struct queue_walk *walk)
{
    if (!walk->env)
        return;
    mdb_txn_abort(walk->txn);
    mdb_env_close(walk->env);
}

static bool find_in_index(struct queue_walk *walk, struct queue_id *id, struct listing *listing)
{
    MDB_val key = {QUEUE_ID_LENGTH, id->text}, value;
    return walk->env && mdb_get(walk->txn, walk->db, &key, &value) == 0 &&
           wire_decode(&listing_message, str_make(value.mv_data, value.mv_size), walk->arena, listing);
}

/* --- a message's own file --- */

static bool is_done(const struct queue_entry *entry, uint64_t rcpt)
{
    for (size_t i = 0; i < entry->record_count; i++)
        for (size_t k = 0; k < entry->records[i].outcomes_count; k++)
            if (entry->records[i].kind == QUEUE_OUTCOME && entry->records[i].outcomes[k].index == rcpt &&
                entry->records[i].outcomes[k].class != VERDICT_DEFER)
                return true;
    return false;
}

static bool is_held(const struct queue_entry *entry)
{
    bool held = entry->envelope.hold;
    for (size_t i = 0; i < entry->record_count; i++)
        if (entry->records[i].kind == QUEUE_HOLD || entry->records[i].kind == QUEUE_RELEASE)
            held = entry->records[i].kind == QUEUE_HOLD;
    return held;
}

static bool read_message(struct queue_walk *walk, const struct queue_id *id, struct listing *listing)
{
    struct queue_entry entry;
    struct verdict verdict;
    int fd = file_open_regular(walk->fd, id->text, O_RDONLY);
    bool good = fd >= 0 && queuefile_read(fd, walk->arena, &entry, &verdict) == QUEUEFILE_OK;
    if (fd >= 0)
        close(fd);
    if (!good)
        return false;
    *listing = (struct listing){.arrival_us = entry.envelope.arrival_us,
                                .size = entry.message_size,
                                .held = is_held(&entry),
                                .sender = entry.envelope.sender,
                                .tenant = entry.envelope.tenant};
    listing->rcpts = arena_array(walk->arena, entry.envelope.rcpts_count, sizeof *listing->rcpts);
    for (size_t i = 0; i < entry.envelope.rcpts_count; i++) {
        const struct recipient *rcpt = &entry.envelope.rcpts[i];
        if (!is_done(&entry, rcpt->index))
            listing->rcpts[listing->rcpts_count++] =
                (struct listing_rcpt){rcpt->address, rcpt->original, {NULL, 0}};
    }
    return true;
}

/* --- the walk --- */

/* A file that is gone by now, or does not check, is passed over: that is qmgr's business. */
static bool list_one(struct queue_walk *walk, struct queue_id *id, queue_list_fn *fn, void *arg)
{
    struct listing listing = {0};
    enum queue_state state = QUEUE_DEFERRED;
    arena_reset(walk->arena);
    if (!find_in_index(walk, id, &listing)) {
        state = QUEUE_ACTIVE;
        if (!read_message(walk, id, &listing))
            return true;
    }
    return fn(arg, str_of(id->text), listing.held ? QUEUE_ON_HOLD : state, &listing);
}

bool queue_list(const char *directory, queue_list_fn *fn, void *arg, struct verdict *verdict)
{
    struct queue_walk walk = {.directory = directory};
    walk.fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (walk.fd < 0)
        return verdict_system(verdict, directory, errno);
    walk.arena = arena_create(ENTRY_MEMORY);
    bool good = read_names(&walk, verdict);
    if (good)
        open_index(&walk);
    for (size_t i = 0; good && i < walk.count && list_one(&walk, &walk.ids[i], fn, arg);)
        i++;
    close_index(&walk);
    close(walk.fd);
    arena_destroy(walk.arena);
    free(walk.ids);
    return good;
}
