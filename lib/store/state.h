/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a handle knows of the whole store without opening a mailbox: the mailboxes with their counters, the
 * subscriptions, the keywords. It is the sum of the journal's entries, nothing else, so every handle that
 * read the same journal has the same state.
 */
#ifndef STORE_STATE_H
#define STORE_STATE_H

#include "base/buf.h"
#include "base/cursor.h"
#include "store/entry.h"
#include "store/mailbox.h"

/* Kinds of journal entries with the fields each uses. Numbers are on disk: never reuse one. */
enum entry_kind {
    ENTRY_MACHINE = 1,   /* machine, machine_start: written by whoever wrote first after a start */
    ENTRY_MODSEQ = 2,    /* modseq: last given, ceiling; mailbox: next number, uidvalidity: last given */
    ENTRY_MAILBOX = 3,   /* mailbox, name, uidvalidity, flags (special use), object_id, modseq */
    ENTRY_COUNTS = 4,    /* mailbox, modseq, uid (next), ceiling, messages, unseen, recent, recent_from, size,
                            objects_us, changed_us, settled_us: replaces what was counted */
    ENTRY_UIDS = 5,      /* mailbox, uid (next), ceiling */
    ENTRY_RENAME = 6,    /* mailbox, name */
    ENTRY_DELETE = 7,    /* mailbox */
    ENTRY_SUBSCRIBE = 8, /* name, flags 1: on */
    ENTRY_KEYWORD = 9,   /* uid: its number, name */
    ENTRY_APPEND = 10,   /* mailbox, modseq, uid, flags, keywords, dates, sizes, object_id, name */
    ENTRY_FLAGS = 11, /* mailbox, modseq, uids, flags, flags_off, keywords, keywords_off, messages (now seen),
                         unseen (now unseen) */
    ENTRY_EXPUNGE = 12,  /* mailbox, modseq, uid, size, name, unseen 1: it was */
    ENTRY_RECENT = 13,   /* mailbox, recent_from */
    ENTRY_NAME = 14,     /* mailbox, modseq, uid, name: another program renamed the file */
    ENTRY_COMPARED = 15, /* mailbox, objects_us, settled_us */
    ENTRY_RESET = 16,    /* mailbox, uidvalidity, modseq: the index was lost, all messages are new */
    ENTRY_KINDS
};

enum {
    STORE_MAILBOX_LIMIT = 10000,
    SUBSCRIPTION_LIMIT = 10000,
    UID_STEP = 1024,     /* UIDs reserved at a time */
    MODSEQ_STEP = 65536, /* modseqs reserved at a time */
};

/* A mailbox as the state knows it. */
struct folder {
    uint32_t id;
    struct str name; /* owned */
    struct str dir;  /* owned; "Maildir/.A.B" */
    unsigned special;
    uint32_t uidvalidity, uidnext, uid_ceiling, recent_from;
    uint32_t messages, unseen, recent;
    uint64_t size, modseq, object_id;
    int64_t objects_us;  /* time of the directory when it was last compared with the index */
    int64_t changed_us;  /* time of our last change in it */
    int64_t settled_us;  /* time of new/ for which no look is needed: it was old when new/ was found empty */
    int64_t looked_us;   /* when this handle looked for new files last; not from the journal */
    int64_t arrivals_us; /* time of new/ at that look */
    bool touched;        /* the journal has changes of messages that its snapshot may lack */
    bool unlinked;       /* the journal has expunges */
};

struct state {
    struct folder **folders; /* owned, in order of creation */
    size_t folder_count;
    uint32_t next_id;
    struct str *subscriptions; /* owned */
    size_t subscription_count;
    struct str keywords[KEYWORD_LIMIT]; /* owned; taken from the front */
    unsigned keyword_count;
    uint64_t modseq, modseq_ceiling;
    uint32_t uidvalidity; /* the last one given */
    uint64_t machine, machine_start;
};

void state_finish(struct state *state);
/* The entry's effect. `time_us`: when its record was written. False when it makes no sense (damage). */
bool state_apply(struct state *state, const struct entry *entry, int64_t time_us);
/* NULL when there is none. */
struct folder *state_folder(const struct state *state, uint32_t id);
struct folder *state_folder_named(const struct state *state, struct str name);
/* Takes over what folders remember of their looking for files, which is not in the journal. */
void state_keep_looks(struct state *state, const struct state *old);
bool state_is_subscribed(const struct state *state, struct str name);

/* The uids field: added range by range, read back range by range. */
void uids_put(struct buf *out, uint32_t *last, struct uid_range range);
/* False at the end or when the octets make no sense (then cursor_ok is false). */
bool uids_take(struct cursor *cursor, uint32_t *last, struct uid_range *range);

#endif
