/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message made fit for a host that takes less than it has: 7-bit octets only (RFC 6152 3), or lines up to a
 * length (RFC 5321 4.5.3.1.6). Its parts are encoded where they have what the host does not take, at any
 * depth, and nothing else of it changes; what decoding gives is what it was.
 *
 *   - A part in 7bit, 8bit or binary (or without a Content-Transfer-Encoding) that needs it becomes
 *     quoted-printable or base64, whichever is shorter. A message without MIME-Version gets one, and one
 *     without Content-Type is called text/plain; charset=unknown-8bit (RFC 1428).
 *   - A part that is quoted-printable, and yet has such octets or lines, gets them escaped and broken as its
 *     encoding has it; from base64 what is not of its alphabet is dropped.
 *   - Multiparts and embedded messages (RFC 2046 5.2.1) may not be encoded: their parts are. One that says it
 *     is 8bit or binary says 7bit then. What stands before and behind a multipart's parts, which nobody is
 *     shown, gets '?' for such octets.
 *   - Header fields with octets over 127 go as they are: no mail host is known that minds, and what they mean
 *     nobody can say. Fields with long lines are folded.
 *   - What cannot be encoded (message/partial and the like, encodings nobody knows, what lies deeper than
 *     MIME_DEPTH_LIMIT) makes the conversion impossible when it has octets over 127. Its long lines are
 *     broken by CRLF and a blank, as Postfix does.
 *   - Signed messages are converted like any other: the signature of what had to be changed is lost, as
 *     RFC 1847 2.1 warns. DKIM signers encode before they sign (RFC 6376 5.3).
 *
 * The message is read twice, in pieces: once to see what it needs, and for each writing. Memory is bounded by
 * MIME_PART_LIMIT and the arena.
 */
#ifndef MAIL_SEVENBIT_H
#define MAIL_SEVENBIT_H

#include "base/arena.h"
#include "base/str.h"

/* Where the message is. Lines end in CRLF; a CR or LF alone is data and is encoded. */
struct sevenbit_source {
    /* Exactly len octets from `at` on; false with errno. */
    bool (*read)(void *context, void *into, size_t len, uint64_t at);
    void *context;
    uint64_t size; /* octets */
};

struct sevenbit;

enum sevenbit_status {
    SEVENBIT_OK,
    SEVENBIT_IMPOSSIBLE, /* it cannot be made 7-bit */
    SEVENBIT_UNREADABLE, /* errno */
};

/* Looks through the message. seven: no octets over 127; line_limit: octets of a line without its CRLF, 0:
 * any. With neither, only what sevenbit_header_is_wide tells is learned. *plan is NULL but with SEVENBIT_OK;
 * it borrows the source and the arena. */
enum sevenbit_status sevenbit_plan(const struct sevenbit_source *source, bool seven, size_t line_limit,
                                   struct arena *arena, struct sevenbit **plan);
void sevenbit_free(struct sevenbit *plan); /* NULL is fine */

/* Whether a header field of the message or of a part has octets over 127. */
bool sevenbit_header_is_wide(const struct sevenbit *plan);
/* Gives the converted message to `put`, in pieces. False with errno when the source cannot be read. */
bool sevenbit_write(const struct sevenbit *plan, void (*put)(void *context, struct str octets),
                    void *context);
/* Octets of the converted message; false with errno. */
bool sevenbit_size(const struct sevenbit *plan, uint64_t *size);

#endif
