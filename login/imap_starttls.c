/* SPDX-License-Identifier: BSD-2-Clause */
/* STARTTLS: RFC 3501 6.2.1. What was said in clear is forgotten; what was pipelined behind it ends the
 * connection. */
#include "login/imap.h"

static void run_starttls(struct client *client, const struct imap_line *line)
{
    if (client_has_tls(client)) {
        imap_reply(client, line, "BAD TLS has begun already");
        client_error(client);
        return;
    }
    if (!client_may_start_tls(client)) {
        imap_reply(client, line, "NO [UNAVAILABLE] TLS is not available");
        return;
    }
    imap_reply(client, line, "OK Begin TLS now");
    client->capability_asked = false;
    client->client_id = STR("");
    client_start_tls(client);
}

const struct imap_command imap_starttls = {"STARTTLS", 0, 0, run_starttls};
