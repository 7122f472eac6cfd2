/* SPDX-License-Identifier: BSD-2-Clause */
/* NOOP: RFC 1939 5. */
#include "pop3d/command.h"
#include "pop3d/session.h"

static void run_noop(struct pop3_session *session, const struct str *args, unsigned count)
{
    (void)args, (void)count;
    pop3_ok(session, "Nothing done");
}

const struct pop3_command cmd_noop = {"NOOP", 0, 0, run_noop, NULL};
