/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mail of one user: a home with Maildir/ (message files that never change) and index/ (a journal of every
 * change, a snapshot for each mailbox). local delivers into it, imapd and pop3d serve it; any number of them
 * at the same time, each with a handle of its own. Writers take one lock per user for the moment of writing;
 * readers take none. relais-store(5) has the formats and what a crash leaves.
 *
 * Mailbox names here are UTF-8 with '/' between levels; "INBOX" is the same in any case of letters.
 * mailbox_name_decode and _encode (store/name.h) turn the modified UTF-7 of RFC 3501 5.1.3 into them and
 * back.
 *
 * A handle must not be used after fork(2) by both sides: locks belong to the open file description.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <sys/types.h>
#include "base/arena.h"
#include "base/str.h"
#include "base/verdict.h"

struct store;
struct mailbox;
struct store_params;

/* What a call came to. All but STORE_OK come with a verdict that has the text (and the SMTP codes). The
 * comment names the response code of RFC 3501, 5530 that fits. */
enum store_result {
    STORE_OK,
    STORE_NONEXISTENT,    /* no such mailbox: NONEXISTENT, TRYCREATE */
    STORE_ALREADY_EXISTS, /* ALREADYEXISTS */
    STORE_BAD_NAME,       /* a name we do not take: CANNOT */
    STORE_HAS_CHILDREN,   /* HASCHILDREN */
    STORE_LIMIT,          /* too many mailboxes or keywords, too large: LIMIT */
    STORE_OVER_QUOTA,     /* or the disk is full: OVERQUOTA */
    STORE_READ_ONLY,      /* the mailbox was opened read-only: READ-ONLY */
    STORE_EXPUNGED,       /* the message is gone: EXPUNGEISSUED */
    STORE_BUSY,           /* the lock was not to be had in time: INUSE */
    STORE_FAILED,         /* an I/O error or damage: UNAVAILABLE */
};

struct store_options {
    bool create;           /* make the home when it is not there */
    int64_t lock_ms;       /* wait so long for the lock; 0: 30 seconds */
    uint64_t compact_size; /* journal octets from which it is compacted; 0: 256 KiB */
    uint64_t quota;        /* octets that all messages together may have; 0: no limit */
    struct str
        default_folders; /* store_params.default_folders, used when the store is created; may be empty */
};
/* What the parameters say; a home that is not there is made. */
struct store_options store_options_of(const struct store_params *params);

/* Opens the store below the absolute path home; repairs it first when the machine stopped in between.
 * Reads the journal; STORE_NONEXISTENT when there is no home and options->create is not set. */
enum store_result store_open(const char *home, const struct store_options *options, struct store **store,
                             struct verdict *verdict);
/* Mailboxes of it must have been closed. Flushes. NULL is fine. */
void store_close(struct store *store);
/* Writes out the caches and makes flag changes durable; cheap when there are none. Call it within a second
 * of a change. */
enum store_result store_flush(struct store *store, struct verdict *verdict);
/* Something was written through this handle that is not yet known to be durable. */
bool store_is_unsynced(const struct store *store);
/* From now on the kernel sends this process SIGIO when any program of this machine writes to the store's
 * index: mailbox_changed may have become true then, for a reason of ours too. False where the kernel cannot;
 * files that other programs drop into a directory are not told. */
bool store_watch(struct store *store);
/* Another quota than the options had, for what is delivered, appended and copied from now on; moving needs
 * none. */
void store_set_quota(struct store *store, uint64_t octets);
/* Would so many octets more fit into the quota? STORE_OVER_QUOTA with 552 5.2.2 when not. */
enum store_result store_has_room(const struct store *store, uint64_t octets, struct verdict *verdict);
/* What all messages have together, and the quota (0: none). */
enum store_result store_usage(struct store *store, uint64_t *octets, uint64_t *quota,
                              struct verdict *verdict);
/* Makes everything written so far to the file system that holds `home` durable (syncfs). */
bool store_group_sync(const char *home, struct verdict *verdict);

/* --- mailboxes --- */

enum mailbox_attribute {
    MAILBOX_NOSELECT = 1, /* only a level of hierarchy */
    MAILBOX_SUBSCRIBED = 2,
    MAILBOX_HAS_CHILDREN = 4, /* \HasChildren, else \HasNoChildren (RFC 3348) */
    MAILBOX_NONEXISTENT = 8,  /* only subscribed to */
    /* RFC 6154 */
    MAILBOX_DRAFTS = 16,
    MAILBOX_SENT = 32,
    MAILBOX_TRASH = 64,
    MAILBOX_JUNK = 128,
    MAILBOX_ARCHIVE = 256,
    MAILBOX_SPECIAL = MAILBOX_DRAFTS | MAILBOX_SENT | MAILBOX_TRASH | MAILBOX_JUNK | MAILBOX_ARCHIVE,
};

struct mailbox_entry {
    struct str name;     /* UTF-8 */
    unsigned attributes; /* enum mailbox_attribute */
    uint64_t object_id;  /* RFC 8474 MAILBOXID; 0 without a mailbox */
};
struct mailbox_list {
    struct mailbox_entry *at;
    size_t count;
};

/* All mailboxes, \Noselect parents and subscribed names, INBOX first, what is below a name right
 * behind it, else by octets; from the arena. Patterns are the caller's matter. */
enum store_result store_list(struct store *store, struct arena *arena, struct mailbox_list *list,
                             struct verdict *verdict);
/* RFC 3501 6.3.3: superior levels come into being as \Noselect. `special`: bits of MAILBOX_SPECIAL. A '/' at
 * the end is ignored. */
enum store_result store_create_mailbox(struct store *store, struct str name, unsigned special,
                                       struct verdict *verdict);
/* RFC 3501 6.3.4: inferiors stay (the name becomes \Noselect); INBOX is refused. Durable. */
enum store_result store_delete_mailbox(struct store *store, struct str name, struct verdict *verdict);
/* RFC 3501 6.3.5: inferiors move along; renaming INBOX moves its messages into a new mailbox. Durable. */
enum store_result store_rename_mailbox(struct store *store, struct str from, struct str to,
                                       struct verdict *verdict);
/* The name need not exist. */
enum store_result store_subscribe(struct store *store, struct str name, bool on, struct verdict *verdict);

struct mailbox_status {
    uint32_t messages, recent, unseen;
    uint32_t uidnext, uidvalidity;
    uint64_t highestmodseq;
    uint64_t size; /* octets with CRLF of all messages */
    uint64_t object_id;
};
/* Without loading the mailbox; picks up files that other programs dropped into it. */
enum store_result store_status(struct store *store, struct str name, struct mailbox_status *status,
                               struct verdict *verdict);

/* --- keywords: user-wide, at most KEYWORD_LIMIT names --- */

enum { KEYWORD_LIMIT = 64, KEYWORD_NAME_LIMIT = 100 };
/* The number (0..63) of a keyword, compared without case; a new one gets the next free number when `create`
 * is set. -1 when there is none, the name is not an atom, or all numbers are taken. */
int store_keyword(struct store *store, struct str name, bool create);
/* Its name as first given; empty when the number has none. Valid while the store is open. */
struct str store_keyword_name(const struct store *store, unsigned number);

/* --- delivery --- */

struct delivery {
    struct str mailbox;  /* "INBOX"; must exist */
    struct str queue_id; /* with recipient: the same delivery asked for again is done once */
    uint64_t recipient;
    struct str prefix; /* header lines to go in front, CRLF */
    int fd;            /* the message, CRLF, is in fd from offset on, size octets */
    off_t offset;
    uint64_t size;
    uint8_t flags; /* enum message_flag */
    uint64_t keywords;
    int64_t internal_date; /* seconds since 1970; 0: now */
};
struct delivery_result {
    uint32_t uid;
    uint32_t uidvalidity;
    bool already; /* it was there from an earlier attempt */
};
/* Delivers without making it durable: the caller syncs the file system (store_group_sync) before it forgets
 * its own copy. */
enum store_result store_deliver(struct store *store, const struct delivery *delivery,
                                struct delivery_result *delivered, struct verdict *verdict);

#endif
