/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a command: the line, the literals in it (RFC 3501 4.3, RFC 7888), the lines behind them. */
#include <string.h>

#include "login/imap.h"

static bool is_atom_char(char c)
{
    return (unsigned char)c > ' ' && c != 0x7f && !strchr("(){\"", c);
}

/* False when the budget is spent. */
static bool add(struct client *client, struct imap_line *line, struct str word)
{
    struct str copy = {"", 0};
    if (line->count == IMAP_ARGS_MAX || !arena_try_copy(client->arena, word, &copy)) {
        line->bad = true;
        return false;
    }
    line->args[line->count++] = copy;
    return true;
}

/* RFC 3501 9 quoted: a backslash in front of '"' and '\\' only. */
static bool take_quoted(struct client *client, struct imap_line *line, struct str *rest)
{
    struct buf text;
    size_t i = 1;
    bool good = true;
    buf_init(&text, CLIENT_LINE_LIMIT);
    for (; i < rest->len && rest->at[i] != '"' && good; i++) {
        if (rest->at[i] == '\\' && ++i < rest->len)
            good = rest->at[i] == '"' || rest->at[i] == '\\';
        if (i < rest->len)
            buf_add_char(&text, rest->at[i]);
    }
    good = good && i < rest->len && add(client, line, buf_str(&text));
    *rest = str_from(*rest, i + 1);
    buf_finish(&text);
    return good;
}

/* "{12}" or "{12+}" at the end of a line. */
static bool is_literal(struct str rest, uint64_t *octets, bool *waits)
{
    if (!str_starts(rest, STR("{")) || !str_ends(rest, STR("}")))
        return false;
    struct str number = str_sub(rest, 1, rest.len - 2);
    *waits = !str_ends(number, STR("+"));
    if (!*waits)
        number.len--;
    return str_to_u64(number, octets);
}

static void take_word(struct client *client, struct imap_line *line, struct str *rest)
{
    size_t len = 0;
    if (rest->at[0] == '"') {
        if (!take_quoted(client, line, rest))
            line->bad = true;
        return;
    }
    if (rest->at[0] == '(' || rest->at[0] == ')')
        len = 1;
    else
        while (len < rest->len && is_atom_char(rest->at[len]))
            len++;
    if (len == 0 || !add(client, line, str_sub(*rest, 0, len)))
        line->bad = true;
    *rest = str_from(*rest, len);
}

/* Words up to the line's end or a literal. */
static void take_words(struct client *client, struct imap_line *line, struct str *rest)
{
    uint64_t octets;
    bool waits;
    while (rest->len > 0 && !line->bad) {
        if (rest->at[0] == ' ')
            *rest = str_from(*rest, 1);
        else if (is_literal(*rest, &octets, &waits))
            return;
        else
            take_word(client, line, rest);
    }
}

static bool take_literal(struct client *client, struct imap_line *line, uint64_t octets, bool waits)
{
    bool login = str_eq_nocase(line->name, STR("LOGIN")) || str_eq_nocase(line->name, STR("AUTHENTICATE"));
    uint64_t limit = login ? IMAP_LOGIN_LITERAL_LIMIT : IMAP_LITERAL_LIMIT;
    if (octets > limit && !waits) {
        client->server->protocol->bye(client, "Literal too large before login");
        client->end = "literal too large";
        client->over = true;
        return false;
    }
    if (octets > limit) {
        line->bad = true;
        return false;
    }
    if (!client_spend(client, (size_t)octets))
        return false;
    if (waits)
        stream_write(client->stream, STR("+ OK\r\n"));
    char *text = arena_try_get(client->arena, (size_t)octets + 1);
    if (!text || stream_read(client->stream, text, (size_t)octets) != STREAM_OK) {
        client->over = true;
        return false;
    }
    struct str word = str_make(text, (size_t)octets);
    line->bad = line->bad || line->count == IMAP_ARGS_MAX || str_contains(word, '\0');
    if (!line->bad)
        line->args[line->count++] = word;
    return true;
}

/* Tag and name, RFC 3501 9 (a tag has no '+'). */
static void take_head(struct client *client, struct imap_line *line, struct str *rest)
{
    struct imap_line head = {.count = 0};
    for (size_t i = 0; i < 2 && rest->len > 0 && !head.bad; i++) {
        take_word(client, &head, rest);
        if (rest->len > 0 && rest->at[0] == ' ')
            *rest = str_from(*rest, 1);
    }
    line->bad =
        head.bad || head.count < 2 || str_contains(head.args[0], '+') || str_starts(head.args[0], STR("("));
    if (head.count > 0 && !str_contains(head.args[0], '+'))
        line->tag = head.args[0];
    if (head.count > 1)
        line->name = head.args[1];
}

bool imap_read(struct client *client, struct imap_line *line)
{
    struct str rest;
    uint64_t octets;
    bool waits;
    *line = (struct imap_line){.tag = STR("*"), .name = STR("")};
    if (!client_line(client, &rest)) {
        line->bad = true;
        return !client->over && stream_status(client->stream) == STREAM_OK;
    }
    take_head(client, line, &rest);
    for (;;) {
        take_words(client, line, &rest);
        if (line->bad || rest.len == 0)
            return true;
        if (!is_literal(rest, &octets, &waits) || !take_literal(client, line, octets, waits))
            return !client->over;
        if (!client_line(client, &rest))
            return false;
    }
}
