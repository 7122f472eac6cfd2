/* SPDX-License-Identifier: BSD-2-Clause */
/* NOOP (RFC 3501 6.1.2): the report that follows every command is all it is for. */
#include "imapd/session.h"

static void run_noop(struct imap_session *session)
{
    if (imap_lex_end(&session->lexer))
        imap_ok(session, NULL, "Done");
}

const struct imap_command cmd_noop = {run_noop, 0, NULL};
