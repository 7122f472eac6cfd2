/* SPDX-License-Identifier: BSD-2-Clause */
/* STLS: RFC 2595 4. */
#include "login/pop3.h"

static void run_stls(struct client *client, struct str args)
{
    if (args.len > 0) {
        pop3_error(client, "STLS takes no argument");
    } else if (client_has_tls(client)) {
        pop3_error(client, "TLS has begun already");
    } else if (!client_may_start_tls(client)) {
        pop3_error(client, "TLS is not available");
    } else {
        pop3_ok(client, "Begin TLS now");
        client_start_tls(client);
    }
}

const struct pop3_command pop3_stls = {"STLS", run_stls};
