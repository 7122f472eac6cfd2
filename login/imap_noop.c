/* SPDX-License-Identifier: BSD-2-Clause */
/* NOOP: RFC 3501 6.1.2. */
#include "login/imap.h"

static void run_noop(struct client *client, const struct imap_line *line)
{
    imap_reply(client, line, "OK Nothing done");
}

const struct imap_command imap_noop = {"NOOP", 0, 0, run_noop};
