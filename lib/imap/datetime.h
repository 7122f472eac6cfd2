/* SPDX-License-Identifier: BSD-2-Clause */
/* Dates of RFC 3501 9: "date-time" of INTERNALDATE and APPEND, "date" of SEARCH. */
#ifndef IMAP_DATETIME_H
#define IMAP_DATETIME_H

#include "base/buf.h"

/* "17-Jul-1996 02:44:25 -0700" (day " 7" or "07"), without the quotes, as seconds since 1970. */
bool imap_datetime_parse(struct str text, int64_t *seconds);
/* Prints it, in UTC, with its quotes. */
void imap_datetime_print(int64_t seconds, struct buf *out);
/* "1-Feb-1994" as days since 1970. */
bool imap_date_parse(struct str text, int64_t *days);

#endif
