/* SPDX-License-Identifier: BSD-2-Clause */
/* UTF-8 by RFC 3629: no surrogates, no overlong forms, nothing over U+10FFFF. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/buf.h"
#include "base/str.h"

bool utf8_valid(struct str s);
bool utf8_is_ascii(struct str s);
/* Takes one code point off the front; false (nothing taken) at the end and for what is not UTF-8. */
bool utf8_take(struct str *s, uint32_t *point);
/* C0, DEL and C1: what steers terminals and ends lines. */
bool utf8_is_control(uint32_t point);
/* Appends a code point; one that cannot be becomes U+FFFD. */
bool utf8_put(struct buf *out, uint32_t point);

#endif
