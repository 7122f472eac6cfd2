/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a session has to tell its client: expunged, changed and new messages since the last time. Others'
 * changes have been applied to the array as they were read, but for the removal of expunged messages, which
 * waits for a sync that may report it.
 */
#include <string.h>

#include "store/parts.h"

bool mailbox_changed(struct mailbox *mailbox)
{
    struct journal_place place;
    struct store *store = mailbox->store;
    if (mailbox->gone || mailbox->changed || mailbox->recent_news || mailbox->count > mailbox->reported)
        return true;
    if (!backend_journal_stat(store->backend, &place) || place.replaced || place.size > store->end)
        return true;
    struct folder *folder = mailbox_folder(mailbox);
    int64_t objects_us, new_us;
    if (!folder || store_now_us() - folder->looked_us < 1000000)
        return false;
    return backend_folder_times(store->backend, folder->dir, &objects_us, &new_us) &&
           folder_needs_look(folder, objects_us, new_us);
}

/* --- \Recent --- */

static bool mark_recent(struct mailbox *mailbox, uint32_t from)
{
    bool news = false;
    for (size_t i = mailbox_find_known(mailbox, from); i < mailbox->count; i++) {
        news = news || !mailbox->messages[i].recent;
        mailbox->messages[i].recent = true;
    }
    return news;
}

enum store_result mailbox_claim_recent(struct mailbox *mailbox, struct verdict *verdict)
{
    struct folder *folder = mailbox_folder(mailbox);
    uint32_t last = mailbox->count ? mailbox->messages[mailbox->count - 1].uid : 0;
    if (!folder || last < folder->recent_from)
        return STORE_OK;
    if (mailbox->read_only) {
        mailbox->recent_news |= mark_recent(mailbox, folder->recent_from);
        return STORE_OK;
    }
    enum store_result result = store_lock(mailbox->store, verdict);
    if (result != STORE_OK)
        return result;
    folder = mailbox_folder(mailbox);
    if (folder && folder->uidnext > folder->recent_from) {
        uint32_t from = folder->recent_from;
        store_add(
            mailbox->store,
            &(struct entry){.kind = ENTRY_RECENT, .mailbox = mailbox->id, .recent_from = folder->uidnext});
        result = store_write(mailbox->store, WRITE_PLAIN, verdict);
        if (result == STORE_OK)
            mailbox->recent_news |= mark_recent(mailbox, from);
        else if (result == STORE_OVER_QUOTA)
            result = STORE_OK; /* on a full disk \Recent is not worth failing for */
    }
    store_unlock(mailbox->store);
    return result;
}

/* --- the report --- */

/* Reported from the last to the first, so that each number is right when it is sent (RFC 3501 7.4.1). */
static void report_expunged(struct mailbox *mailbox, struct arena *arena, struct mailbox_changes *changes)
{
    changes->expunged = arena_array(arena, mailbox->gone, sizeof *changes->expunged);
    for (size_t i = mailbox->count; i-- > 0;) {
        if (!mailbox->messages[i].gone || i >= mailbox->reported)
            continue; /* what was never reported needs no EXPUNGE */
        mailbox->recent_news = mailbox->recent_news || mailbox->messages[i].recent;
        changes->expunged[changes->expunged_count].sequence = (uint32_t)i + 1;
        changes->expunged[changes->expunged_count++].uid = mailbox->messages[i].uid;
    }
    mailbox_sweep(mailbox);
}

static void report_changed(struct mailbox *mailbox, struct arena *arena, struct mailbox_changes *changes)
{
    changes->changed = arena_array(arena, mailbox->changed, sizeof *changes->changed);
    for (size_t i = 0; i < mailbox->count; i++) {
        struct message *message = &mailbox->messages[i];
        if (!message->changed)
            continue;
        message->changed = false;
        if (!message->gone && i < mailbox->reported)
            changes->changed[changes->changed_count++] = i;
    }
    mailbox->changed = 0;
}

static void report(struct mailbox *mailbox, bool may_expunge, struct arena *arena,
                   struct mailbox_changes *changes)
{
    if (mailbox->gone && may_expunge)
        report_expunged(mailbox, arena, changes);
    if (mailbox->changed)
        report_changed(mailbox, arena, changes);
    changes->new_from = mailbox->reported;
    changes->new_count = mailbox->count - mailbox->reported;
    mailbox->reported = mailbox->count;
    changes->recent_changed = mailbox->recent_news || changes->new_count;
    mailbox->recent_news = false;
    changes->keywords_added = mailbox->store->state.keyword_count > mailbox->keywords_reported;
    mailbox->keywords_reported = mailbox->store->state.keyword_count;
}

static void follow_name(struct mailbox *mailbox, const struct folder *folder)
{
    if (str_eq(buf_str(&mailbox->name), folder->name))
        return;
    buf_clear(&mailbox->name);
    buf_add(&mailbox->name, folder->name);
}

enum store_result mailbox_sync(struct mailbox *mailbox, bool may_expunge, struct arena *arena,
                               struct mailbox_changes *changes, struct verdict *verdict)
{
    *changes = (struct mailbox_changes){.new_from = mailbox->reported};
    enum store_result result = store_refresh(mailbox->store, verdict);
    if (result != STORE_OK)
        return result;
    struct folder *folder = mailbox_folder(mailbox);
    if (mailbox->deleted || !folder)
        return store_fails(verdict, STORE_NONEXISTENT, "the mailbox was deleted");
    result = folder_look(mailbox->store, folder, false, verdict);
    folder = mailbox_folder(mailbox);
    if (result == STORE_OK && folder) {
        follow_name(mailbox, folder);
        result = mailbox_claim_recent(mailbox, verdict);
    }
    if (result == STORE_OK)
        report(mailbox, may_expunge, arena, changes);
    return result;
}
