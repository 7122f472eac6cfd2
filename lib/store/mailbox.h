/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An open mailbox: the messages as this session knows them, ascending by UID. The array changes only in
 * mailbox_sync (and grows nowhere else), so sequence numbers are array index + 1 and stay right between
 * syncs. What this session itself or others change comes in through the journal; expunged messages stay in
 * the array, marked `gone`, until a sync that may report them.
 */
#ifndef STORE_MAILBOX_H
#define STORE_MAILBOX_H

#include "store/message.h"
#include "store/store.h"

/* Ascending, disjoint, first <= last. */
struct uid_range {
    uint32_t first, last;
};
struct uid_ranges {
    const struct uid_range *at;
    size_t count;
};

/* Opens a mailbox. Unless read_only, this session takes \Recent away from later ones. Foreign files in new/
 * and cur/ are picked up. \Noselect names are STORE_NONEXISTENT. */
enum store_result mailbox_open(struct store *store, struct str name, bool read_only, struct mailbox **mailbox,
                               struct verdict *verdict);
void mailbox_close(struct mailbox *mailbox); /* NULL is fine */

struct store *mailbox_store(const struct mailbox *mailbox);
bool mailbox_is_read_only(const struct mailbox *mailbox);
/* Deleted by somebody while we had it open. */
bool mailbox_is_deleted(const struct mailbox *mailbox);
/* Name (it follows a rename at the next sync). */
struct str mailbox_name(const struct mailbox *mailbox);
/* As of the last sync. `recent` counts this session's. */
void mailbox_status(const struct mailbox *mailbox, struct mailbox_status *status);

size_t mailbox_count(const struct mailbox *mailbox);
/* index < mailbox_count; valid until the next sync or writing call. */
const struct message *mailbox_message(const struct mailbox *mailbox, size_t index);
/* Index of the first message with a UID >= uid; mailbox_count when there is none. */
size_t mailbox_find(const struct mailbox *mailbox, uint32_t uid);
/* Index of the first message without \Seen; mailbox_count when there is none. */
size_t mailbox_first_unseen(const struct mailbox *mailbox);

/* --- changes --- */

/* One fstat (and one stat of new/ every second at most): may mailbox_sync have anything to say? */
bool mailbox_changed(struct mailbox *mailbox);

struct mailbox_changes {
    struct {
        uint32_t sequence; /* number to report: they are in the order to be sent, each right at its turn */
        uint32_t uid;
    } * expunged;
    size_t expunged_count;
    size_t *changed; /* indexes of messages whose flags others changed, after the expunges */
    size_t changed_count;
    size_t new_from; /* index of the first new message */
    size_t new_count;
    bool recent_changed; /* how many are \Recent: by what came, or went (RFC 3501 7.3.2) */
    bool keywords_added; /* there are keyword names that were not there at the last sync (FLAGS response) */
};
/* Reads what happened. When may_expunge is false (RFC 3501 7.4.1: FETCH, STORE, SEARCH without UID) expunged
 * messages stay until a later sync. Arrays come from the arena. */
enum store_result mailbox_sync(struct mailbox *mailbox, bool may_expunge, struct arena *arena,
                               struct mailbox_changes *changes, struct verdict *verdict);

enum flags_how { FLAGS_ADD, FLAGS_REMOVE, FLAGS_REPLACE };
struct flags_change {
    enum flags_how how;
    uint8_t flags;
    uint64_t keywords;
    uint64_t unchanged_since; /* RFC 7162 UNCHANGEDSINCE; UINT64_MAX: no test */
};
struct flags_result {
    size_t *matched; /* indexes of the messages that now are as asked for (report FETCH for them) */
    size_t matched_count;
    uint32_t *modified; /* UIDs that failed the unchanged_since test */
    size_t modified_count;
};
/* Changes flags of the messages in the ranges; the array shows it at once. Not durable until store_flush.
 * Only messages whose flags really change get a new modseq. Arrays come from the arena. */
enum store_result mailbox_store_flags(struct mailbox *mailbox, struct uid_ranges uids,
                                      const struct flags_change *change, struct arena *arena,
                                      struct flags_result *result, struct verdict *verdict);

/* Removes the messages in the ranges that have \Deleted (or all of them when `all` is set, for POP3 and
 * MOVE). Durable. They are marked gone; mailbox_sync reports them. */
enum store_result mailbox_expunge(struct mailbox *mailbox, struct uid_ranges uids, bool all,
                                  struct verdict *verdict);

/* Copies (moves) the messages in the ranges to another mailbox of this user, all or none, durable. pairs is
 * to be finished with uid_pairs_finish. STORE_NONEXISTENT: no such destination (TRYCREATE). */
enum store_result mailbox_copy(struct mailbox *mailbox, struct uid_ranges uids, struct str to,
                               struct uid_pairs *pairs, struct verdict *verdict);
enum store_result mailbox_move(struct mailbox *mailbox, struct uid_ranges uids, struct str to,
                               struct uid_pairs *pairs, struct verdict *verdict);

#endif
