/* SPDX-License-Identifier: BSD-2-Clause */
/* LHLO: RFC 2033 4.1; LMTP only, where it stands for EHLO and HELO. */
#include "smtpd/hello.h"

static void run_lhlo(struct session *session, struct str args)
{
    hello_run(session, args, HELLO_LHLO);
}

const struct command cmd_lhlo = {"LHLO", ANY_STATE, run_lhlo, .ends_group = true};
