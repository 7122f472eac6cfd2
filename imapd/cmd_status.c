/* SPDX-License-Identifier: BSD-2-Clause */
/* STATUS (RFC 3501 6.3.10). */
#include "imapd/status.h"

static void run_status(struct imap_session *session)
{
    struct str name;
    struct verdict verdict;
    unsigned items;
    bool good_name = imap_lex_space(&session->lexer) && imap_lex_mailbox(session, &name);
    if (!imap_lex_space(&session->lexer) || !imap_lex_status_items(session, &items) ||
        !imap_lex_end(&session->lexer) || !good_name)
        return;
    if (imap_result(session, imap_send_status(session, name, items, &verdict), &verdict))
        imap_ok(session, NULL, "Done");
}

const struct imap_command cmd_status = {run_status, 0, "STATUS=SIZE"};
