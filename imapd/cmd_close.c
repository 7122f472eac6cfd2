/* SPDX-License-Identifier: BSD-2-Clause */
/* CLOSE (RFC 3501 6.4.2): expunges without telling, unless the mailbox was examined. */
#include "imapd/session.h"

static void run_close(struct imap_session *session)
{
    struct verdict verdict;
    struct uid_range all = {1, UINT32_MAX};
    if (!imap_lex_end(&session->lexer))
        return;
    enum store_result result = STORE_OK;
    if (!mailbox_is_read_only(session->mailbox))
        result = mailbox_expunge(session->mailbox, (struct uid_ranges){&all, 1}, false, &verdict);
    imap_unselect(session);
    if (imap_result(session, result, &verdict))
        imap_ok(session, NULL, "Closed");
}

const struct imap_command cmd_close = {run_close, 0, NULL};
