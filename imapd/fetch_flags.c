/* SPDX-License-Identifier: BSD-2-Clause */
/* FLAGS. */
#include "imapd/fetch.h"

static bool put_flags(struct imap_fetch *fetch, const struct imap_fetch_item *item, size_t index)
{
    (void)item;
    struct buf flags;
    buf_init(&flags, IMAP_RESPONSE_LIMIT);
    imap_put_flags(fetch->session, &flags, mailbox_message(fetch->session->mailbox, index));
    bool fits = buf_printf(&fetch->session->out, "FLAGS (" STR_FMT ")", STR_ARG(buf_str(&flags)));
    buf_finish(&flags);
    return fits;
}

const struct imap_fetch_kind fetch_flags = {NULL, put_flags, NULL};
