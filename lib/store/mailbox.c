/* SPDX-License-Identifier: BSD-2-Clause */
/* An open mailbox: loading it, following the journal, answering what is in it. */
#include "store/mailbox.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/name.h"
#include "store/parts.h"

enum { NAMES_LIMIT = 1 << 30 };

/* --- loading --- */

static void load_entry(void *arg, const struct entry *entry)
{
    mailbox_apply(arg, entry);
}

enum store_result mailbox_load(struct store *store, struct folder *folder, struct mailbox *mailbox,
                               struct verdict *verdict)
{
    *mailbox = (struct mailbox){.store = store, .id = folder->id, .uidvalidity = folder->uidvalidity};
    mailbox->names = arena_create(NAMES_LIMIT);
    mailbox->loading = true;
    if (!mailbox_snapshot_read(mailbox)) {
        mailbox->damaged = errno == EBADMSG;
        return mailbox->damaged ? store_fails(verdict, STORE_FAILED, "mail store: snapshot %08x is damaged",
                                              (unsigned)folder->id)
                                : store_fails_system(verdict, "reading a snapshot", errno);
    }
    enum store_result result = journal_each(store, folder->id, load_entry, mailbox, verdict);
    mailbox_sweep(mailbox);
    mailbox->changed = 0;
    mailbox->loading = false;
    mailbox->reported = mailbox->count;
    for (size_t i = 0; i < mailbox->count; i++)
        mailbox->messages[i].changed = false;
    return result;
}

void mailbox_unload(struct mailbox *mailbox)
{
    backend_blob_unmap(mailbox->snapshot);
    arena_destroy(mailbox->names);
    free(mailbox->messages);
    mailbox->messages = NULL;
    mailbox->names = NULL;
    mailbox->snapshot = (struct str){NULL, 0};
}

/* --- following the journal --- */

size_t mailbox_find_known(const struct mailbox *mailbox, uint32_t uid)
{
    size_t low = 0, high = mailbox->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (mailbox->messages[middle].uid < uid)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t mailbox_find(const struct mailbox *mailbox, uint32_t uid)
{
    size_t i = mailbox_find_known(mailbox, uid);
    return i < mailbox->reported ? i : mailbox->reported;
}

static struct message *message_of(struct mailbox *mailbox, uint64_t uid)
{
    size_t i = uid <= UINT32_MAX ? mailbox_find_known(mailbox, (uint32_t)uid) : mailbox->count;
    bool found = i < mailbox->count && mailbox->messages[i].uid == uid && !mailbox->messages[i].gone;
    return found ? &mailbox->messages[i] : NULL;
}

static void add_message(struct mailbox *mailbox, const struct message *message)
{
    if (mailbox->count && mailbox->messages[mailbox->count - 1].uid >= message->uid)
        return; /* state_apply refuses it */
    if (mailbox->count == mailbox->room) {
        mailbox->room = mailbox->room * 2 + 16;
        mailbox->messages = memory_resize(mailbox->messages, mailbox->room, sizeof *mailbox->messages);
    }
    struct message *new = &mailbox->messages[mailbox->count++];
    *new = *message;
    new->name = arena_copy(mailbox->names, message->name);
}

static void apply_append(struct mailbox *mailbox, const struct entry *entry)
{
    struct message message = {
        .uid = (uint32_t)entry->uid,
        .flags = (uint8_t)entry->flags & MESSAGE_FLAGS,
        .keywords = entry->keywords,
        .modseq = entry->modseq,
        .internal_date = (int64_t)entry->internal_date,
        .save_date = (int64_t)entry->save_date,
        .size = entry->size,
        .file_size = entry->file_size ? entry->file_size : entry->size,
        .object_id = entry->object_id,
        .name = entry->name,
    };
    add_message(mailbox, &message);
}

static void mark_changed(struct mailbox *mailbox, struct message *message)
{
    if (mailbox->store->own == mailbox || message->changed)
        return;
    message->changed = true;
    mailbox->changed++;
}

static void mark_gone(struct mailbox *mailbox, struct message *message)
{
    message->gone = true;
    mailbox->gone++;
}

static void apply_flags(struct mailbox *mailbox, const struct entry *entry)
{
    struct cursor cursor = cursor_over(entry->uids);
    struct uid_range range;
    uint32_t last = 0;
    while (uids_take(&cursor, &last, &range)) {
        size_t i = mailbox_find_known(mailbox, range.first);
        for (; i < mailbox->count && mailbox->messages[i].uid <= range.last; i++) {
            struct message *message = &mailbox->messages[i];
            message->flags = (uint8_t)((message->flags & ~entry->flags_off) | entry->flags) & MESSAGE_FLAGS;
            message->keywords = (message->keywords & ~entry->keywords_off) | entry->keywords;
            message->modseq = entry->modseq;
            mark_changed(mailbox, message);
        }
    }
}

/* For a session that has it open, its UIDs mean nothing any more: as if it was deleted. */
static void apply_reset(struct mailbox *mailbox, const struct entry *entry)
{
    if (mailbox->loading) {
        mailbox->count = mailbox->gone = 0;
        mailbox->uidvalidity = (uint32_t)entry->uidvalidity;
        return;
    }
    for (size_t i = 0; i < mailbox->count; i++) {
        if (!mailbox->messages[i].gone)
            mark_gone(mailbox, &mailbox->messages[i]);
    }
    mailbox->deleted = true;
}

void mailbox_apply(struct mailbox *mailbox, const struct entry *entry)
{
    struct message *message = NULL;
    bool in_snapshot = entry->modseq && entry->modseq <= mailbox->base_modseq;
    if (in_snapshot || mailbox->deleted)
        return;
    if (entry->modseq > mailbox->modseq)
        mailbox->modseq = entry->modseq;
    if (entry->kind == ENTRY_EXPUNGE || entry->kind == ENTRY_NAME)
        message = message_of(mailbox, entry->uid);
    switch (entry->kind) {
    case ENTRY_APPEND:
        apply_append(mailbox, entry);
        break;
    case ENTRY_FLAGS:
        apply_flags(mailbox, entry);
        break;
    case ENTRY_EXPUNGE:
        if (message)
            mark_gone(mailbox, message);
        break;
    case ENTRY_NAME:
        if (message) {
            message->name = arena_copy(mailbox->names, entry->name);
            message->modseq = entry->modseq;
        }
        break;
    case ENTRY_DELETE:
        mailbox->deleted = true;
        break;
    case ENTRY_RESET:
        apply_reset(mailbox, entry);
        break;
    default:
        break;
    }
}

void mailbox_sweep(struct mailbox *mailbox)
{
    if (mailbox->gone == 0)
        return;
    size_t kept = 0, reported = mailbox->reported;
    for (size_t i = 0; i < mailbox->count; i++) {
        if (mailbox->messages[i].gone) {
            reported -= i < mailbox->reported;
            continue;
        }
        mailbox->messages[kept++] = mailbox->messages[i];
    }
    mailbox->count = kept;
    mailbox->reported = reported;
    mailbox->gone = 0;
}

/* All that is in the new journal came after what we have, unless the snapshot we loaded was newer still. */
enum store_result mailbox_catch_up(struct mailbox *mailbox, struct verdict *verdict)
{
    mailbox->deleted = mailbox->deleted || !mailbox_folder(mailbox);
    if (mailbox->deleted)
        return STORE_OK;
    return journal_each(mailbox->store, mailbox->id, load_entry, mailbox, verdict);
}

/* Takes over from `now` what changed of a message that both know. */
static void compare_message(struct mailbox *mailbox, struct message *known, const struct message *now)
{
    struct str name = arena_copy(mailbox->names, now->name);
    bool differs = known->modseq != now->modseq;
    known->flags = now->flags;
    known->keywords = now->keywords;
    known->modseq = now->modseq;
    known->name = name;
    if (differs)
        mark_changed(mailbox, known);
}

static void compare_messages(struct mailbox *mailbox, const struct mailbox *now)
{
    size_t known = mailbox->count, j = 0;
    for (size_t i = 0; i < known; i++) {
        struct message *message = &mailbox->messages[i];
        while (j < now->count && now->messages[j].uid < message->uid)
            j++;
        bool there = j < now->count && now->messages[j].uid == message->uid;
        if (there)
            compare_message(mailbox, message, &now->messages[j]);
        else if (!message->gone)
            mark_gone(mailbox, message);
    }
    uint32_t last = known ? mailbox->messages[known - 1].uid : 0;
    for (j = mailbox_find_known(now, last + 1); j < now->count; j++)
        add_message(mailbox, &now->messages[j]);
}

enum store_result mailbox_reload(struct mailbox *mailbox, struct verdict *verdict)
{
    struct mailbox now;
    struct folder *folder = mailbox_folder(mailbox);
    mailbox->deleted = mailbox->deleted || !folder || folder->uidvalidity != mailbox->uidvalidity;
    if (mailbox->deleted)
        return STORE_OK;
    enum store_result result = mailbox_load(mailbox->store, folder, &now, verdict);
    if (result == STORE_OK) {
        compare_messages(mailbox, &now);
        mailbox->modseq = now.modseq;
    }
    mailbox_unload(&now);
    return result;
}

/* --- opening --- */

/* A new object with the mailbox in it; what is damaged is rebuilt first. */
static enum store_result load_new(struct store *store, uint32_t id, struct mailbox **mailbox,
                                  struct verdict *verdict)
{
    struct mailbox *new = memory_get(sizeof *new);
    enum store_result result = mailbox_load(store, state_folder(&store->state, id), new, verdict);
    if (new->damaged) {
        mailbox_unload(new);
        result = folder_rebuild(store, id, verdict);
        if (result == STORE_OK)
            result = mailbox_load(store, state_folder(&store->state, id), new, verdict);
    }
    if (result == STORE_OK) {
        *mailbox = new;
        return STORE_OK;
    }
    mailbox_unload(new);
    free(new);
    return result;
}

enum store_result mailbox_open(struct store *store, struct str name, bool read_only, struct mailbox **mailbox,
                               struct verdict *verdict)
{
    struct folder *folder;
    struct mailbox *new;
    enum store_result result = store_refresh(store, verdict);
    if (result == STORE_OK)
        result = folder_find(store, name, &folder, verdict);
    if (result == STORE_OK)
        result = folder_look(store, folder, true, verdict);
    if (result == STORE_OK) /* the state may have changed under the lock */
        result = folder_find(store, name, &folder, verdict);
    if (result == STORE_OK)
        result = load_new(store, folder->id, &new, verdict);
    if (result != STORE_OK)
        return result;
    folder = mailbox_folder(new);
    new->read_only = read_only;
    new->keywords_reported = store->state.keyword_count;
    buf_init(&new->name, MAILBOX_NAME_LIMIT);
    buf_add(&new->name, folder->name);
    new->next = store->mailboxes;
    store->mailboxes = new;
    result = mailbox_claim_recent(new, verdict);
    if (result != STORE_OK) {
        mailbox_close(new);
        return result;
    }
    *mailbox = new;
    return STORE_OK;
}

void mailbox_close(struct mailbox *mailbox)
{
    if (!mailbox)
        return;
    struct mailbox **link = &mailbox->store->mailboxes;
    while (*link != mailbox)
        link = &(*link)->next;
    *link = mailbox->next;
    cache_flush(mailbox);
    cache_drop(mailbox);
    mailbox_unload(mailbox);
    buf_finish(&mailbox->name);
    free(mailbox);
}

/* --- answering --- */

struct folder *mailbox_folder(const struct mailbox *mailbox)
{
    return state_folder(&mailbox->store->state, mailbox->id);
}

struct store *mailbox_store(const struct mailbox *mailbox)
{
    return mailbox->store;
}

bool mailbox_is_read_only(const struct mailbox *mailbox)
{
    return mailbox->read_only;
}

bool mailbox_is_deleted(const struct mailbox *mailbox)
{
    return mailbox->deleted;
}

struct str mailbox_name(const struct mailbox *mailbox)
{
    return buf_str(&mailbox->name);
}

void mailbox_status(const struct mailbox *mailbox, struct mailbox_status *status)
{
    const struct folder *folder = mailbox_folder(mailbox);
    *status = (struct mailbox_status){
        .messages = (uint32_t)mailbox->reported,
        .uidvalidity = mailbox->uidvalidity,
        .highestmodseq = mailbox->modseq,
        .uidnext = mailbox->reported ? mailbox->messages[mailbox->reported - 1].uid + 1 : 1,
    };
    for (size_t i = 0; i < mailbox->reported; i++) {
        const struct message *message = &mailbox->messages[i];
        status->recent += message->recent;
        status->unseen += !(message->flags & MESSAGE_SEEN);
        status->size += message->size;
    }
    if (!folder)
        return;
    status->object_id = folder->object_id;
    if (mailbox->reported < mailbox->count) /* what was not reported yet must come at or after UIDNEXT */
        status->uidnext = mailbox->messages[mailbox->reported].uid;
    else if (folder->uidnext > status->uidnext)
        status->uidnext = folder->uidnext;
    if (folder->modseq > status->highestmodseq)
        status->highestmodseq = folder->modseq;
}

size_t mailbox_count(const struct mailbox *mailbox)
{
    return mailbox->reported;
}

const struct message *mailbox_message(const struct mailbox *mailbox, size_t index)
{
    assert(index < mailbox->reported);
    return &mailbox->messages[index];
}

size_t mailbox_first_unseen(const struct mailbox *mailbox)
{
    size_t i = 0;
    while (i < mailbox->reported && (mailbox->messages[i].flags & MESSAGE_SEEN))
        i++;
    return i;
}

enum store_result mailbox_may_change(const struct mailbox *mailbox, struct verdict *verdict)
{
    if (mailbox->deleted)
        return store_fails(verdict, STORE_NONEXISTENT, "the mailbox was deleted");
    if (mailbox->read_only)
        return store_fails(verdict, STORE_READ_ONLY, "the mailbox was opened read-only");
    return STORE_OK;
}

bool mailbox_next_of(const struct mailbox *mailbox, struct uid_ranges uids, size_t *range, size_t *index)
{
    for (; *range < uids.count; ++*range) {
        size_t first = mailbox_find(mailbox, uids.at[*range].first);
        if (*index < first)
            *index = first;
        while (*index < mailbox->reported && mailbox->messages[*index].uid <= uids.at[*range].last) {
            if (!mailbox->messages[*index].gone)
                return true;
            ++*index;
        }
    }
    return false;
}
