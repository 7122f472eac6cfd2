/* SPDX-License-Identifier: BSD-2-Clause */
/* QUIT: RFC 5321 4.1.1.10. */
#include "smtpd/server.h"
#include "smtpd/session.h"

static void run_quit(struct session *session, struct str args)
{
    (void)args;
    session_reply(session, 221, "0.0", "Bye");
    session_end(session);
}

const struct command cmd_quit = {"QUIT", ANY_STATE | REFUSED, run_quit};
