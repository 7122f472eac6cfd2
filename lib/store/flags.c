/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changing flags (RFC 3501 6.4.6, with the test of RFC 7162 3.1.3). Messages that end up with the same
 * additions and removals share one journal entry; for add and remove that is all of them, for replace too,
 * since what it takes away is "all others".
 */
#include "store/parts.h"

static void result_init(struct mailbox *mailbox, struct uid_ranges uids, struct arena *arena,
                        struct flags_result *result)
{
    size_t range = 0, index = 0, count = 0;
    for (; mailbox_next_of(mailbox, uids, &range, &index); index++)
        count++;
    *result = (struct flags_result){
        .matched = arena_array(arena, count, sizeof *result->matched),
        .modified = arena_array(arena, count, sizeof *result->modified),
    };
}

/* What an entry for the change sets and takes away. */
static struct entry entry_of(const struct flags_change *change, uint32_t mailbox)
{
    struct entry entry = {.kind = ENTRY_FLAGS, .mailbox = mailbox};
    if (change->how != FLAGS_REMOVE) {
        entry.flags = change->flags & MESSAGE_FLAGS;
        entry.keywords = change->keywords;
    }
    if (change->how == FLAGS_REMOVE) {
        entry.flags_off = change->flags & MESSAGE_FLAGS;
        entry.keywords_off = change->keywords;
    } else if (change->how == FLAGS_REPLACE) {
        entry.flags_off = MESSAGE_FLAGS & ~entry.flags;
        entry.keywords_off = ~entry.keywords;
    }
    return entry;
}

static bool entry_changes(const struct entry *entry, const struct message *message)
{
    uint64_t flags = (message->flags & ~entry->flags_off) | entry->flags;
    uint64_t keywords = (message->keywords & ~entry->keywords_off) | entry->keywords;
    return flags != message->flags || keywords != message->keywords;
}

static void count_seen(struct entry *entry, const struct message *message)
{
    bool before = message->flags & MESSAGE_SEEN;
    bool after = ((message->flags & ~entry->flags_off) | entry->flags) & MESSAGE_SEEN;
    entry->messages += !before && after;
    entry->unseen += before && !after;
}

/* Fills the result and the ranges of the messages that really change. */
static void choose(struct mailbox *mailbox, struct uid_ranges uids, const struct flags_change *change,
                   struct entry *entry, struct buf *ranges, struct flags_result *result)
{
    size_t range = 0, index = 0;
    uint32_t last = 0;
    struct uid_range run = {0, 0};
    for (; mailbox_next_of(mailbox, uids, &range, &index); index++) {
        const struct message *message = &mailbox->messages[index];
        if (message->modseq > change->unchanged_since) {
            result->modified[result->modified_count++] = message->uid;
            continue;
        }
        result->matched[result->matched_count++] = index;
        if (!entry_changes(entry, message))
            continue;
        count_seen(entry, message);
        if (run.first && message->uid == run.last + 1) {
            run.last++;
            continue;
        }
        if (run.first)
            uids_put(ranges, &last, run);
        run = (struct uid_range){message->uid, message->uid};
    }
    if (run.first)
        uids_put(ranges, &last, run);
}

static enum store_result change_locked(struct mailbox *mailbox, struct uid_ranges uids,
                                       const struct flags_change *change, struct flags_result *result,
                                       struct verdict *verdict)
{
    struct store *store = mailbox->store;
    struct buf ranges;
    enum store_result done = mailbox_may_change(mailbox, verdict);
    if (done == STORE_OK)
        done = store_reserve(store, mailbox_folder(mailbox), 0, verdict);
    if (done != STORE_OK)
        return done;
    struct entry entry = entry_of(change, mailbox->id);
    buf_init(&ranges, RECORD_LIMIT / 2);
    choose(mailbox, uids, change, &entry, &ranges, result);
    if (ranges.len) {
        entry.modseq = store_next_modseq(store);
        entry.uids = buf_str(&ranges);
        store_add(store, &entry);
        store->own = mailbox;
        done = store_write(store, WRITE_SHRINKS, verdict);
        store->own = NULL;
    }
    buf_finish(&ranges);
    return done;
}

enum store_result mailbox_store_flags(struct mailbox *mailbox, struct uid_ranges uids,
                                      const struct flags_change *change, struct arena *arena,
                                      struct flags_result *result, struct verdict *verdict)
{
    result_init(mailbox, uids, arena, result);
    enum store_result done = mailbox_may_change(mailbox, verdict);
    if (done == STORE_OK)
        done = store_lock(mailbox->store, verdict);
    if (done != STORE_OK)
        return done;
    done = change_locked(mailbox, uids, change, result, verdict);
    store_unlock(mailbox->store);
    return done;
}
