/* SPDX-License-Identifier: BSD-2-Clause */
/* Base 64 by RFC 4648 4, strict: for SASL and our own formats. MIME bodies, which are lax, are
 * mail/decode.h's matter. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"
#include "base/str.h"

/* One line, with padding. */
bool base64_encode(struct str octets, struct buf *out);
/* False for anything that base64_encode would not have written: other characters, blanks, wrong or missing
 * padding, bits set behind the last octet; or when the buffer is full. */
bool base64_decode(struct str text, struct buf *out);

#endif
