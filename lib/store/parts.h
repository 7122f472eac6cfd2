/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An open mailbox from inside, and what the files of lib/store ask of each other about it. A mailbox is its
 * snapshot (mapped; names point into it) and the journal's entries after it.
 */
#ifndef STORE_PARTS_H
#define STORE_PARTS_H

#include "store/journal.h"
#include "store/mailbox.h"

struct cache;

struct mailbox {
    struct store *store;
    struct mailbox *next; /* in store->mailboxes */
    uint32_t id;
    bool read_only, deleted;
    bool loading; /* the journal is being read into it */
    bool damaged; /* its snapshot does not check */
    uint32_t uidvalidity;
    struct str snapshot;      /* mapped */
    struct arena *names;      /* of messages that came after it */
    uint64_t base_modseq;     /* entries up to it are in the snapshot */
    uint64_t modseq;          /* highest seen */
    struct message *messages; /* owned */
    size_t count, room;
    size_t reported;  /* messages from here on are news, and no caller sees them before mailbox_sync */
    size_t gone;      /* how many are marked gone */
    size_t changed;   /* how many are marked changed */
    bool recent_news; /* \Recent changed */
    unsigned keywords_reported;
    struct buf name;     /* follows renames */
    struct cache *cache; /* owned; NULL until asked for */
};

/* --- mailbox.c --- */

/* Reads snapshot and journal into an empty mailbox that is in no list; mailbox_unload frees. */
enum store_result mailbox_load(struct store *store, struct folder *folder, struct mailbox *mailbox,
                               struct verdict *verdict);
void mailbox_unload(struct mailbox *mailbox);
/* The entry's effect on the messages. */
void mailbox_apply(struct mailbox *mailbox, const struct entry *entry);
/* After a replaced journal that went on where the last ended. */
enum store_result mailbox_catch_up(struct mailbox *mailbox, struct verdict *verdict);
/* Loads anew and finds what changed. */
enum store_result mailbox_reload(struct mailbox *mailbox, struct verdict *verdict);
/* Marks what no session has seen as \Recent of this one, and takes it from later ones unless read-only. */
enum store_result mailbox_claim_recent(struct mailbox *mailbox, struct verdict *verdict);
/* Drops the messages marked gone from the array. */
void mailbox_sweep(struct mailbox *mailbox);
struct folder *mailbox_folder(const struct mailbox *mailbox);
/* As mailbox_find, over messages that were not reported yet too. */
size_t mailbox_find_known(const struct mailbox *mailbox, uint32_t uid);
/* STORE_READ_ONLY, STORE_NONEXISTENT (deleted) or STORE_OK. */
enum store_result mailbox_may_change(const struct mailbox *mailbox, struct verdict *verdict);
/* The next message in the ranges that is not gone, from *range, *index on; false at the end. */
bool mailbox_next_of(const struct mailbox *mailbox, struct uid_ranges uids, size_t *range, size_t *index);
/* Unlinks the files of these messages. */
void mailbox_remove_files(struct mailbox *mailbox, struct str dir, const size_t *indexes, size_t count);
/* An ENTRY_EXPUNGE for it. */
void folder_add_expunge(struct store *store, uint32_t id, const struct message *message, uint64_t modseq);
void mailbox_add_expunge(struct mailbox *mailbox, const struct message *message, uint64_t modseq);
/* An ENTRY_APPEND for it. */
void folder_add_append(struct store *store, const struct folder *folder, const struct message *message);

/* --- snapshot.c --- */

/* Fills messages, base_modseq from the mailbox's snapshot; none is an empty mailbox. False with errno EBADMSG
 * when it is damaged. */
bool mailbox_snapshot_read(struct mailbox *mailbox);
/* Writes all messages that are not gone. Durable. */
bool mailbox_snapshot_write(const struct mailbox *mailbox, const struct folder *folder);
void mailbox_blob_name(uint32_t id, const char *suffix, char out[32]);

/* --- recover.c, for a mailbox whose snapshot is damaged --- */

/* Gives the mailbox a new UIDVALIDITY and indexes its files anew; flags and dates are lost. Takes the lock.
 */
enum store_result folder_rebuild(struct store *store, uint32_t id, struct verdict *verdict);

/* --- maildir.c --- */

struct file_facts {
    uint64_t file_size, size; /* S=, W= */
    uint8_t flags;            /* after ":2," */
    bool sized;               /* both sizes were in the name */
    bool ours;                /* the name is one we make: what it says is exact */
};
void file_name_facts(struct str name, struct file_facts *facts);
/* The name without ":2,..." */
struct str file_name_base(struct str name);
/* Prints a name for a new file: unique within the store when `unique` is. False over the limit. */
bool file_name_make(struct buf *out, int64_t seconds, uint64_t unique, uint64_t file_size, uint64_t size);

/* Compares the directory with the index and writes what differs. Lock held. */
enum store_result folder_compare(struct store *store, struct folder *folder, struct verdict *verdict);
/* The same, and looks whether every file has all its octets: after a power cut. Lock held. */
enum store_result folder_verify(struct store *store, struct folder *folder, struct verdict *verdict);
/* The first comparison of a mailbox: with the UIDs that Dovecot gave, if it did. Lock held. */
enum store_result folder_adopt(struct store *store, struct folder *folder, struct verdict *verdict);
/* Do these times of its directory say that others were at work there? */
bool folder_needs_look(const struct folder *folder, int64_t objects_us, int64_t new_us);
/* The same when the directory's times say that others were at work there; takes the lock itself. Asks at most
 * once a second unless now_again. */
enum store_result folder_look(struct store *store, struct folder *folder, bool now_again,
                              struct verdict *verdict);

/* --- recover.c --- */

/* After an unclean stop or a cut journal: goes on at the ceilings and compares all directories. Lock held. */
enum store_result store_recover(struct store *store, struct verdict *verdict);
/* Does what store_recover does if the machine was started since the last writer. Takes the lock. */
enum store_result store_recover_if_needed(struct store *store, struct verdict *verdict);
/* Brings the folder's directory to its place when a rename was cut short, makes it when missing. Lock held.
 */
enum store_result folder_restore(struct store *store, struct folder *folder, struct verdict *verdict);
/* ENTRY_MACHINE of now. */
void machine_now(struct entry *entry);

/* --- adopt.c --- */

/* Takes directories that no mailbox knows in as mailboxes, with their messages. Lock held. */
enum store_result store_adopt(struct store *store, struct verdict *verdict);

/* --- store.c --- */

/* As store_keyword with create, with the lock held. */
int keyword_add(struct store *store, struct str name);

/* --- list.c --- */
/* The canonical name into *out (emptied) and its folder; STORE_BAD_NAME or STORE_NONEXISTENT. */
enum store_result folder_find(struct store *store, struct str name, struct folder **folder,
                              struct verdict *verdict);
/* Makes a mailbox of a canonical name that is not there: directory and record. Lock held; not synced. */
enum store_result folder_add(struct store *store, struct str name, unsigned special, struct verdict *verdict);
/* The attribute of "\\Sent" and so on; 0 for no such name. */
unsigned special_use(struct str name);
/* The mark that a folder's directory carries. */
struct str folder_mark(uint32_t id, char out[32]);

/* --- cache.c --- */
void cache_flush(struct mailbox *mailbox);
void cache_drop(struct mailbox *mailbox);

#endif
