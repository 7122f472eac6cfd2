/* SPDX-License-Identifier: BSD-2-Clause */
/* RENAME (RFC 3501 6.3.5). */
#include "imapd/session.h"

static void run_rename(struct imap_session *session)
{
    struct str from, to;
    struct verdict verdict;
    bool good_from = imap_lex_space(&session->lexer) && imap_lex_mailbox(session, &from);
    bool good_to = imap_lex_space(&session->lexer) && imap_lex_mailbox(session, &to);
    if (!imap_lex_end(&session->lexer) || !good_from || !good_to)
        return;
    if (imap_result(session, store_rename_mailbox(session->store, from, to, &verdict), &verdict))
        imap_ok(session, NULL, "Renamed");
}

const struct imap_command cmd_rename = {run_rename, 0, NULL};
