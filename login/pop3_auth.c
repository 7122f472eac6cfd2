/* SPDX-License-Identifier: BSD-2-Clause */
/* AUTH: RFC 5034 4. Without an argument: the mechanisms, as old clients ask for them (RFC 1734's practice).
 */
#include "login/pop3.h"

static void list(struct client *client, struct str offered)
{
    struct str word;
    pop3_ok(client, "Mechanisms");
    while (str_word(&offered, " ", &word))
        stream_printf(client->stream, STR_FMT "\r\n", STR_ARG(word));
    stream_write(client->stream, STR(".\r\n"));
}

static void run_auth(struct client *client, struct str args)
{
    struct attempt attempt;
    struct str kept, mechanism, initial = {NULL, 0}, offered = client_mechanisms(client);
    if (args.len == 0) {
        list(client, offered);
        return;
    }
    if (!arena_try_copy(client->arena, args, &kept)) {
        pop3_error(client, "Too much said without a login");
        return;
    }
    struct str rest = kept;
    if (!str_word(&rest, " ", &mechanism) || !str_has_word(offered, mechanism)) {
        pop3_error(client, "Mechanism not offered");
        return;
    }
    rest = str_trim(rest);
    if (rest.len > 0)
        initial = rest;
    client_authenticate(client, mechanism, initial, &attempt);
    pop3_finish_attempt(client, &attempt);
}

const struct pop3_command pop3_auth = {"AUTH", run_auth};
