/* SPDX-License-Identifier: BSD-2-Clause */
/* Patterns of LIST and LSUB (RFC 3501 6.3.8): '*' is anything, '%' anything within one level. */
#ifndef IMAP_PATTERN_H
#define IMAP_PATTERN_H

#include "base/str.h"

/* Does the whole name fit? Linear in name times pattern. "INBOX" as a name, or as its first level, fits in
 * any case of letters. */
bool imap_pattern_fits(struct str pattern, struct str name, char separator);

#endif
