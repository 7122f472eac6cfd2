/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading all mail of one user after the other: POP3 (RFC 1939) and IMAP (RFC 3501). */
#include "load.h"

/* --- POP3 --- */

static bool ask_pop3(struct load *load, struct stream *stream, const char *doing, struct str *line)
{
    if (load_line(stream, line) && str_starts(*line, STR("+OK")))
        return true;
    load_fail(load, doing, *line);
    return false;
}

/* Reads to the line with a lone dot, counting octets. */
static bool read_multiline(struct load *load, struct stream *stream)
{
    struct str line;
    while (stream_line(stream, LOAD_LINE_LIMIT, &line) == STREAM_OK) {
        if (str_eq(line, STR(".\r\n")))
            return true;
        load->octets += line.len;
    }
    load_fail(load, "RETR", str_of(stream_error(stream)));
    return false;
}

static bool read_pop3(struct load *load, struct stream *stream, unsigned user)
{
    struct str line, word;
    uint64_t count;
    if (!ask_pop3(load, stream, "greeting", &line))
        return false;
    stream_printf(stream, "USER user%u@%s\r\n", user, load->domain);
    if (!ask_pop3(load, stream, "USER", &line))
        return false;
    stream_printf(stream, "PASS %s\r\n", load->password);
    if (!ask_pop3(load, stream, "PASS", &line))
        return false;
    stream_write(stream, STR("STAT\r\n"));
    if (!ask_pop3(load, stream, "STAT", &line) || !str_word(&line, " ", &word) || !str_word(&line, " ", &word) ||
        !str_to_u64(word, &count))
        return false;
    for (uint64_t i = 1; i <= count; i++) {
        stream_printf(stream, "RETR %llu\r\n", (unsigned long long)i);
        if (!ask_pop3(load, stream, "RETR", &line) || !read_multiline(load, stream))
            return false;
    }
    stream_write(stream, STR("QUIT\r\n"));
    return ask_pop3(load, stream, "QUIT", &line);
}

/* --- IMAP --- */

/* Takes len octets of a literal. */
static bool take_literal(struct load *load, struct stream *stream, uint64_t len)
{
    load->octets += len;
    while (len > 0) {
        if (stream_fill(stream, 1) != STREAM_OK)
            return false;
        size_t some = stream_buffered(stream).len;
        some = some < len ? some : (size_t)len;
        stream_take(stream, some);
        len -= some;
    }
    return true;
}

/* Reads to the tagged OK, taking literals on the way. */
static bool await_tag(struct load *load, struct stream *stream, const char *doing)
{
    struct str line;
    uint64_t len;
    while (load_line(stream, &line)) {
        if (str_starts(line, STR("a ")) && str_starts(str_from(line, 2), STR("OK")))
            return true;
        if (str_starts(line, STR("a ")))
            break;
        size_t brace = str_find_last(line, '{');
        if (str_ends(line, STR("}")) && brace != SIZE_MAX &&
            str_to_u64(str_sub(line, brace + 1, line.len - brace - 2), &len) && !take_literal(load, stream, len))
            break;
    }
    load_fail(load, doing, line);
    return false;
}

static bool read_imap(struct load *load, struct stream *stream, unsigned user)
{
    struct str line;
    if (!load_line(stream, &line))
        return false;
    stream_printf(stream, "a LOGIN user%u@%s %s\r\n", user, load->domain, load->password);
    if (!await_tag(load, stream, "LOGIN"))
        return false;
    stream_write(stream, STR("a SELECT INBOX\r\n"));
    if (!await_tag(load, stream, "SELECT"))
        return false;
    stream_write(stream, STR("a FETCH 1:* (UID FLAGS BODY.PEEK[])\r\n"));
    if (!await_tag(load, stream, "FETCH"))
        return false;
    stream_write(stream, STR("a LOGOUT\r\n"));
    return await_tag(load, stream, "LOGOUT");
}

/* --- both --- */

static void read_mailboxes(struct load *load, bool (*read)(struct load *, struct stream *, unsigned))
{
    unsigned number;
    while (load_take(load, &number)) {
        int64_t began = load_now_us();
        struct stream *stream = load_connect(load);
        if (!stream)
            return;
        if (read(load, stream, number % load->users + 1))
            load_done(load, began);
        stream_destroy(stream);
    }
}

void load_read_pop3(void *arg)
{
    read_mailboxes(arg, read_pop3);
}

void load_read_imap(void *arg)
{
    read_mailboxes(arg, read_imap);
}
