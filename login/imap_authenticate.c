/* SPDX-License-Identifier: BSD-2-Clause */
/* AUTHENTICATE: RFC 3501 6.2.2, with an initial response RFC 4959. */
#include "login/imap.h"

static void run_authenticate(struct client *client, const struct imap_line *line)
{
    struct attempt attempt;
    struct str initial = line->count > 1 ? line->args[1] : (struct str){NULL, 0};
    if (client_mechanisms(client).len == 0) {
        imap_reply(client, line, "NO [UNAVAILABLE] Temporary authentication failure");
        return;
    }
    if (!str_has_word(client_mechanisms(client), line->args[0])) {
        imap_reply(client, line,
                   client_may_send_password(client)
                       ? "NO Mechanism not offered"
                       : "NO [PRIVACYREQUIRED] Mechanism not offered without TLS");
        client_error(client);
        return;
    }
    client_authenticate(client, line->args[0], initial, &attempt);
    imap_finish_attempt(client, line, &attempt);
}

const struct imap_command imap_authenticate = {"AUTHENTICATE", 1, 2, run_authenticate};
