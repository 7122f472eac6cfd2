/* SPDX-License-Identifier: BSD-2-Clause */
/* INTERNALDATE. */
#include "imap/datetime.h"
#include "imapd/fetch.h"

static bool put_internaldate(struct imap_fetch *fetch, const struct imap_fetch_item *item, size_t index)
{
    (void)item;
    buf_add_text(&fetch->session->out, "INTERNALDATE ");
    imap_datetime_print(mailbox_message(fetch->session->mailbox, index)->internal_date, &fetch->session->out);
    return true;
}

const struct imap_fetch_kind fetch_internaldate = {NULL, put_internaldate, NULL};
