/* SPDX-License-Identifier: BSD-2-Clause */
/* The ENVELOPE of a message (RFC 3501 7.4.2), from its header. */
#ifndef IMAP_ENVELOPE_H
#define IMAP_ENVELOPE_H

#include "base/arena.h"
#include "base/buf.h"

/* Appends "(date subject from ... message-id)". The arena is for what is gathered on the way. */
void imap_put_envelope(struct buf *out, struct str message, struct arena *arena);

#endif
