/* SPDX-License-Identifier: BSD-2-Clause */
/* LOGOUT: RFC 3501 6.1.3. */
#include "login/imap.h"

static void run_logout(struct client *client, const struct imap_line *line)
{
    stream_write(client->stream, STR("* BYE Logging out\r\n"));
    imap_reply(client, line, "OK Logged out");
    client->over = true;
}

const struct imap_command imap_logout = {"LOGOUT", 0, 0, run_logout};
