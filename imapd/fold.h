/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts as SEARCH compares them: UTF-8 in one case of letters (RFC 3501 6.4.4: "case-insensitive"). */
#ifndef IMAPD_FOLD_H
#define IMAPD_FOLD_H

#include "base/buf.h"

/* Appends the text folded; what is not UTF-8 becomes U+FFFD. False over the buffer's limit. */
bool imap_fold(struct str text, struct buf *out);

#endif
