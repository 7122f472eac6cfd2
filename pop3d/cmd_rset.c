/* SPDX-License-Identifier: BSD-2-Clause */
/* RSET: RFC 1939 5. */
#include "pop3d/command.h"
#include "pop3d/session.h"

static void run_rset(struct pop3_session *session, const struct str *args, unsigned count)
{
    (void)args, (void)count;
    for (size_t i = 0; i < session->count; i++)
        session->items[i].deleted = false;
    pop3_ok(session, "Marks removed");
}

const struct pop3_command cmd_rset = {"RSET", 0, 0, run_rset, NULL};
