/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a session program finds at descriptor 7: a sealed memory file with two parts, each a text of
 * base/cursor.h (varint length, octets): the account (wire/account.def), from auth, and the session
 * (wire/session.def), from login. master joins them without looking inside, so that login cannot say who the
 * user is.
 */
#ifndef WIRE_HANDOVER_H
#define WIRE_HANDOVER_H

#include "wire/account.h"
#include "wire/session.h"

enum { HANDOVER_LIMIT = 128 * 1024 };

/* Appends both parts; false over the buffer's limit. For master. */
bool handover_join(struct str account, struct str session, struct buf *out);
/* Reads descriptor fd from its beginning. session's user, home and quota are those of the account. Texts live in the
 * arena. False when it does not read or decode. */
bool handover_read(int fd, struct arena *arena, struct account *account, struct session *session);

#endif
