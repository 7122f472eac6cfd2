/* SPDX-License-Identifier: BSD-2-Clause */
/* TOP: RFC 1939 7. */
#include "pop3d/command.h"
#include "pop3d/session.h"

static void run_top(struct pop3_session *session, const struct str *args, unsigned count)
{
    (void)count;
    uint64_t lines;
    const struct pop3_item *item = pop3_item(session, args[0]);
    if (!item)
        return;
    if (!str_to_u64(args[1], &lines) || lines == UINT64_MAX) {
        pop3_error(session, "Not a number of lines");
        return;
    }
    if (pop3_send(session, item, lines))
        session->counts.top++;
}

const struct pop3_command cmd_top = {"TOP", 2, 2, run_top, "TOP"};
