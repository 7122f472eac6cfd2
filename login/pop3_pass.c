/* SPDX-License-Identifier: BSD-2-Clause */
/* PASS: RFC 1939 7. All behind the first blank is the password. */
#include "login/pop3.h"

static void run_pass(struct client *client, struct str args)
{
    struct attempt attempt;
    struct str user = client->user;
    client->user = STR("");
    if (user.len == 0) {
        pop3_error(client, "USER comes first");
        return;
    }
    client_login(client, user, args, &attempt);
    pop3_finish_attempt(client, &attempt);
}

const struct pop3_command pop3_pass = {"PASS", run_pass};
