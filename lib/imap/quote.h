/* SPDX-License-Identifier: BSD-2-Clause */
/* Strings as a server sends them (RFC 3501 4.3): quoted where that is possible, else a literal. */
#ifndef IMAP_QUOTE_H
#define IMAP_QUOTE_H

#include "base/buf.h"

enum { IMAP_QUOTED_LIMIT = 1000 }; /* longer strings are sent as literals, for clients with small lines */

/* Quoted when short, ASCII and without CR, LF, NUL; else a literal. NUL octets become 0x80, for CHAR8 has
 * none. */
void imap_put_string(struct buf *out, struct str string);
/* NIL when at is NULL. */
void imap_put_nstring(struct buf *out, struct str string);
/* An atom when it can be one, else as imap_put_string. */
void imap_put_astring(struct buf *out, struct str string);
/* "{n}\r\n" for octets that follow by other means. */
void imap_put_literal_head(struct buf *out, uint64_t size);

#endif
