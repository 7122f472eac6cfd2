/* SPDX-License-Identifier: BSD-2-Clause */
/* GETQUOTA (RFC 9208 4.1.1, RFC 2087 4.2). */
#include "imapd/session.h"

static void run_getquota(struct imap_session *session)
{
    struct str root;
    if (!imap_lex_space(&session->lexer) || !imap_lex_astring(&session->lexer, &root) ||
        !imap_lex_end(&session->lexer))
        return;
    if (root.len > 0)
        imap_no(session, "NONEXISTENT", "No such quota root");
    else if (imap_send_quota(session))
        imap_ok(session, NULL, "Done");
}

const struct imap_command cmd_getquota = {run_getquota, 0, NULL};
