/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * APPEND (RFC 3501 6.3.11, several messages at once: RFC 3502). Each message is written to a temporary file
 * and made durable while the client still sends; the commit names them all and says so in one record.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/file.h"
#include "store/line_ends.h"
#include "store/parts.h"

enum { GATHER = 64 * 1024, MESSAGE_COUNT_LIMIT = 10000, KEY_LIMIT = 64 };

struct append_part {
    char key[KEY_LIMIT]; /* of its temporary file */
    char name[128];      /* once it has one */
    uint64_t size;
    struct append_about about;
};

struct append {
    struct store *store;
    uint32_t folder;
    struct str dir;            /* from the arena: a rename in between is found at the commit */
    struct arena *arena;       /* owned */
    struct append_part *parts; /* owned */
    size_t count;
    int fd; /* of the message being written; -1 between messages */
    struct buf out;
    struct line_ends ends;
    uint64_t size; /* of the message being written */
};

enum store_result append_begin(struct store *store, struct str mailbox, struct append **append,
                               struct verdict *verdict)
{
    struct folder *folder;
    enum store_result result = store_refresh(store, verdict);
    if (result == STORE_OK)
        result = folder_find(store, mailbox, &folder, verdict);
    if (result != STORE_OK)
        return result;
    struct append *new = memory_get(sizeof *new);
    *new = (struct append){.store = store, .folder = folder->id, .fd = -1};
    new->arena = arena_create(1 << 16);
    new->dir = arena_copy(new->arena, folder->dir);
    buf_init(&new->out, GATHER * 2 + 16);
    *append = new;
    return STORE_OK;
}

static enum store_result begin_message(struct append *append, struct verdict *verdict)
{
    if (append->count >= MESSAGE_COUNT_LIMIT)
        return store_fails(verdict, STORE_LIMIT, "too many messages in one APPEND");
    append->parts = memory_resize(append->parts, append->count + 1, sizeof *append->parts);
    struct append_part *part = &append->parts[append->count];
    *part = (struct append_part){.size = 0};
    store_temporary_key(append->store, part->key, sizeof part->key);
    append->fd = backend_object_create(append->store->backend, append->dir, str_of(part->key));
    if (append->fd < 0)
        return store_fails_system(verdict, "creating a message", errno);
    append->count++;
    append->size = 0;
    append->ends = (struct line_ends){0};
    return STORE_OK;
}

static enum store_result write_out(struct append *append, struct verdict *verdict)
{
    bool done = file_write_all(append->fd, buf_str(&append->out));
    append->size += append->out.len;
    buf_clear(&append->out);
    return done ? STORE_OK : store_fails_system(verdict, "writing a message", errno);
}

enum store_result append_write(struct append *append, struct str bytes, struct verdict *verdict)
{
    enum store_result result = append->fd < 0 ? begin_message(append, verdict) : STORE_OK;
    while (result == STORE_OK && bytes.len) {
        struct str piece = str_sub(bytes, 0, GATHER / 2);
        bytes = str_from(bytes, piece.len);
        line_ends_to_crlf(&append->ends, piece, &append->out);
        if (append->out.len >= GATHER)
            result = write_out(append, verdict);
    }
    return result;
}

enum store_result append_message(struct append *append, const struct append_about *about,
                                 struct verdict *verdict)
{
    enum store_result result = append->fd < 0 ? begin_message(append, verdict) : STORE_OK;
    if (result == STORE_OK)
        result = write_out(append, verdict);
    if (result == STORE_OK)
        result = store_has_room(append->store, append->size, verdict);
    if (result != STORE_OK)
        return result;
    bool synced = fsync(append->fd) == 0;
    int error = errno;
    close(append->fd);
    append->fd = -1;
    struct append_part *part = &append->parts[append->count - 1];
    part->size = append->size;
    part->about = *about;
    return synced ? STORE_OK : store_fails_system(verdict, "syncing a message", error);
}

/* --- the commit --- */

static enum store_result name_files(struct append *append, int64_t now_us, struct verdict *verdict)
{
    struct buf name;
    buf_init(&name, sizeof append->parts->name - 1);
    bool done = true;
    for (size_t i = 0; i < append->count && done; i++) {
        struct append_part *part = &append->parts[i];
        done = false;
        for (int tries = 0; tries < 16 && !done && (tries == 0 || errno == EEXIST); tries++) {
            buf_clear(&name);
            file_name_make(&name, now_us / 1000000, store_next_modseq(append->store), part->size, part->size);
            done = backend_object_name(append->store->backend, append->dir, str_of(part->key), buf_str(&name),
                                       false);
        }
        if (done)
            snprintf(part->name, sizeof part->name, STR_FMT, STR_ARG(buf_str(&name)));
    }
    buf_finish(&name);
    return done ? STORE_OK : store_fails_system(verdict, "naming a message", errno);
}

static void add_entries(struct append *append, int64_t now_us, struct uid_pairs *pairs)
{
    struct store *store = append->store;
    struct folder *folder = state_folder(&store->state, append->folder);
    pairs->uidvalidity = folder->uidvalidity;
    pairs->to = memory_array(append->count, sizeof *pairs->to);
    for (size_t i = 0; i < append->count; i++) {
        const struct append_part *part = &append->parts[i];
        uint64_t modseq = store_next_modseq(store);
        struct message message = {
            .uid = folder->uidnext + (uint32_t)i,
            .flags = part->about.flags & MESSAGE_FLAGS,
            .keywords = part->about.keywords,
            .modseq = modseq,
            .internal_date = part->about.internal_date ? part->about.internal_date : now_us / 1000000,
            .save_date = now_us / 1000000,
            .size = part->size,
            .file_size = part->size,
            .object_id = modseq,
            .name = str_of(part->name),
        };
        folder_add_append(store, folder, &message);
        pairs->to[pairs->count++] = message.uid;
    }
}

/* They have names and records now. */
static void keep_files(struct append *append)
{
    free(append->parts);
    append->parts = NULL;
    append->count = 0;
}

static enum store_result commit_locked(struct append *append, struct uid_pairs *pairs,
                                       struct verdict *verdict)
{
    struct store *store = append->store;
    struct folder *folder = state_folder(&store->state, append->folder);
    int64_t now_us = store_now_us();
    if (!folder || !str_eq(folder->dir, append->dir))
        return store_fails(verdict, STORE_NONEXISTENT, "the mailbox was deleted or renamed");
    uint64_t size = 0;
    for (size_t i = 0; i < append->count; i++)
        size += append->parts[i].size;
    enum store_result result = store_has_room(store, size, verdict);
    if (result == STORE_OK)
        result = store_reserve(store, folder, (uint32_t)append->count, verdict);
    if (result == STORE_OK)
        result = name_files(append, now_us, verdict);
    if (result == STORE_OK && !backend_folder_sync(store->backend, append->dir))
        result = store_fails_system(verdict, "syncing a mailbox", errno);
    if (result != STORE_OK)
        return result;
    add_entries(append, now_us, pairs);
    return store_write(store, WRITE_PLAIN, verdict);
}

/* RFC 3501 6.3.11: an APPEND that fails leaves the mailbox as it was. The record is in the journal but may
 * not stay there, so the messages go again by another; where that cannot be written either they stay. */
static void take_back(struct append *append, const struct uid_pairs *pairs)
{
    struct verdict verdict;
    struct store *store = append->store;
    if (store_lock(store, &verdict) != STORE_OK)
        return;
    struct folder *folder = state_folder(&store->state, append->folder);
    uint64_t modseq = store_next_modseq(store);
    for (size_t i = 0; folder && i < append->count; i++) {
        const struct append_part *part = &append->parts[i];
        const struct message message = {.uid = pairs->to[i],
                                        .flags = part->about.flags & MESSAGE_FLAGS,
                                        .size = part->size,
                                        .name = str_of(part->name)};
        folder_add_expunge(store, folder->id, &message, modseq);
    }
    if (store_write(store, WRITE_SHRINKS, &verdict) != STORE_OK)
        keep_files(append);
    store_unlock(store);
}

enum store_result append_commit(struct append *append, struct uid_pairs *pairs, struct verdict *verdict)
{
    struct store *store = append->store;
    *pairs = (struct uid_pairs){0};
    enum store_result result = append->fd < 0 ? STORE_OK : store_fails(verdict, STORE_FAILED, "unfinished");
    if (result == STORE_OK)
        result = store_lock(store, verdict);
    if (result != STORE_OK) {
        append_abort(append);
        return result;
    }
    result = commit_locked(append, pairs, verdict);
    store_unlock(store);
    bool recorded = result == STORE_OK;
    if (recorded)
        result = store_sync_journal(store, verdict);
    if (result == STORE_OK)
        keep_files(append);
    else if (recorded)
        take_back(append, pairs);
    if (result != STORE_OK)
        uid_pairs_finish(pairs);
    append_abort(append);
    return result;
}

void append_abort(struct append *append)
{
    if (!append)
        return;
    if (append->fd >= 0)
        close(append->fd);
    for (size_t i = 0; i < append->count; i++) {
        struct append_part *part = &append->parts[i];
        if (part->name[0])
            backend_object_remove(append->store->backend, append->dir, str_of(part->name));
        else
            backend_object_drop(append->store->backend, append->dir, str_of(part->key));
    }
    free(append->parts);
    arena_destroy(append->arena);
    buf_finish(&append->out);
    free(append);
}
