/* SPDX-License-Identifier: BSD-2-Clause */
/* RSET: RFC 5321 4.1.1.5. */
#include "smtpd/server.h"
#include "smtpd/session.h"

static void run_rset(struct session *session, struct str args)
{
    (void)args;
    if (session->state != EXPECT_HELLO)
        session_enter(session, READY);
    session_reply(session, 250, "0.0", "Ok");
}

const struct command cmd_rset = {"RSET", ANY_STATE, run_rset, .junk = true};
