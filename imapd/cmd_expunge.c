/* SPDX-License-Identifier: BSD-2-Clause */
/* EXPUNGE (RFC 3501 6.4.3) and UID EXPUNGE (RFC 4315 2.1); the report tells which are gone. */
#include "imapd/session.h"

static void run_expunge(struct imap_session *session)
{
    struct verdict verdict;
    struct imap_set set;
    struct imap_spans spans;
    struct uid_range every = {1, UINT32_MAX};
    struct uid_ranges uids = {&every, 1};
    if (session->uid && (!imap_lex_space(&session->lexer) || !imap_lex_messages(session, &set)))
        return;
    if (!imap_lex_end(&session->lexer))
        return;
    if (session->uid) {
        imap_find_messages(session, &set, &spans);
        uids = imap_span_uids(session, &spans);
    }
    if (imap_result(session, mailbox_expunge(session->mailbox, uids, false, &verdict), &verdict))
        imap_ok(session, NULL, "Expunged");
}

const struct imap_command cmd_expunge = {run_expunge, IMAP_ALSO_UID, NULL};
