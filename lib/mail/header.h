/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Header fields of a message (RFC 5322 2.2), read where they lie: lines end in CRLF, or in LF in foreign
 * files. All of it is linear in its input and goes as far as the first HEADER_LIMIT octets; what is beyond is
 * not seen. The message is what a stranger wrote: nothing here is refused, what cannot be understood is
 * passed by.
 */
#ifndef MAIL_HEADER_H
#define MAIL_HEADER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

enum {
    HEADER_LIMIT = 100 * 1024,   /* octets of a header that are looked at */
    HEADER_ADDRESS_LIMIT = 2000, /* addresses of one field */
    HEADER_COMMENT_DEPTH = 100,  /* nesting of comments; deeper is not a comment any more */
};

struct header_field {
    struct str name;  /* without colon; empty for a line that is no field */
    struct str value; /* behind the colon, still folded, without its last line ending */
    struct str whole; /* name to line ending, all lines */
};

struct header_reader {
    struct str rest; /* what has not been read */
};

/* Reads from the start of a message or of its header alone. */
struct header_reader header_read(struct str message);
/* The next field; false at the empty line, at the end, or at HEADER_LIMIT. Continuation lines without a field
 * before them, and lines without a colon, come with an empty name. */
bool header_next(struct header_reader *reader, struct header_field *field);

/* Octets of the header with the empty line that ends it; all of message when there is none. Not limited. */
size_t header_size(struct str message);
/* The first field of this name, in any case of letters. */
bool header_find(struct str message, struct str name, struct header_field *field);
/* How many there are, for Received: (RFC 5321 6.3). */
size_t header_count(struct str message, struct str name);

/* The value on one line: line endings are taken out, blanks at both ends too (RFC 5322 2.2.3); NUL octets and
 * stray CR and LF become blanks. False when the buffer or arena is full. */
bool header_unfold(struct str value, struct buf *out);
bool header_unfold_in(struct arena *arena, struct str value, struct str *text);

/* --- address lists: From, To, Cc and so on (RFC 5322 3.4 and 4.4) --- */

enum header_address_kind {
    HEADER_MAILBOX,
    HEADER_GROUP,     /* mailbox is the group's name */
    HEADER_GROUP_END, /* closes the group */
};

/* As IMAP's ENVELOPE has them (RFC 3501 7.4.2). Quotes and comments are gone, encoded-words are not decoded.
 */
struct header_address {
    enum header_address_kind kind;
    struct str name;    /* display name, or the comment behind an address without one; empty when none */
    struct str route;   /* obsolete "@a,@b", else empty */
    struct str mailbox; /* local part, quoting undone */
    struct str host;    /* domain or literal; empty when none was given */
};

struct header_addresses {
    struct header_address *at; /* in the arena */
    size_t count;
    bool cut; /* there were more than HEADER_ADDRESS_LIMIT, or than the arena had room for */
};

/* value: one field's value. Texts are in the arena. */
void header_addresses(struct str value, struct arena *arena, struct header_addresses *list);

/* Takes the next "<...>" (with its brackets, without blanks and comments around it) off *rest: Message-ID,
 * In-Reply-To, References (RFC 5322 3.6.4). False when there is none. */
bool header_message_id(struct str *rest, struct str *id);

/* --- what IMAP's ENVELOPE is made of --- */

struct header_envelope {
    /* unfolded; at == NULL when the field is not there */
    struct str date, subject, in_reply_to, message_id;
    /* count 0 when the field is not there or has no address; IMAP's rule that sender and reply-to default to
     * from is applied */
    struct header_addresses from, sender, reply_to, to, cc, bcc;
};

/* One pass over the header. Of repeated fields the first counts, but address fields are joined. */
void header_envelope(struct str message, struct arena *arena, struct header_envelope *envelope);

#endif
