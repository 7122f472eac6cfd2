/* SPDX-License-Identifier: BSD-2-Clause */
/* COPY and UID COPY (RFC 3501 6.4.7). */
#include "imapd/copied.h"

static void run_copy(struct imap_session *session)
{
    if (imap_copy_messages(session, mailbox_copy))
        imap_ok(session, session->out.len ? buf_cstr(&session->out) : NULL, "Copied");
}

const struct imap_command cmd_copy = {run_copy, IMAP_ALSO_UID, NULL};
