/* SPDX-License-Identifier: BSD-2-Clause */
/* USER: RFC 1939 7. Whether there is such a user is not said. */
#include "login/pop3.h"

static void run_user(struct client *client, struct str args)
{
    if (!client_may_send_password(client)) {
        pop3_error(client, "[AUTH] USER only under TLS");
        return;
    }
    if (args.len == 0 || !arena_try_copy(client->arena, args, &client->user)) {
        pop3_error(client, "USER takes a name");
        return;
    }
    pop3_ok(client, "Now the password");
}

const struct pop3_command pop3_user = {"USER", run_user};
