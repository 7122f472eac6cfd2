/* SPDX-License-Identifier: BSD-2-Clause */
/* RETR: RFC 1939 5. */
#include "pop3d/command.h"
#include "pop3d/session.h"

static void run_retr(struct pop3_session *session, const struct str *args, unsigned count)
{
    (void)count;
    struct pop3_item *item = pop3_item(session, args[0]);
    if (!item || !pop3_send(session, item, UINT64_MAX))
        return;
    item->fetched = true;
    session->counts.retr++;
    session->counts.retr_octets += item->size;
}

const struct pop3_command cmd_retr = {"RETR", 1, 1, run_retr, NULL};
