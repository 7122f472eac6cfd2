/* SPDX-License-Identifier: BSD-2-Clause */
/* ENVELOPE. */
#include "imap/envelope.h"
#include "imapd/fetch.h"

static bool make_envelope(struct imap_session *session, enum imap_cached kind)
{
    (void)kind;
    struct verdict verdict;
    if (!imap_map_message(session, &verdict))
        return false;
    arena_reset(session->scratch);
    imap_put_envelope(&session->out, session->open.octets, session->scratch);
    return true;
}

static bool put_envelope(struct imap_fetch *fetch, const struct imap_fetch_item *item, size_t index)
{
    (void)item;
    buf_add_text(&fetch->session->out, "ENVELOPE ");
    return imap_fetch_put_cached(fetch, IMAP_CACHED_ENVELOPE, index, make_envelope);
}

const struct imap_fetch_kind fetch_envelope = {NULL, put_envelope, NULL};
