/* SPDX-License-Identifier: BSD-2-Clause */
/* LOGOUT (RFC 3501 6.1.3). */
#include "imapd/session.h"

static void run_logout(struct imap_session *session)
{
    if (!imap_lex_end(&session->lexer))
        return;
    imap_unselect(session);
    imap_flush(session, true);
    session->state = IMAP_LOGOUT;
    imap_send(session, "BYE Logging out");
    imap_ok(session, NULL, "Logged out");
}

const struct imap_command cmd_logout = {run_logout, 0, NULL};
