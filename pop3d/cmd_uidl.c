/* SPDX-License-Identifier: BSD-2-Clause */
/* UIDL: RFC 1939 7. The id is the message's UID and the mailbox's UIDVALIDITY: as lasting as IMAP's, and
 * never used for another message. */
#include "pop3d/command.h"
#include "pop3d/session.h"

static void run_uidl(struct pop3_session *session, const struct str *args, unsigned count)
{
    if (count == 1) {
        const struct pop3_item *item = pop3_item(session, args[0]);
        if (item)
            pop3_ok(session, "%zu %08x%08x", (size_t)(item - session->items) + 1, item->uid,
                    session->uidvalidity);
        return;
    }
    pop3_ok(session, "Ids follow");
    for (size_t i = 0; i < session->count; i++)
        if (!session->items[i].deleted)
            stream_printf(session->stream, "%zu %08x%08x\r\n", i + 1, session->items[i].uid,
                          session->uidvalidity);
    stream_write(session->stream, STR(".\r\n"));
}

const struct pop3_command cmd_uidl = {"UIDL", 0, 1, run_uidl, "UIDL"};
