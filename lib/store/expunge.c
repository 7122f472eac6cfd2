/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Expunge (RFC 3501 6.4.3, RFC 4315 2.1): the journal says so first, durably, with the file names; then the
 * files go. A crash between leaves files that the journal knows to be expunged: folder_compare removes them.
 */
#include <errno.h>

#include "base/memory.h"
#include "store/parts.h"

#include <stdlib.h>

void folder_add_expunge(struct store *store, uint32_t id, const struct message *message, uint64_t modseq)
{
    store_add(store, &(struct entry){.kind = ENTRY_EXPUNGE,
                                     .mailbox = id,
                                     .modseq = modseq,
                                     .uid = message->uid,
                                     .size = message->size,
                                     .unseen = !(message->flags & MESSAGE_SEEN),
                                     .name = message->name});
}

void mailbox_add_expunge(struct mailbox *mailbox, const struct message *message, uint64_t modseq)
{
    folder_add_expunge(mailbox->store, mailbox->id, message, modseq);
}

void mailbox_remove_files(struct mailbox *mailbox, struct str dir, const size_t *indexes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        backend_object_remove(mailbox->store->backend, dir, mailbox->messages[indexes[i]].name);
}

/* Indexes of the messages to go, owned by the caller. */
static size_t *choose(struct mailbox *mailbox, struct uid_ranges uids, bool all, size_t *count)
{
    size_t range = 0, index = 0;
    size_t *chosen = memory_array(mailbox->reported, sizeof *chosen);
    *count = 0;
    for (; mailbox_next_of(mailbox, uids, &range, &index); index++) {
        if (all || (mailbox->messages[index].flags & MESSAGE_DELETED))
            chosen[(*count)++] = index;
    }
    return chosen;
}

static enum store_result expunge_locked(struct mailbox *mailbox, const size_t *chosen, size_t count,
                                        struct verdict *verdict)
{
    struct store *store = mailbox->store;
    enum store_result result = store_reserve(store, mailbox_folder(mailbox), 0, verdict);
    if (result != STORE_OK)
        return result;
    uint64_t modseq = store_next_modseq(store);
    for (size_t i = 0; i < count; i++)
        mailbox_add_expunge(mailbox, &mailbox->messages[chosen[i]], modseq);
    return store_write(store, WRITE_SYNC | WRITE_SHRINKS, verdict);
}

enum store_result mailbox_expunge(struct mailbox *mailbox, struct uid_ranges uids, bool all,
                                  struct verdict *verdict)
{
    enum store_result result = mailbox_may_change(mailbox, verdict);
    if (result == STORE_OK)
        result = store_lock(mailbox->store, verdict);
    if (result != STORE_OK)
        return result;
    size_t count;
    size_t *chosen = choose(mailbox, uids, all, &count);
    result = mailbox_may_change(mailbox, verdict);
    if (result == STORE_OK && count)
        result = expunge_locked(mailbox, chosen, count, verdict);
    if (result == STORE_OK && count)
        mailbox_remove_files(mailbox, mailbox_folder(mailbox)->dir, chosen, count);
    free(chosen);
    store_unlock(mailbox->store);
    return result;
}
