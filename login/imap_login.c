/* SPDX-License-Identifier: BSD-2-Clause */
/* LOGIN: RFC 3501 6.2.3. */
#include "base/memory.h"
#include "login/imap.h"

static void run_login(struct client *client, const struct imap_line *line)
{
    struct attempt attempt;
    if (!client_may_send_password(client)) {
        imap_reply(client, line, "NO [PRIVACYREQUIRED] LOGIN only under TLS");
        client_error(client);
        return;
    }
    client_login(client, line->args[0], line->args[1], &attempt);
    memory_wipe((char *)line->args[1].at, line->args[1].len);
    imap_finish_attempt(client, line, &attempt);
}

const struct imap_command imap_login = {"LOGIN", 2, 2, run_login};
