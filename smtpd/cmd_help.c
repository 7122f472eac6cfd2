/* SPDX-License-Identifier: BSD-2-Clause */
/* HELP: RFC 5321 4.1.1.8. */
#include "smtpd/server.h"
#include "smtpd/session.h"

static void run_help(struct session *session, struct str args)
{
    (void)args;
    session_reply(
        session, 214, "0.0",
        "Commands: EHLO HELO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT STARTTLS AUTH\nSee RFC 5321");
}

const struct command cmd_help = {"HELP", ANY_STATE, run_help, .junk = true};
