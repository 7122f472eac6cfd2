/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening a mailbox and leaving it (RFC 3501 6.3.1, 6.3.2). */
#include <stdlib.h>

#include "imapd/session.h"

void imap_unselect(struct imap_session *session)
{
    if (!session->mailbox)
        return;
    imap_close_message(session);
    mailbox_close(session->mailbox);
    session->mailbox = NULL;
    session->saved.count = 0;
    if (session->state == IMAP_SELECTED)
        session->state = IMAP_AUTHENTICATED;
}

/* RFC 7162 3.1.8: " (CONDSTORE)" behind the name. */
static bool lex_select_params(struct imap_session *session)
{
    struct imap_lexer *lexer = &session->lexer;
    struct str name;
    if (!imap_lex_take(lexer, ' '))
        return imap_lex_end(lexer);
    if (!imap_lex_char(lexer, '(') || !imap_lex_atom(lexer, &name) || !imap_lex_char(lexer, ')') ||
        !imap_lex_end(lexer))
        return false;
    if (!str_eq_nocase(name, STR("CONDSTORE")))
        return imap_lex_fail(lexer, IMAP_LEX_BAD, "Unknown parameter");
    session->condstore = true;
    return true;
}

static void show_mailbox(struct imap_session *session)
{
    struct mailbox_status status;
    struct mailbox_changes news; /* of the opening itself: told here, so not once more by the report */
    struct verdict verdict;
    (void)mailbox_sync(session->mailbox, true, session->arena, &news, &verdict);
    size_t count = mailbox_count(session->mailbox), unseen = mailbox_first_unseen(session->mailbox);
    mailbox_status(session->mailbox, &status);
    imap_show_flags(session, true);
    imap_send(session, "%zu EXISTS", count);
    imap_send(session, "%u RECENT", status.recent);
    if (unseen < count)
        imap_send(session, "OK [UNSEEN %zu] First unseen", unseen + 1);
    imap_send(session, "OK [UIDVALIDITY %u] UIDs are valid", status.uidvalidity);
    imap_send(session, "OK [UIDNEXT %u] Predicted next UID", status.uidnext);
    imap_send(session, "OK [HIGHESTMODSEQ %llu] Highest", (unsigned long long)status.highestmodseq);
}

void imap_select(struct imap_session *session, bool read_only)
{
    struct str name;
    struct verdict verdict;
    bool good_name = imap_lex_mailbox(session, &name);
    if (!imap_lex_ok(&session->lexer) || !lex_select_params(session))
        return;
    /* RFC 3501 6.3.1: also a SELECT that fails leaves no mailbox selected. */
    if (session->mailbox) {
        imap_unselect(session);
        imap_send(session, "OK [CLOSED] Previous mailbox closed"); /* RFC 7162 3.2.11 */
    }
    if (!good_name ||
        !imap_result(session, mailbox_open(session->store, name, read_only, &session->mailbox, &verdict),
                     &verdict))
        return;
    session->state = IMAP_SELECTED;
    show_mailbox(session);
    if (read_only)
        imap_ok(session, "READ-ONLY", "Examined");
    else
        imap_ok(session, "READ-WRITE", "Selected");
}
