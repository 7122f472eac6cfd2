/* SPDX-License-Identifier: BSD-2-Clause */
/* EXAMINE (RFC 3501 6.3.2). */
#include "imapd/session.h"

static void run_examine(struct imap_session *session)
{
    if (imap_lex_space(&session->lexer))
        imap_select(session, true);
}

const struct imap_command cmd_examine = {run_examine, 0, NULL};
