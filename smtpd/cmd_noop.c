/* SPDX-License-Identifier: BSD-2-Clause */
/* NOOP: RFC 5321 4.1.1.9. */
#include "smtpd/server.h"
#include "smtpd/session.h"

static void run_noop(struct session *session, struct str args)
{
    (void)args;
    session_reply(session, 250, "0.0", "Ok");
}

const struct command cmd_noop = {"NOOP", ANY_STATE, run_noop, .junk = true};
