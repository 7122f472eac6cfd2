/* SPDX-License-Identifier: BSD-2-Clause */
/* NAMESPACE (RFC 2342): one personal namespace, no others. */
#include "imapd/session.h"

static void run_namespace(struct imap_session *session)
{
    if (!imap_lex_end(&session->lexer))
        return;
    imap_send(session, "NAMESPACE ((\"\" \"/\")) NIL NIL");
    imap_ok(session, NULL, "Done");
}

const struct imap_command cmd_namespace = {run_namespace, 0, "NAMESPACE"};
