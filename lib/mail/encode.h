/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Octets of a body as they may travel over 7-bit ways: content transfer encodings (RFC 2045 6) and the
 * breaking of long lines. What comes out does not depend on how the input is cut. The way back is
 * mail/decode.h.
 */
#ifndef MAIL_ENCODE_H
#define MAIL_ENCODE_H

#include "base/buf.h"
#include "base/str.h"

enum mime_recode {
    RECODE_QUOTED,       /* any octets; CRLF is a line's end, all else that cannot travel is escaped */
    RECODE_BASE64,       /* any octets */
    RECODE_QUOTED_AGAIN, /* quoted-printable text: octets over 127 are escaped, lines over 76 broken */
    RECODE_BASE64_AGAIN, /* base64 text: octets over 127 go, lines over 76 are broken */
    RECODE_FOLD_BODY,    /* lines over the limit are broken by CRLF and a blank */
    RECODE_FOLD_HEADER,  /* the same, before a blank where there is one */
};

enum {
    RECODE_LINE = 76,       /* octets of an encoded line, RFC 2045 6.7 (5) and 6.8 */
    MIME_FOLD_LIMIT = 4000, /* the longest limit there can be for folding */
};

struct mime_recoder {
    enum mime_recode how;
    size_t limit;  /* octets of a line, for folding; 0: any */
    bool question; /* folding: octets over 127 become '?' */
    size_t column;
    char held[MIME_FOLD_LIMIT + 96]; /* what waits for what follows it */
    size_t held_count;
};

void mime_recoder_init(struct mime_recoder *recoder, enum mime_recode how, size_t limit);
/* Appends to *out, whose limit must leave room for four times the piece and 4096 octets. */
void mime_recode(struct mime_recoder *recoder, struct str piece, struct buf *out);
void mime_recode_end(struct mime_recoder *recoder, struct buf *out);

#endif
