/* SPDX-License-Identifier: BSD-2-Clause */
/* DELE: RFC 1939 5. The message goes at QUIT. */
#include "pop3d/command.h"
#include "pop3d/session.h"

static void run_dele(struct pop3_session *session, const struct str *args, unsigned count)
{
    (void)count;
    struct pop3_item *item = pop3_item(session, args[0]);
    if (!item)
        return;
    item->deleted = true;
    pop3_ok(session, "Marked to be deleted");
}

const struct pop3_command cmd_dele = {"DELE", 1, 1, run_dele, NULL};
