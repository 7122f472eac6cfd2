/* SPDX-License-Identifier: BSD-2-Clause */
/* rmail: mail that comes by UUCP (RFC 976), whose sender is in the lines in front of the header. */
#ifndef TOOLS_SENDMAIL_RMAIL_H
#define TOOLS_SENDMAIL_RMAIL_H

#include "base/arena.h"
#include "base/str.h"

/* The sender that lines like these at the start of a message name, the last host first:
 *
 *     From user Mon Nov 23 10:00:00 2026 remote from nearest
 *     >From user Mon Nov 23 09:00:00 2026 remote from farther
 *
 * here farther!user@nearest; an address with an '@' stays as it is. From the arena; empty when there are
 * none. */
struct str rmail_sender(struct str message, struct arena *arena);

#endif
