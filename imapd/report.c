/* SPDX-License-Identifier: BSD-2-Clause */
/* What happened in the selected mailbox since the last report. */
#include "imapd/session.h"

static void send_changes(struct imap_session *session, const struct mailbox_changes *changes)
{
    struct mailbox_status status;
    for (size_t i = 0; i < changes->expunged_count; i++)
        imap_send(session, "%u EXPUNGE", changes->expunged[i].sequence);
    imap_show_flags(session, false);
    if (changes->new_count || changes->recent_changed) {
        mailbox_status(session->mailbox, &status);
        if (changes->new_count)
            imap_send(session, "%zu EXISTS", mailbox_count(session->mailbox));
        imap_send(session, "%u RECENT", status.recent);
    }
    for (size_t i = 0; i < changes->changed_count; i++)
        imap_send_flags(session, changes->changed[i]);
}

void imap_report(struct imap_session *session, bool may_expunge)
{
    struct mailbox_changes changes;
    struct verdict verdict;
    if (!mailbox_changed(session->mailbox))
        return;
    arena_reset(session->scratch);
    enum store_result result =
        mailbox_sync(session->mailbox, may_expunge, session->scratch, &changes, &verdict);
    if (result == STORE_NONEXISTENT) { /* deleted by another session (RFC 2180 3.3) */
        imap_send(session, "BYE %s", verdict.text);
        session->state = IMAP_LOGOUT;
    }
    if (result == STORE_OK)
        send_changes(session, &changes);
}
