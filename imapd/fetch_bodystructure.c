/* SPDX-License-Identifier: BSD-2-Clause */
/* BODYSTRUCTURE. */
#include "imapd/structure.h"

static bool put_bodystructure(struct imap_fetch *fetch, const struct imap_fetch_item *item, size_t index)
{
    (void)item;
    buf_add_text(&fetch->session->out, "BODYSTRUCTURE ");
    return imap_fetch_put_cached(fetch, IMAP_CACHED_BODYSTRUCTURE, index, imap_make_structure);
}

const struct imap_fetch_kind fetch_bodystructure = {NULL, put_bodystructure, NULL};
