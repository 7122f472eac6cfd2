/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mailbox names. Inside: UTF-8, '/' between levels. To clients: modified UTF-7 (RFC 3501 5.1.3). On disk:
 * Maildir++ directories ".Level.Level" in modified UTF-7, a dot within a level written "&AC4-". Only
 * canonical forms are taken: what decodes must encode to the same octets, so one mailbox has one name.
 */
#ifndef STORE_NAME_H
#define STORE_NAME_H

#include "base/buf.h"
#include "base/str.h"

enum { MAILBOX_NAME_LIMIT = 400, MAILBOX_DIR_LIMIT = 250, MAILBOX_DEPTH_LIMIT = 30 };

/* Modified UTF-7 appended to *utf8 as UTF-8; false when it is not the canonical form. */
bool mailbox_name_decode(struct str wire, struct buf *utf8);
/* UTF-8 appended to *wire as modified UTF-7; false when it is not UTF-8. */
bool mailbox_name_encode(struct str utf8, struct buf *wire);

/* A name we would make: valid UTF-8, no control characters, no empty level, no '%' or '*', within the
 * limits. */
bool mailbox_name_is_valid(struct str name);
/* "INBOX" in any case of letters. */
bool mailbox_name_is_inbox(struct str name);
/* "inbox/x" becomes "INBOX/x"; appended to *out; a '/' at the end is dropped. False when not valid. */
bool mailbox_name_canonical(struct str name, struct buf *out);
/* Is `name` below `above` in the hierarchy? */
bool mailbox_name_is_below(struct str name, struct str above);

/* The directory of a mailbox relative to the home: "Maildir" or "Maildir/.A.B". */
bool mailbox_name_to_dir(struct str name, struct buf *dir);
/* ".A.B" back to "A/B", appended; false when it is not one that mailbox_name_to_dir makes. */
bool mailbox_name_from_dir(struct str dir, struct buf *name);

#endif
