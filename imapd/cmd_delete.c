/* SPDX-License-Identifier: BSD-2-Clause */
/* DELETE (RFC 3501 6.3.4). */
#include "imapd/session.h"

static void run_delete(struct imap_session *session)
{
    struct str name;
    struct verdict verdict;
    bool good_name = imap_lex_space(&session->lexer) && imap_lex_mailbox(session, &name);
    if (!imap_lex_ok(&session->lexer) || !imap_lex_end(&session->lexer) || !good_name)
        return;
    if (!imap_result(session, store_delete_mailbox(session->store, name, &verdict), &verdict))
        return;
    if (session->mailbox && mailbox_is_deleted(session->mailbox))
        imap_unselect(session);
    imap_ok(session, NULL, "Deleted");
}

const struct imap_command cmd_delete = {run_delete, 0, NULL};
