/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One message of a mailbox: what the index knows of it, and its octets. The octets never change; what may
 * change is flags, keywords and modseq, and they live in the journal. Sizes and octets are always those with
 * CRLF line ends, whatever the file has.
 */
#ifndef STORE_MESSAGE_H
#define STORE_MESSAGE_H

#include <sys/types.h>
#include "store/store.h"

enum message_flag {
    MESSAGE_SEEN = 1,
    MESSAGE_ANSWERED = 2,
    MESSAGE_FLAGGED = 4,
    MESSAGE_DELETED = 8,
    MESSAGE_DRAFT = 16,
    MESSAGE_FLAGS = 31, /* all of them */
};

struct message {
    uint32_t uid;
    uint8_t flags;         /* enum message_flag */
    bool recent;           /* \Recent for this session (RFC 3501 2.3.2) */
    bool gone;             /* expunged, but that was not reported by mailbox_sync yet */
    bool changed;          /* flags changed by somebody else, not reported by mailbox_sync yet */
    uint64_t keywords;     /* bit n: store_keyword_name(store, n) */
    uint64_t modseq;       /* RFC 7162 */
    int64_t internal_date; /* seconds since 1970 (RFC 3501 2.3.3) */
    int64_t save_date;     /* when it came into this mailbox (RFC 8514), seconds since 1970 */
    uint64_t size;         /* octets with CRLF (RFC822.SIZE) */
    uint64_t file_size;    /* octets in the file; differs from size when the file has bare LF */
    uint64_t object_id;    /* the same for all copies within the account, never reused (RFC 8474 EMAILID) */
    struct str name;       /* of its file; lives as long as the mailbox is open and is not synced */
};

/* An open message. */
struct message_file {
    int fd;        /* owned; positioned anywhere; pread, mmap and sendfile work on it */
    uint64_t size; /* octets in fd, CRLF line ends: equals message.size */
};

/* Opens the octets of a message. STORE_EXPUNGED when somebody removed them. */
enum store_result message_open(struct mailbox *mailbox, const struct message *message,
                               struct message_file *file, struct verdict *verdict);
void message_close(struct message_file *file);

/* --- adding messages (APPEND): the size need not be known at first, several become visible together --- */

struct append;

struct append_about {
    uint8_t flags;
    uint64_t keywords;     /* bits from store_keyword */
    int64_t internal_date; /* seconds since 1970; 0: now */
};

/* What an APPEND, COPY or MOVE reports (RFC 4315 COPYUID and APPENDUID). */
struct uid_pairs {
    uint32_t uidvalidity; /* of the destination */
    size_t count;
    uint32_t *from; /* owned; ascending; NULL for an append */
    uint32_t *to;   /* owned */
};
void uid_pairs_finish(struct uid_pairs *pairs);

/* STORE_NONEXISTENT (say TRYCREATE) when there is no such mailbox. */
enum store_result append_begin(struct store *store, struct str mailbox, struct append **append,
                               struct verdict *verdict);
/* More octets of the current message, with CRLF line ends (a lone LF is turned into CRLF). */
enum store_result append_write(struct append *append, struct str bytes, struct verdict *verdict);
/* The current message is complete; the next append_write begins another one (RFC 3502). */
enum store_result append_message(struct append *append, const struct append_about *about,
                                 struct verdict *verdict);
/* Makes all messages visible at once and durable. Frees the append in every case. */
enum store_result append_commit(struct append *append, struct uid_pairs *pairs, struct verdict *verdict);
/* Throws everything away; NULL is fine. */
void append_abort(struct append *append);

/* --- small things worth remembering (envelope, body structure): may be lost at any time --- */

/* Looks up what was put for this message; borrowed until the next mailbox call. */
bool cache_get(struct mailbox *mailbox, uint32_t uid, uint8_t kind, struct str *blob);
/* At most CACHE_BLOB_LIMIT octets; larger ones are not kept. Written out by mailbox_close and store_flush. */
enum { CACHE_BLOB_LIMIT = 64 * 1024 };
void cache_put(struct mailbox *mailbox, uint32_t uid, uint8_t kind, struct str blob);

#endif
