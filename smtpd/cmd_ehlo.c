/* SPDX-License-Identifier: BSD-2-Clause */
/* EHLO: RFC 5321 4.1.1.1; answered with the extensions that can be used now. */
#include "smtpd/hello.h"

static void run_ehlo(struct session *session, struct str args)
{
    hello_run(session, args, HELLO_EHLO);
}

const struct command cmd_ehlo = {"EHLO", ANY_STATE, run_ehlo, .ends_group = true};
