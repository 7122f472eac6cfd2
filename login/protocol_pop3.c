/* SPDX-License-Identifier: BSD-2-Clause */
/* POP3 before login: greeting (without a timestamp, so no APOP: RFC 1939 7), table of commands, the answers
 * they share. */
#include "login/params.h"
#include "login/pop3.h"

enum { POP3_LINE_LIMIT = 255 }; /* RFC 2449 4; SASL's responses may be longer */

#define COMMAND(name) extern const struct pop3_command pop3_##name;
#include "login/pop3_commands.def"
#undef COMMAND

static const struct pop3_command *const commands[] = {
#define COMMAND(name) &pop3_##name,
#include "login/pop3_commands.def"
#undef COMMAND
};

void pop3_ok(struct client *client, const char *text)
{
    stream_printf(client->stream, "+OK %s\r\n", text);
}

void pop3_error(struct client *client, const char *text)
{
    stream_printf(client->stream, "-ERR %s\r\n", text);
    client_error(client);
}

/* Response codes: RFC 3206 4. */
void pop3_finish_attempt(struct client *client, const struct attempt *attempt)
{
    switch (attempt->result) {
    case ATTEMPT_OK:
        if (!client_hand_over(client, attempt, STR("")))
            stream_printf(client->stream, "-ERR [SYS/TEMP] Mailbox not available now\r\n");
        return;
    case ATTEMPT_FAILED:
        stream_printf(client->stream, "-ERR [AUTH] %s\r\n",
                      attempt->disabled ? "Account is disabled" : "Authentication failed");
        return;
    case ATTEMPT_TROUBLE:
        stream_printf(client->stream, "-ERR [SYS/TEMP] Temporary authentication failure\r\n");
        return;
    case ATTEMPT_CANCELED:
        pop3_error(client, "Authentication canceled");
        return;
    case ATTEMPT_BROKEN:
        return;
    }
}

static void greet(struct client *client)
{
    stream_printf(client->stream, "+OK " STR_FMT "\r\n", STR_ARG(client->server->params->greeting));
}

static void bye(struct client *client, const char *why)
{
    stream_printf(client->stream, "-ERR %s\r\n", why);
}

static void step(struct client *client)
{
    struct str line, verb;
    if (!client_line(client, &line)) {
        if (!client->over && stream_status(client->stream) == STREAM_OK)
            stream_printf(client->stream, "-ERR Line too long\r\n");
        return;
    }
    if (line.len > POP3_LINE_LIMIT && !str_starts_nocase(line, STR("AUTH "))) {
        pop3_error(client, "Line too long");
        return;
    }
    struct str args = line;
    if (!str_cut(&args, ' ', &verb))
        verb = STR("");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (str_eq_nocase(verb, str_of(commands[i]->verb))) {
            commands[i]->run(client, args);
            return;
        }
    pop3_error(client, "Not a command before login");
}

const struct protocol protocol_pop3 = {"pop3", greet, step, bye};
