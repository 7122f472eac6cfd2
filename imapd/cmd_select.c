/* SPDX-License-Identifier: BSD-2-Clause */
/* SELECT (RFC 3501 6.3.1). */
#include "imapd/session.h"

static void run_select(struct imap_session *session)
{
    if (imap_lex_space(&session->lexer))
        imap_select(session, false);
}

const struct imap_command cmd_select = {run_select, 0, "CONDSTORE"};
