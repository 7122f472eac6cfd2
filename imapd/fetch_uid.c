/* SPDX-License-Identifier: BSD-2-Clause */
/* UID. */
#include "imapd/fetch.h"

static bool put_uid(struct imap_fetch *fetch, const struct imap_fetch_item *item, size_t index)
{
    (void)item;
    return buf_printf(&fetch->session->out, "UID %u", mailbox_message(fetch->session->mailbox, index)->uid);
}

const struct imap_fetch_kind fetch_uid = {NULL, put_uid, NULL};
