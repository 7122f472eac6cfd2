/* SPDX-License-Identifier: BSD-2-Clause */
/* ENABLE (RFC 5161). */
#include "imapd/session.h"

static void run_enable(struct imap_session *session)
{
    struct str name;
    bool condstore = false;
    do {
        if (!imap_lex_space(&session->lexer) || !imap_lex_atom(&session->lexer, &name))
            return;
        condstore = condstore || str_eq_nocase(name, STR("CONDSTORE"));
    } while (imap_lex_peek(&session->lexer));
    session->condstore = session->condstore || condstore;
    imap_send(session, "ENABLED%s", condstore ? " CONDSTORE" : "");
    imap_ok(session, NULL, "Enabled");
}

const struct imap_command cmd_enable = {run_enable, 0, "ENABLE"};
