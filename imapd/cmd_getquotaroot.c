/* SPDX-License-Identifier: BSD-2-Clause */
/* GETQUOTAROOT (RFC 9208 4.1.2, RFC 2087 4.3); the mailbox need not exist. */
#include "imapd/session.h"

static void run_getquotaroot(struct imap_session *session)
{
    struct str name;
    bool good_name = imap_lex_space(&session->lexer) && imap_lex_mailbox(session, &name);
    if (!imap_lex_end(&session->lexer) || !good_name)
        return;
    buf_clear(&session->out);
    imap_put_mailbox(&session->out, name);
    imap_send(session, "QUOTAROOT " STR_FMT " \"\"", STR_ARG(buf_str(&session->out)));
    if (imap_send_quota(session))
        imap_ok(session, NULL, "Done");
}

const struct imap_command cmd_getquotaroot = {run_getquotaroot, 0, "QUOTA"};
