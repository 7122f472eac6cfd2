/* SPDX-License-Identifier: BSD-2-Clause */
/* QUIT in the AUTHORIZATION state: RFC 1939 5. */
#include "login/pop3.h"

static void run_quit(struct client *client, struct str args)
{
    (void)args;
    pop3_ok(client, "Bye");
    client->over = true;
}

const struct pop3_command pop3_quit = {"QUIT", run_quit};
