/* SPDX-License-Identifier: BSD-2-Clause */
/* MODSEQ (RFC 7162 3.1.4.2); asking for it turns CONDSTORE on. */
#include "imapd/fetch.h"

static bool lex_modseq(struct imap_session *session, struct imap_fetch_item *item)
{
    (void)item;
    session->condstore = true;
    return true;
}

static bool put_modseq(struct imap_fetch *fetch, const struct imap_fetch_item *item, size_t index)
{
    (void)item;
    const struct message *message = mailbox_message(fetch->session->mailbox, index);
    return buf_printf(&fetch->session->out, "MODSEQ (%llu)", (unsigned long long)message->modseq);
}

const struct imap_fetch_kind fetch_modseq = {lex_modseq, put_modseq, NULL};
