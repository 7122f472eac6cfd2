/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC822.SIZE: with CRLF line ends, whatever the file has. */
#include "imapd/fetch.h"

static bool put_size(struct imap_fetch *fetch, const struct imap_fetch_item *item, size_t index)
{
    (void)item;
    const struct message *message = mailbox_message(fetch->session->mailbox, index);
    return buf_printf(&fetch->session->out, "RFC822.SIZE %llu", (unsigned long long)message->size);
}

const struct imap_fetch_kind fetch_rfc822_size = {NULL, put_size, NULL};
