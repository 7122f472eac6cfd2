/* SPDX-License-Identifier: BSD-2-Clause */
/* BODY and BODYSTRUCTURE of a message (RFC 3501 7.4.2), from its MIME structure. */
#ifndef IMAP_BODYSTRUCTURE_H
#define IMAP_BODYSTRUCTURE_H

#include "mail/mime.h"

/* Appends the structure of all of the message; `extended` adds the extension data, as in BODYSTRUCTURE. */
void imap_put_bodystructure(struct buf *out, const struct mime *mime, struct str message, bool extended,
                            struct arena *arena);

#endif
