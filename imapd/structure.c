/* SPDX-License-Identifier: BSD-2-Clause */
/* Structures of the open message. */
#include "imapd/structure.h"

#include "imap/bodystructure.h"

bool imap_make_structure(struct imap_session *session, enum imap_cached kind)
{
    struct verdict verdict;
    if (!imap_parse_message(session, &verdict))
        return false;
    arena_reset(session->scratch);
    imap_put_bodystructure(&session->out, &session->open.mime, session->open.octets,
                           kind == IMAP_CACHED_BODYSTRUCTURE, session->scratch);
    return true;
}
