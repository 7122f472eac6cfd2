/* SPDX-License-Identifier: BSD-2-Clause */
/* IMAP before login: greeting, table of commands, the answers they share. */
#include <string.h>

#include "login/imap.h"
#include "login/params.h"

#define COMMAND(name) extern const struct imap_command imap_##name;
#include "login/imap_commands.def"
#undef COMMAND

static const struct imap_command *const commands[] = {
#define COMMAND(name) &imap_##name,
#include "login/imap_commands.def"
#undef COMMAND
};

void imap_reply(struct client *client, const struct imap_line *line, const char *text)
{
    stream_printf(client->stream, STR_FMT " %s\r\n", STR_ARG(line->tag), text);
}

/* RFC 3501 7.2.1. Those of the session stand here too, where clients look for them before they log in. */
void imap_put_capability(struct client *client)
{
    struct str rest = client_mechanisms(client), word;
    stream_printf(client->stream, "CAPABILITY IMAP4rev1 SASL-IR LITERAL+ ID ENABLE IDLE");
    if (client_may_start_tls(client))
        stream_printf(client->stream, " STARTTLS");
    if (!client_may_send_password(client))
        stream_printf(client->stream, " LOGINDISABLED");
    while (str_word(&rest, " ", &word))
        stream_printf(client->stream, " AUTH=" STR_FMT, STR_ARG(word));
}

void imap_finish_attempt(struct client *client, const struct imap_line *line, const struct attempt *attempt)
{
    switch (attempt->result) {
    case ATTEMPT_OK:
        if (!client_hand_over(client, attempt, line->tag))
            imap_reply(client, line, "NO [UNAVAILABLE] Mailbox not available now");
        return;
    case ATTEMPT_FAILED: /* RFC 5530 3 */
        imap_reply(client, line,
                   attempt->disabled ? "NO [CONTACTADMIN] Account is disabled"
                                     : "NO [AUTHENTICATIONFAILED] Authentication failed");
        return;
    case ATTEMPT_TROUBLE:
        imap_reply(client, line, "NO [UNAVAILABLE] Temporary authentication failure");
        return;
    case ATTEMPT_CANCELED:
        imap_reply(client, line, "BAD Authentication canceled");
        client_error(client);
        return;
    case ATTEMPT_BROKEN:
        return;
    }
}

static void greet(struct client *client)
{
    stream_printf(client->stream, "* OK [");
    imap_put_capability(client);
    stream_printf(client->stream, "] " STR_FMT "\r\n", STR_ARG(client->server->params->greeting));
}

static void bye(struct client *client, const char *why)
{
    stream_printf(client->stream, "* BYE %s\r\n", why);
}

static void run(struct client *client, const struct imap_line *line)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (!str_eq_nocase(line->name, str_of(commands[i]->name)))
            continue;
        if (line->count >= commands[i]->least && line->count <= commands[i]->most) {
            commands[i]->run(client, line);
            return;
        }
        imap_reply(client, line, "BAD Wrong number of arguments");
        client_error(client);
        return;
    }
    imap_reply(client, line, "BAD Not a command before login");
    client_error(client);
}

static void step(struct client *client)
{
    struct imap_line line;
    if (!imap_read(client, &line))
        return;
    if (!line.bad) {
        run(client, &line);
        return;
    }
    imap_reply(client, &line, "BAD Not a command");
    client_error(client);
}

const struct protocol protocol_imap = {"imap", greet, step, bye};
