/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The store's inner parts: what a handle is, and the journal's reading and writing. Only lib/store includes
 * this. A change is written so:
 *
 *     store_lock, look at the state, store_add entries, store_write, store_unlock
 *
 * store_write puts all added entries into one record, so they happen together or not at all, and applies them
 * to the state and to the open mailboxes of this handle.
 */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include "store/backend.h"
#include "store/state.h"

enum { JOURNAL_HEADER = 32, RECORD_HEADER = 8, RECORD_LIMIT = 64 << 20, JOURNAL_LIMIT = 512 << 20 };

struct store {
    struct backend *backend; /* owned */
    int64_t lock_ms;
    uint64_t compact_size;
    uint64_t quota; /* 0: none */
    struct state state;
    uint64_t generation; /* of the journal we have open */
    uint64_t base;       /* octets of its header and first record, which sums up all before */
    uint64_t end;        /* what of it was read and is in the state */
    struct buf tail;     /* octets being read */
    struct buf batch;    /* entries being gathered */
    struct buf content;  /* a message being delivered */
    bool locked;
    bool unsynced;             /* written, not synced */
    bool spoilt;               /* a sync of this journal failed: only a fresh copy can be trusted */
    bool written;              /* since the lock was taken */
    struct mailbox *mailboxes; /* open ones, linked by next */
    struct mailbox *own;       /* whose change is being applied: not news to it */
    unsigned sequence;         /* makes temporary names differ, */
    int pid;                   /* and so does this */
};

/* Fills the verdict and returns result. */
enum store_result store_fails(struct verdict *verdict, enum store_result result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same from errno: a full disk is STORE_OVER_QUOTA, all else STORE_FAILED. */
enum store_result store_fails_system(struct verdict *verdict, const char *what, int error);

/* Reads what others wrote since. Takes no lock. */
enum store_result store_refresh(struct store *store, struct verdict *verdict);
/* The writers' lock, and the state as of now. Nests not. */
enum store_result store_lock(struct store *store, struct verdict *verdict);
/* Compacts when it is time, and lets go. */
void store_unlock(struct store *store);

/* Gathers an entry for the next store_write. */
void store_add(struct store *store, const struct entry *entry);
enum store_write_how {
    WRITE_PLAIN = 0,
    WRITE_SYNC = 1,   /* durable before it returns */
    WRITE_SHRINKS = 2 /* may use the reserve of a full disk */
};
enum store_result store_write(struct store *store, enum store_write_how how, struct verdict *verdict);
/* Makes what was written durable; needs no lock. */
enum store_result store_sync_journal(struct store *store, struct verdict *verdict);
/* Forgets what was gathered. */
void store_forget(struct store *store);

/* Makes sure that so many UIDs of the folder (may be NULL) and as many modseqs as that takes may be given
 * out: when not, reserves more, synced. */
enum store_result store_reserve(struct store *store, struct folder *folder, uint32_t uids,
                                struct verdict *verdict);
/* The next modseq, never given before. */
uint64_t store_next_modseq(struct store *store);

/* A name for a temporary file that nobody else uses. */
void store_temporary_key(struct store *store, char *key, size_t room);

/* Strictly ascending, so that a name used again never shows old UIDs under an old UIDVALIDITY. */
uint32_t store_next_uidvalidity(const struct store *store);

/* Calls fn for each entry about this mailbox that is in the journal and in the state. */
typedef void journal_reader(void *arg, const struct entry *entry);
enum store_result journal_each(struct store *store, uint32_t mailbox, journal_reader *fn, void *arg,
                               struct verdict *verdict);
/* Starts a journal with one record made of `first` (encoded entries). Lock held. */
enum store_result journal_start(struct store *store, uint64_t generation, struct str first,
                                struct verdict *verdict);
/* Appends an entry to encoded entries. */
void journal_encode(const struct entry *entry, struct buf *out);
/* Opens the present journal and reads it from its beginning into a fresh state. */
enum store_result journal_open(struct store *store, struct verdict *verdict);
/* Folds the journal into snapshots. Lock held. False (and nothing changed) when something failed. */
bool store_compact(struct store *store);
/* The entries that say what the state is. */
void store_sum_up(const struct store *store, struct buf *out);

/* Microseconds since 1970. */
int64_t store_now_us(void);

#endif
