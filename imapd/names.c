/* SPDX-License-Identifier: BSD-2-Clause */
/* Mailbox names between clients (modified UTF-7) and the store (UTF-8). */
#include "imap/quote.h"
#include "imapd/session.h"
#include "store/name.h"

bool imap_lex_mailbox(struct imap_session *session, struct str *name)
{
    struct str wire;
    struct buf utf8;
    if (!imap_lex_astring(&session->lexer, &wire))
        return false;
    buf_init(&utf8, 4 * MAILBOX_NAME_LIMIT);
    bool decodes = mailbox_name_decode(wire, &utf8);
    *name = arena_copy(session->arena, buf_str(&utf8));
    buf_finish(&utf8);
    if (!decodes)
        imap_no(session, "CANNOT", "Mailbox name is not modified UTF-7");
    return decodes;
}

void imap_put_mailbox(struct buf *out, struct str name)
{
    struct buf wire;
    buf_init(&wire, 16 * MAILBOX_NAME_LIMIT);
    mailbox_name_encode(name, &wire);
    imap_put_astring(out, buf_str(&wire));
    buf_finish(&wire);
}
