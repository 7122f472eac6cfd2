/* SPDX-License-Identifier: BSD-2-Clause */
/* MOVE and UID MOVE (RFC 6851): COPYUID comes before the EXPUNGEs, which are the report's. */
#include "imapd/copied.h"

static void run_move(struct imap_session *session)
{
    if (!imap_copy_messages(session, mailbox_move))
        return;
    if (session->out.len > 0)
        imap_send(session, "OK [" STR_FMT "] Moved", STR_ARG(buf_str(&session->out)));
    imap_ok(session, NULL, "Done");
}

const struct imap_command cmd_move = {run_move, IMAP_ALSO_UID, "MOVE"};
