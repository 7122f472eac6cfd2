/* SPDX-License-Identifier: BSD-2-Clause */
/* Content transfer encodings on the way out, octet by octet. */
#include "mail/encode.h"

#include <assert.h>
#include <string.h>

#include "base/base64.h"

enum { BASE64_GROUP = 57 }; /* octets of a base64 line of RECODE_LINE */

void mime_recoder_init(struct mime_recoder *recoder, enum mime_recode how, size_t limit)
{
    assert(limit <= MIME_FOLD_LIMIT);
    recoder->how = how;
    recoder->limit = limit;
    recoder->question = false;
    recoder->column = recoder->held_count = 0;
}

static bool is_wide(char c)
{
    return (unsigned char)c >= 0x80;
}

static void hold(struct mime_recoder *recoder, char c)
{
    recoder->held[recoder->held_count++] = c;
}

static char last_held(const struct mime_recoder *recoder)
{
    return recoder->held_count ? recoder->held[recoder->held_count - 1] : '\0';
}

static void new_line(struct mime_recoder *recoder, struct buf *out)
{
    buf_add_text(out, "\r\n");
    recoder->column = 0;
}

/* Octets that stay on one line; a soft line break goes before them when there is no room for them and '='. */
static void add_unit(struct mime_recoder *recoder, struct str unit, struct buf *out)
{
    if (recoder->column + unit.len > RECODE_LINE - 1) {
        buf_add_char(out, '=');
        new_line(recoder, out);
    }
    buf_add(out, unit);
    recoder->column += unit.len;
}

static void add_escaped(struct mime_recoder *recoder, char c, struct buf *out)
{
    static const char digits[] = "0123456789ABCDEF";
    char unit[3] = {'=', digits[(unsigned char)c >> 4], digits[(unsigned char)c & 15]};
    add_unit(recoder, str_make(unit, 3), out);
}

/* --- quoted-printable (RFC 2045 6.7) --- */

static void add_octet(struct mime_recoder *recoder, char c, struct buf *out)
{
    if (c == '\t' || (char_is_print(c) && c != '='))
        add_unit(recoder, str_make(&c, 1), out);
    else
        add_escaped(recoder, c, out);
}

/* A blank, a CR or both are held until it is known whether they end a line; a blank that does is escaped. */
static void quote(struct mime_recoder *recoder, char c, struct buf *out)
{
    bool after_return = last_held(recoder) == '\r';
    if (c == '\n' && after_return) {
        if (recoder->held_count == 2)
            add_escaped(recoder, recoder->held[0], out);
        new_line(recoder, out);
        recoder->held_count = 0;
        return;
    }
    if (c == '\r' && !after_return) {
        hold(recoder, c);
        return;
    }
    for (size_t i = 0; i < recoder->held_count; i++)
        add_octet(recoder, recoder->held[i], out);
    recoder->held_count = 0;
    if (c == ' ' || c == '\t' || c == '\r')
        hold(recoder, c);
    else
        add_octet(recoder, c, out);
}

static void end_quote(struct mime_recoder *recoder, struct buf *out)
{
    for (size_t i = 0; i < recoder->held_count; i++)
        add_escaped(recoder, recoder->held[i], out);
}

/* --- quoted-printable that is not sound: an escape stays whole, all else is as it was --- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_hex(char c)
{
    uint64_t value;
    return str_hex_to_u64(str_make(&c, 1), &value);
}

static void let_go(struct mime_recoder *recoder, struct buf *out)
{
    for (size_t i = 0; i < recoder->held_count; i++)
        add_unit(recoder, str_make(&recoder->held[i], 1), out);
    recoder->held_count = 0;
}

static void quote_again(struct mime_recoder *recoder, char c, struct buf *out)
{
    bool escape = recoder->held_count && recoder->held[0] == '=';
    if (escape && is_hex(c)) {
        hold(recoder, c);
        if (recoder->held_count < 3)
            return;
        add_unit(recoder, str_make(recoder->held, 3), out);
        recoder->held_count = 0;
        return;
    }
    if (escape && recoder->held_count == 1 && c == '\r') { /* a soft line break: its '=' fits */
        buf_add_char(out, '=');
        recoder->held_count = 0;
        hold(recoder, c);
        return;
    }
    bool blanks = recoder->held_count && is_blank(recoder->held[0]),
         after_return = last_held(recoder) == '\r';
    if (after_return && c == '\n') { /* blanks at the end of a line are none (RFC 2045 6.7 (3)) */
        recoder->held_count = 0;
        new_line(recoder, out);
        return;
    }
    bool goes_on = blanks && !after_return && recoder->held_count < MIME_FOLD_LIMIT;
    if (!goes_on || !(is_blank(c) || c == '\r'))
        let_go(recoder, out);
    if (c == '=' || c == '\r' || is_blank(c))
        hold(recoder, c);
    else if (is_wide(c))
        add_escaped(recoder, c, out);
    else
        add_unit(recoder, str_make(&c, 1), out);
}

/* --- base64 (RFC 2045 6.8): lines end between groups, not behind the last --- */

static void flush_base64(struct mime_recoder *recoder, struct buf *out)
{
    if (recoder->column)
        new_line(recoder, out);
    base64_encode(str_make(recoder->held, recoder->held_count), out);
    recoder->column = 1;
    recoder->held_count = 0;
}

static void base64(struct mime_recoder *recoder, char c, struct buf *out)
{
    if (recoder->held_count == BASE64_GROUP)
        flush_base64(recoder, out);
    hold(recoder, c);
}

static void base64_again(struct mime_recoder *recoder, char c, struct buf *out)
{
    if (is_wide(c))
        return;
    if (recoder->column == RECODE_LINE && c != '\r' && c != '\n')
        new_line(recoder, out);
    buf_add_char(out, c);
    recoder->column = c == '\n' ? 0 : recoder->column + (c != '\r');
}

/* --- folding --- */

static void fold_body(struct mime_recoder *recoder, char c, struct buf *out)
{
    if (recoder->question && is_wide(c))
        c = '?';
    if (recoder->limit && recoder->column == recoder->limit && c != '\r' && c != '\n') {
        buf_add_text(out, "\r\n ");
        recoder->column = 1;
    }
    buf_add_char(out, c);
    recoder->column = c == '\n' ? 0 : recoder->column + (c != '\r');
}

/* Where a line of a header may end (RFC 5322 2.2.3): before its last blank that has something before it; 0:
 * nowhere. */
static size_t fold_at(const struct mime_recoder *recoder)
{
    size_t at = 0;
    bool text = false;
    for (size_t i = 0; i < recoder->held_count; i++) {
        bool blank = recoder->held[i] == ' ' || recoder->held[i] == '\t';
        if (blank && text)
            at = i;
        text |= !blank;
    }
    return at;
}

static void fold_header(struct mime_recoder *recoder, char c, struct buf *out)
{
    bool full = recoder->limit && recoder->held_count == recoder->limit;
    if (c == '\n' || !recoder->limit) {
        buf_add_bytes(out, recoder->held, recoder->held_count);
        recoder->held_count = 0;
        buf_add_char(out, c);
        return;
    }
    if (full && c != '\r') {
        size_t at = fold_at(recoder);
        size_t sent = at ? at : recoder->held_count;
        buf_add_bytes(out, recoder->held, sent);
        buf_add_text(out, "\r\n");
        recoder->held_count -= sent;
        memmove(recoder->held, recoder->held + sent, recoder->held_count);
        if (!at)
            hold(recoder, ' ');
    }
    /* A CR that does not end the line, or more than one. */
    if (recoder->limit && recoder->held_count > recoder->limit) {
        buf_add_bytes(out, recoder->held, recoder->held_count);
        recoder->held_count = 0;
    }
    hold(recoder, c);
}

/* --- all of them --- */

void mime_recode(struct mime_recoder *recoder, struct str piece, struct buf *out)
{
    static void (*const step[])(struct mime_recoder *, char, struct buf *) = {
        [RECODE_QUOTED] = quote,
        [RECODE_BASE64] = base64,
        [RECODE_QUOTED_AGAIN] = quote_again,
        [RECODE_BASE64_AGAIN] = base64_again,
        [RECODE_FOLD_BODY] = fold_body,
        [RECODE_FOLD_HEADER] = fold_header,
    };
    for (size_t i = 0; i < piece.len; i++)
        step[recoder->how](recoder, piece.at[i], out);
}

void mime_recode_end(struct mime_recoder *recoder, struct buf *out)
{
    if (recoder->how == RECODE_BASE64 && recoder->held_count)
        flush_base64(recoder, out);
    else if (recoder->how == RECODE_QUOTED)
        end_quote(recoder, out);
    else if (recoder->how != RECODE_QUOTED_AGAIN)
        buf_add_bytes(out, recoder->held, recoder->held_count);
    else if (recoder->held_count && !is_blank(recoder->held[0]))
        let_go(recoder, out);
    recoder->held_count = 0;
}
