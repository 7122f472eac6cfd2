/* SPDX-License-Identifier: BSD-2-Clause */
/* CHECK (RFC 3501 6.4.1): what was changed is made durable. */
#include "imapd/session.h"

static void run_check(struct imap_session *session)
{
    struct verdict verdict;
    if (imap_lex_end(&session->lexer) &&
        imap_result(session, store_flush(session->store, &verdict), &verdict))
        imap_ok(session, NULL, "Checked");
}

const struct imap_command cmd_check = {run_check, 0, NULL};
