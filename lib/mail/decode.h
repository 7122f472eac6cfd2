/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From what travels to what was meant: content transfer encodings (RFC 2045 6), encoded-words (RFC 2047), and
 * charsets to UTF-8. Decoders never refuse a stranger's text, they pass by what cannot be understood.
 */
#ifndef MAIL_DECODE_H
#define MAIL_DECODE_H

#include "base/buf.h"
#include "base/str.h"

enum mime_encoding { MIME_IDENTITY, MIME_QUOTED_PRINTABLE, MIME_BASE64 };

/* 7bit, 8bit, binary and none are the identity; false for a name nobody knows (*encoding is then identity).
 */
bool mime_encoding_named(struct str name, enum mime_encoding *encoding);

/* Decodes in pieces of any size: the output does not depend on where the pieces end. */
struct mime_decoder {
    enum mime_encoding encoding;
    uint32_t bits;   /* base64: gathered */
    unsigned digits; /* base64: how many of a group of four */
    char held[80];   /* quoted-printable: blanks that may end the line, or a half escape */
    size_t held_count;
};
void mime_decoder_init(struct mime_decoder *decoder, enum mime_encoding encoding);
/* False when the buffer's limit is passed. */
bool mime_decode(struct mime_decoder *decoder, struct str piece, struct buf *out);
bool mime_decode_end(struct mime_decoder *decoder, struct buf *out);

/* Text in a charset, as UTF-8; what has no meaning in it becomes U+FFFD. False when the charset is not known
 * (nothing is added) or the buffer is full. us-ascii, utf-8, iso-8859-1 and those of charset_points.def are
 * built in, others are iconv(3)'s, which loads modules: where it may not, only the built-in ones are known. */
bool charset_to_utf8(struct str charset, struct str text, struct buf *out);

/* A header value with its encoded-words decoded to UTF-8 (RFC 2047 6); other octets stay. Values are unfolded
 * before (header_unfold). */
bool encoded_words_decode(struct str value, struct buf *out);
/* ASCII text as it is; else encoded-words of UTF-8 in base64, each at most 75 octets, separated by a blank,
 * cut between characters. */
bool encoded_words_encode(struct str text, struct buf *out);

#endif
