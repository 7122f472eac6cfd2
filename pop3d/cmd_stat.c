/* SPDX-License-Identifier: BSD-2-Clause */
/* STAT: RFC 1939 5. */
#include <inttypes.h>

#include "pop3d/command.h"
#include "pop3d/session.h"

static void run_stat(struct pop3_session *session, const struct str *args, unsigned count)
{
    (void)args, (void)count;
    size_t messages;
    uint64_t octets;
    pop3_drop_size(session, &messages, &octets);
    pop3_ok(session, "%zu %" PRIu64, messages, octets);
}

const struct pop3_command cmd_stat = {"STAT", 0, 0, run_stat, NULL};
