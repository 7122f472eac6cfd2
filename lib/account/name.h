/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Account names. A user's name as a client gives it is prepared once, here, in the manner of RFC 8265 3.3
 * (UsernameCaseMapped) and 8264: case folded, normalised to NFC, no controls, no blanks; and then it is a
 * key, a part of a path and a word in the log, so '/' and a leading dot are refused as well.
 */
#ifndef ACCOUNT_NAME_H
#define ACCOUNT_NAME_H

#include "base/arena.h"
#include "base/str.h"

enum { ACCOUNT_NAME_LIMIT = 320 }; /* octets: 64 @ 255 (RFC 5321 4.5.3.1) */

/* The canonical name of what was given, from the arena. realm: domain for a name without '@'; empty: such
 * names stay as they are. False for what cannot be a name. */
bool account_name(struct str given, struct str realm, struct arena *arena, struct str *name);

#endif
