/* SPDX-License-Identifier: BSD-2-Clause */
/* UNSUBSCRIBE (RFC 3501 6.3.7); the name need not exist. */
#include "imapd/session.h"

static void run_unsubscribe(struct imap_session *session)
{
    struct str name;
    struct verdict verdict;
    bool good_name = imap_lex_space(&session->lexer) && imap_lex_mailbox(session, &name);
    if (!imap_lex_end(&session->lexer) || !good_name)
        return;
    if (imap_result(session, store_subscribe(session->store, name, false, &verdict), &verdict))
        imap_ok(session, NULL, "Done");
}

const struct imap_command cmd_unsubscribe = {run_unsubscribe, 0, NULL};
