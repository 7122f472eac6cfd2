/* SPDX-License-Identifier: BSD-2-Clause */
/* LIST: RFC 1939 5, with sizes as they are sent, dots unstuffed (RFC 1939 11). */
#include <inttypes.h>

#include "pop3d/command.h"
#include "pop3d/session.h"

static void run_list(struct pop3_session *session, const struct str *args, unsigned count)
{
    if (count == 1) {
        const struct pop3_item *item = pop3_item(session, args[0]);
        if (item)
            pop3_ok(session, "%zu %" PRIu64, (size_t)(item - session->items) + 1, item->size);
        return;
    }
    size_t messages;
    uint64_t octets;
    pop3_drop_size(session, &messages, &octets);
    pop3_ok(session, "%zu messages (%" PRIu64 " octets)", messages, octets);
    for (size_t i = 0; i < session->count; i++)
        if (!session->items[i].deleted)
            stream_printf(session->stream, "%zu %" PRIu64 "\r\n", i + 1, session->items[i].size);
    stream_write(session->stream, STR(".\r\n"));
}

const struct pop3_command cmd_list = {"LIST", 0, 1, run_list, NULL};
