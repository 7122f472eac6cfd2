/* SPDX-License-Identifier: BSD-2-Clause */
/* ID: RFC 2971. */
#include "login/imap.h"

enum { ID_TEXT_LIMIT = 200 };

/* "(" name value ... ")" as "name=value, ..." for the log, as far as it fits. */
static struct str describe(struct client *client, const struct imap_line *line)
{
    struct buf text;
    struct str kept = STR("");
    buf_init(&text, ID_TEXT_LIMIT);
    for (size_t i = 1; i + 2 < line->count && !text.over; i += 2)
        buf_printf(&text, "%s" STR_FMT "=" STR_FMT, text.len ? ", " : "", STR_ARG(line->args[i]),
                   STR_ARG(line->args[i + 1]));
    (void)arena_try_copy(client->arena, buf_str(&text), &kept);
    buf_finish(&text);
    return kept;
}

static void run_id(struct client *client, const struct imap_line *line)
{
    bool list = str_eq(line->args[0], STR("(")) && str_eq(line->args[line->count - 1], STR(")"));
    if (!list && !(line->count == 1 && str_eq_nocase(line->args[0], STR("NIL")))) {
        imap_reply(client, line, "BAD ID takes a list or NIL");
        client_error(client);
        return;
    }
    client->client_id = describe(client, line);
    stream_write(client->stream, STR("* ID (\"name\" \"Relais\")\r\n"));
    imap_reply(client, line, "OK ID taken");
}

const struct imap_command imap_id = {"ID", 1, IMAP_ARGS_MAX, run_id};
