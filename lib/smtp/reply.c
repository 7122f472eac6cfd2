/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing and reading replies. */
#include "smtp/reply.h"

#include <stdio.h>

static void write_line(struct stream *stream, int code, char separator, const char *status, struct str line)
{
    char clean[SMTP_REPLY_LINE_LIMIT];
    size_t len = line.len < 1000 ? line.len : 1000;
    for (size_t i = 0; i < len; i++)
        clean[i] = (unsigned char)line.at[i] < 0x20 || line.at[i] == 0x7f ? '?' : line.at[i];
    if (status)
        stream_printf(stream, "%d%c%s %.*s\r\n", code, separator, status, (int)len, clean);
    else
        stream_printf(stream, "%d%c%.*s\r\n", code, separator, (int)len, clean);
}

void smtp_reply_write(struct stream *stream, int code, const char *status, struct str text)
{
    struct str line;
    if (!text.at)
        text = STR("");
    while (str_cut(&text, '\n', &line))
        write_line(stream, code, text.at ? '-' : ' ', status, line);
}

void smtp_reply_verdict(struct stream *stream, const struct verdict *verdict)
{
    char status[12];
    smtp_reply_write(stream, verdict->code, verdict_status(verdict, status), str_of(verdict->text));
}

void smtp_reply_init(struct smtp_reply *reply)
{
    reply->code = 0;
    buf_init(&reply->text, (size_t)SMTP_REPLY_LINE_LIMIT * SMTP_REPLY_LINES);
}

void smtp_reply_finish(struct smtp_reply *reply)
{
    buf_finish(&reply->text);
}

/* "250-text", "250 text" or "250" (RFC 5321 4.2.1 allows no text). */
static bool read_line(struct str line, int *code, bool *last, struct str *text)
{
    while (line.len && (line.at[line.len - 1] == '\n' || line.at[line.len - 1] == '\r'))
        line.len--;
    if (line.len < 3 || !char_is_digit(line.at[0]) || !char_is_digit(line.at[1]) ||
        !char_is_digit(line.at[2]) || line.at[0] < '2' || line.at[0] > '5')
        return false;
    *code = (line.at[0] - '0') * 100 + (line.at[1] - '0') * 10 + (line.at[2] - '0');
    if (line.len > 3 && line.at[3] != ' ' && line.at[3] != '-')
        return false;
    *last = line.len == 3 || line.at[3] == ' ';
    *text = str_from(line, 4);
    return true;
}

enum stream_status smtp_reply_read(struct stream *stream, struct smtp_reply *reply)
{
    bool last = false;
    reply->code = 0;
    buf_clear(&reply->text);
    for (size_t lines = 0; !last; lines++) {
        struct str line, text;
        int code;
        enum stream_status status = stream_line(stream, SMTP_REPLY_LINE_LIMIT, &line);
        if (status != STREAM_OK)
            return status == STREAM_TOO_LONG ? STREAM_ERROR : status;
        if (lines == SMTP_REPLY_LINES || !read_line(line, &code, &last, &text) ||
            (reply->code && reply->code != code))
            return STREAM_ERROR;
        reply->code = code;
        if (lines)
            buf_add_char(&reply->text, '\n');
        buf_add(&reply->text, text);
    }
    return STREAM_OK;
}

void smtp_reply_to_verdict(const struct smtp_reply *reply, struct verdict *verdict)
{
    char joined[VERDICT_TEXT_LIMIT];
    size_t len = 0;
    struct str rest = buf_str(&reply->text), line;
    int class_digit, subject, detail;
    bool first = true;
    if (!rest.at)
        rest = STR("");
    while (str_cut(&rest, '\n', &line)) {
        struct str words = line;
        if (!first)
            verdict_parse_status(line, &class_digit, &subject, &detail, &words);
        int added =
            snprintf(joined + len, sizeof joined - len, "%s" STR_FMT, first ? "" : " ", STR_ARG(words));
        if (added < 0 || (size_t)added >= sizeof joined - len) {
            len = sizeof joined - 1;
            break;
        }
        len += (size_t)added;
        first = false;
    }
    verdict_from_reply(verdict, reply->code, str_make(joined, len));
}
