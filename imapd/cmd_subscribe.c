/* SPDX-License-Identifier: BSD-2-Clause */
/* SUBSCRIBE (RFC 3501 6.3.6); the name need not exist. */
#include "imapd/session.h"

static void run_subscribe(struct imap_session *session)
{
    struct str name;
    struct verdict verdict;
    bool good_name = imap_lex_space(&session->lexer) && imap_lex_mailbox(session, &name);
    if (!imap_lex_end(&session->lexer) || !good_name)
        return;
    if (imap_result(session, store_subscribe(session->store, name, true, &verdict), &verdict))
        imap_ok(session, NULL, "Done");
}

const struct imap_command cmd_subscribe = {run_subscribe, 0, NULL};
