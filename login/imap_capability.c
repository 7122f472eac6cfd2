/* SPDX-License-Identifier: BSD-2-Clause */
/* CAPABILITY: RFC 3501 6.1.1. */
#include "login/imap.h"

static void run_capability(struct client *client, const struct imap_line *line)
{
    client->capability_asked = true;
    stream_write(client->stream, STR("* "));
    imap_put_capability(client);
    stream_write(client->stream, STR("\r\n"));
    imap_reply(client, line, "OK Capabilities listed");
}

const struct imap_command imap_capability = {"CAPABILITY", 0, 0, run_capability};
