/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * COPY and MOVE within the store (RFC 3501 6.4.7, RFC 6851, COPYUID of RFC 4315). A copy is a second name of
 * the same immutable file. The names come first, then one record says all of it, so either all messages are
 * there or none; names without a record are taken away again. What was delivered just now may not be on disk
 * yet (deliver.c): the octets of young messages are synced before their new names.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "store/parts.h"

enum { YOUNG_S = 600 }; /* far more than any file system leaves octets unwritten */

struct transfer {
    struct mailbox *from;
    uint32_t to; /* number of the destination */
    bool move;
    size_t *chosen;      /* owned; indexes in from */
    struct str *names;   /* owned array; new names, from the arena */
    struct arena *arena; /* owned */
    size_t count, linked;
    int64_t now_us;
};

void uid_pairs_finish(struct uid_pairs *pairs)
{
    free(pairs->from);
    free(pairs->to);
    *pairs = (struct uid_pairs){0};
}

static void choose(struct transfer *transfer, struct uid_ranges uids)
{
    struct mailbox *from = transfer->from;
    size_t range = 0, index = 0;
    transfer->chosen = memory_array(from->reported, sizeof *transfer->chosen);
    transfer->names = memory_array(from->reported, sizeof *transfer->names);
    for (; mailbox_next_of(from, uids, &range, &index); index++)
        transfer->chosen[transfer->count++] = index;
}

static struct folder *destination(struct transfer *transfer)
{
    return state_folder(&transfer->from->store->state, transfer->to);
}

static bool sync_young(struct transfer *transfer, const struct message *message)
{
    struct mailbox *from = transfer->from;
    return transfer->now_us / 1000000 - message->save_date > YOUNG_S ||
           backend_object_sync(from->store->backend, mailbox_folder(from)->dir, message->name);
}

/* False with errno. */
static bool link_file(struct transfer *transfer, const struct message *message, struct buf *name)
{
    struct store *store = transfer->from->store;
    struct str source = mailbox_folder(transfer->from)->dir, target = destination(transfer)->dir;
    bool linked = false;
    if (!sync_young(transfer, message))
        return false;
    for (int tries = 0; tries < 16 && !linked && (tries == 0 || errno == EEXIST); tries++) {
        buf_clear(name);
        file_name_make(name, transfer->now_us / 1000000, store_next_modseq(store), message->file_size,
                       message->size);
        linked = backend_object_link(store->backend, source, message->name, target, buf_str(name));
    }
    return linked;
}

/* Gives each file its new name in the destination. */
static enum store_result link_files(struct transfer *transfer, struct verdict *verdict)
{
    struct buf name;
    enum store_result result = STORE_OK;
    buf_init(&name, 200);
    for (size_t i = 0; i < transfer->count && result == STORE_OK; i++) {
        const struct message *message = &transfer->from->messages[transfer->chosen[i]];
        if (!link_file(transfer, message, &name))
            result = errno == ENOENT ? store_fails(verdict, STORE_EXPUNGED, "a message is gone")
                                     : store_fails_system(verdict, "linking a message", errno);
        else if (arena_try_copy(transfer->arena, buf_str(&name), &transfer->names[transfer->linked]))
            transfer->linked++;
        else
            result = store_fails(verdict, STORE_LIMIT, "mail store: too many messages at once");
    }
    buf_finish(&name);
    return result;
}

static void unlink_files(struct transfer *transfer)
{
    struct folder *target = destination(transfer);
    for (size_t i = 0; target && i < transfer->linked; i++)
        backend_object_remove(transfer->from->store->backend, target->dir, transfer->names[i]);
}

static void add_entries(struct transfer *transfer, struct uid_pairs *pairs)
{
    struct mailbox *from = transfer->from;
    struct folder *target = destination(transfer);
    pairs->uidvalidity = target->uidvalidity;
    pairs->from = memory_array(transfer->count, sizeof *pairs->from);
    pairs->to = memory_array(transfer->count, sizeof *pairs->to);
    for (size_t i = 0; i < transfer->count; i++) {
        const struct message *message = &from->messages[transfer->chosen[i]];
        struct message copy = *message;
        copy.uid = target->uidnext + (uint32_t)i;
        copy.modseq = store_next_modseq(from->store);
        copy.save_date = transfer->now_us / 1000000;
        copy.name = transfer->names[i];
        folder_add_append(from->store, target, &copy);
        pairs->from[pairs->count] = message->uid;
        pairs->to[pairs->count++] = copy.uid;
    }
    uint64_t modseq = store_next_modseq(from->store);
    for (size_t i = 0; transfer->move && i < transfer->count; i++)
        mailbox_add_expunge(from, &from->messages[transfer->chosen[i]], modseq);
}

/* RFC 3501 6.4.7: a COPY that fails leaves the destination as it was. Of a MOVE each message is in one place
 * or in the other, and that may be said again (RFC 6851 3.3). */
static void take_back(struct transfer *transfer, const struct uid_pairs *pairs)
{
    struct verdict verdict;
    struct store *store = transfer->from->store;
    uint64_t modseq = store_next_modseq(store);
    for (size_t i = 0; i < pairs->count; i++) {
        struct message copy = transfer->from->messages[transfer->chosen[i]];
        copy.uid = pairs->to[i];
        copy.name = transfer->names[i];
        folder_add_expunge(store, transfer->to, &copy, modseq);
    }
    if (store_write(store, WRITE_SHRINKS, &verdict) == STORE_OK)
        unlink_files(transfer);
}

static enum store_result transfer_locked(struct transfer *transfer, struct uid_pairs *pairs,
                                         struct verdict *verdict)
{
    struct store *store = transfer->from->store;
    if (!destination(transfer))
        return store_fails(verdict, STORE_NONEXISTENT, "no such mailbox");
    uint64_t size = 0;
    for (size_t i = 0; i < transfer->count && !transfer->move; i++)
        size += transfer->from->messages[transfer->chosen[i]].size;
    enum store_result result = size ? store_has_room(store, size, verdict) : STORE_OK;
    if (result == STORE_OK)
        result = store_reserve(store, destination(transfer), (uint32_t)transfer->count, verdict);
    if (result == STORE_OK)
        result = link_files(transfer, verdict);
    if (result == STORE_OK) {
        add_entries(transfer, pairs);
        if (!backend_folder_sync(store->backend, destination(transfer)->dir))
            result = store_fails_system(verdict, "syncing a mailbox", errno);
    }
    if (result == STORE_OK)
        result = store_write(store, WRITE_PLAIN, verdict);
    if (result != STORE_OK) {
        unlink_files(transfer);
        return result;
    }
    result = store_sync_journal(store, verdict);
    if (result == STORE_OK && transfer->move)
        mailbox_remove_files(transfer->from, mailbox_folder(transfer->from)->dir, transfer->chosen,
                             transfer->count);
    else if (result != STORE_OK && !transfer->move)
        take_back(transfer, pairs);
    return result;
}

static enum store_result transfer_run(struct mailbox *mailbox, struct uid_ranges uids, struct str to,
                                      bool move, struct uid_pairs *pairs, struct verdict *verdict)
{
    struct folder *target;
    struct transfer transfer = {.from = mailbox, .move = move, .now_us = store_now_us()};
    *pairs = (struct uid_pairs){0};
    enum store_result result = store_lock(mailbox->store, verdict);
    if (result != STORE_OK)
        return result;
    result = folder_find(mailbox->store, to, &target, verdict);
    if (result == STORE_OK && mailbox->deleted)
        result = store_fails(verdict, STORE_NONEXISTENT, "the mailbox was deleted");
    if (result == STORE_OK) {
        transfer.to = target->id;
        transfer.arena = arena_create(RECORD_LIMIT);
        choose(&transfer, uids);
        pairs->uidvalidity = target->uidvalidity;
        if (transfer.count)
            result = transfer_locked(&transfer, pairs, verdict);
    }
    store_unlock(mailbox->store);
    if (result != STORE_OK)
        uid_pairs_finish(pairs);
    free(transfer.chosen);
    free(transfer.names);
    arena_destroy(transfer.arena);
    return result;
}

enum store_result mailbox_copy(struct mailbox *mailbox, struct uid_ranges uids, struct str to,
                               struct uid_pairs *pairs, struct verdict *verdict)
{
    return transfer_run(mailbox, uids, to, false, pairs, verdict);
}

enum store_result mailbox_move(struct mailbox *mailbox, struct uid_ranges uids, struct str to,
                               struct uid_pairs *pairs, struct verdict *verdict)
{
    enum store_result result = mailbox_may_change(mailbox, verdict);
    if (result != STORE_OK) {
        *pairs = (struct uid_pairs){0};
        return result;
    }
    return transfer_run(mailbox, uids, to, true, pairs, verdict);
}
