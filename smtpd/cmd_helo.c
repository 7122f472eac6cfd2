/* SPDX-License-Identifier: BSD-2-Clause */
/* HELO: RFC 5321 4.1.1.1; no extensions. */
#include "smtpd/hello.h"

static void run_helo(struct session *session, struct str args)
{
    hello_run(session, args, HELLO_HELO);
}

const struct command cmd_helo = {"HELO", ANY_STATE, run_helo, .ends_group = true};
