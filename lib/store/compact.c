/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compaction: each mailbox with changes in the journal gets a new snapshot, then a new journal that begins
 * with the sum of all before replaces the old one by a rename. Stopped at any point, the old journal over the
 * new snapshots gives the same mailboxes, because entries up to a snapshot's modseq are passed over.
 */
#include <errno.h>
#include <string.h>

#include "store/parts.h"

/* --- the sum of all before --- */

static void sum_up_folder(const struct folder *folder, struct buf *out)
{
    journal_encode(&(struct entry){.kind = ENTRY_MAILBOX,
                                   .mailbox = folder->id,
                                   .name = folder->name,
                                   .uidvalidity = folder->uidvalidity,
                                   .flags = folder->special,
                                   .object_id = folder->object_id,
                                   .modseq = folder->modseq},
                   out);
    journal_encode(&(struct entry){.kind = ENTRY_COUNTS,
                                   .mailbox = folder->id,
                                   .modseq = folder->modseq,
                                   .uid = folder->uidnext,
                                   .ceiling = folder->uid_ceiling,
                                   .messages = folder->messages,
                                   .unseen = folder->unseen,
                                   .recent = folder->recent,
                                   .recent_from = folder->recent_from,
                                   .size = folder->size,
                                   .objects_us = (uint64_t)folder->objects_us,
                                   .changed_us = (uint64_t)folder->changed_us,
                                   .settled_us = (uint64_t)folder->settled_us},
                   out);
}

void store_sum_up(const struct store *store, struct buf *out)
{
    const struct state *state = &store->state;
    journal_encode(&(struct entry){.kind = ENTRY_MACHINE,
                                   .machine = state->machine,
                                   .machine_start = state->machine_start},
                   out);
    for (unsigned i = 0; i < state->keyword_count; i++)
        journal_encode(&(struct entry){.kind = ENTRY_KEYWORD, .uid = i, .name = state->keywords[i]}, out);
    for (size_t i = 0; i < state->folder_count; i++)
        sum_up_folder(state->folders[i], out);
    for (size_t i = 0; i < state->subscription_count; i++)
        journal_encode(&(struct entry){.kind = ENTRY_SUBSCRIBE, .name = state->subscriptions[i], .flags = 1},
                       out);
    journal_encode(&(struct entry){.kind = ENTRY_MODSEQ,
                                   .modseq = state->modseq,
                                   .ceiling = state->modseq_ceiling,
                                   .mailbox = state->next_id,
                                   .uidvalidity = state->uidvalidity},
                   out);
}

/* --- unlinks that a crash may have left undone --- */

struct unlinks {
    struct mailbox *mailbox;
    struct folder *folder;
};

static bool name_is_used(const struct mailbox *mailbox, struct str name)
{
    for (size_t i = 0; i < mailbox->count; i++) {
        if (!mailbox->messages[i].gone && str_eq(mailbox->messages[i].name, name))
            return true;
    }
    return false;
}

static void unlink_again(void *arg, const struct entry *entry)
{
    struct unlinks *unlinks = arg;
    if (entry->kind != ENTRY_EXPUNGE)
        return;
    struct backend *backend = unlinks->mailbox->store->backend;
    uint64_t size;
    int64_t mtime;
    if (backend_object_size(backend, unlinks->folder->dir, entry->name, &size, &mtime) &&
        !name_is_used(unlinks->mailbox, entry->name))
        backend_object_remove(backend, unlinks->folder->dir, entry->name);
}

/* The journal that has the names of expunged files goes away: their unlinks must be done and durable. */
static bool settle_unlinks(struct mailbox *mailbox, struct folder *folder)
{
    struct verdict verdict;
    struct unlinks unlinks = {mailbox, folder};
    return journal_each(mailbox->store, folder->id, unlink_again, &unlinks, &verdict) == STORE_OK &&
           backend_folder_sync(mailbox->store->backend, folder->dir);
}

static bool fold_mailbox(struct mailbox *mailbox, struct folder *folder)
{
    return (!folder->unlinked || settle_unlinks(mailbox, folder)) && mailbox_snapshot_write(mailbox, folder);
}

/* An open mailbox has followed the journal, for the lock is held: it is what a new one would be. */
static struct mailbox *find_open(const struct store *store, const struct folder *folder)
{
    struct mailbox *mailbox = store->mailboxes;
    while (mailbox && (mailbox->id != folder->id || mailbox->deleted))
        mailbox = mailbox->next;
    return mailbox;
}

static bool fold(struct store *store, struct folder *folder)
{
    struct mailbox loaded, *open = find_open(store, folder);
    struct verdict verdict;
    if (open)
        return fold_mailbox(open, folder);
    bool done = mailbox_load(store, folder, &loaded, &verdict) == STORE_OK && fold_mailbox(&loaded, folder);
    mailbox_unload(&loaded);
    return done;
}

/* --- the whole --- */

bool store_compact(struct store *store)
{
    struct verdict verdict;
    struct buf sum;
    for (size_t i = 0; i < store->state.folder_count; i++) {
        if (store->state.folders[i]->touched && !fold(store, store->state.folders[i]))
            return false;
    }
    buf_init(&sum, RECORD_LIMIT);
    store_sum_up(store, &sum);
    uint64_t generation = store->generation + 1;
    enum store_result result = journal_start(store, generation, buf_str(&sum), &verdict);
    size_t first = RECORD_HEADER + sizeof(uint64_t) + sum.len;
    buf_finish(&sum);
    if (result != STORE_OK)
        return false;
    store->generation = generation;
    store->base = store->end = JOURNAL_HEADER + first;
    store->unsynced = store->spoilt = false;
    for (size_t i = 0; i < store->state.folder_count; i++)
        store->state.folders[i]->touched = store->state.folders[i]->unlinked = false;
    backend_reserve_make(store->backend);
    return true;
}

/* Rewriting snapshots must stay cheap beside the changes that led to it. */
static bool is_time_to_compact(const struct store *store)
{
    enum { OCTETS_A_MESSAGE = 150, SHARE = 4 };
    uint64_t grown = store->end - store->base, least = store->compact_size, rewritten = 0;
    if (grown < least || grown < store->base)
        return false;
    for (size_t i = 0; i < store->state.folder_count; i++) {
        if (store->state.folders[i]->touched)
            rewritten += (uint64_t)store->state.folders[i]->messages * OCTETS_A_MESSAGE;
    }
    return grown >= rewritten / SHARE;
}

void store_unlock(struct store *store)
{
    store_forget(store);
    if (store->written && is_time_to_compact(store))
        store_compact(store);
    store->locked = false;
    backend_unlock(store->backend);
    store->written = false;
}
