/* SPDX-License-Identifier: BSD-2-Clause */
/* UNSELECT (RFC 3691): CLOSE without the expunge. */
#include "imapd/session.h"

static void run_unselect(struct imap_session *session)
{
    if (!imap_lex_end(&session->lexer))
        return;
    imap_unselect(session);
    imap_ok(session, NULL, "Unselected");
}

const struct imap_command cmd_unselect = {run_unselect, 0, "UNSELECT"};
