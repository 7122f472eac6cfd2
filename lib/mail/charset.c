/* SPDX-License-Identifier: BSD-2-Clause */
/* Charsets to UTF-8: what mail has is built in (charset_points.def), the rest is iconv(3)'s. */
#include "mail/decode.h"

#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "mail/charset_tables.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static void add_utf8(struct str text, struct buf *out)
{
    while (text.len) {
        struct str before = text;
        uint32_t point;
        if (utf8_take(&text, &point)) {
            buf_add(out, str_sub(before, 0, before.len - text.len));
        } else {
            buf_add_text(out, REPLACEMENT);
            text = str_from(text, 1);
        }
    }
}

static void add_latin(struct str text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++)
        utf8_put(out, (unsigned char)text.at[i]);
}

static bool is_charset_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!char_is_alnum(name.at[i]) && !strchr("-_.:+", name.at[i]))
            return false;
    return name.len > 0 && name.len < 60;
}

static void convert(iconv_t converter, struct str text, struct buf *out)
{
    char *in = (char *)(uintptr_t)text.at;
    size_t left = text.len;
    while (left && !out->over) {
        char piece[512], *to = piece;
        size_t room = sizeof piece;
        size_t done = iconv(converter, &in, &left, &to, &room);
        buf_add_bytes(out, piece, sizeof piece - room);
        if (done == (size_t)-1 && errno != E2BIG) {
            buf_add_text(out, REPLACEMENT);
            in++;
            left--;
        }
    }
    char rest[64], *to = rest; /* what the converter still holds back */
    size_t room = sizeof rest;
    if (iconv(converter, NULL, NULL, &to, &room) != (size_t)-1)
        buf_add_bytes(out, rest, sizeof rest - room);
}

bool charset_to_utf8(struct str charset, struct str text, struct buf *out)
{
    char name[64];
    const struct charset_table *table = charset_table_named(charset);
    if (table) {
        charset_table_to_utf8(table, text, out);
        return !out->over;
    }
    if (str_eq_nocase(charset, STR("iso-8859-1"))) {
        add_latin(text, out);
        return !out->over;
    }
    if (str_eq_nocase(charset, STR("utf-8")) || str_eq_nocase(charset, STR("us-ascii"))) {
        add_utf8(text, out);
        return !out->over;
    }
    if (!is_charset_name(charset))
        return false;
    snprintf(name, sizeof name, STR_FMT, STR_ARG(charset));
    iconv_t converter = iconv_open("UTF-8", name);
    if (converter == (iconv_t)-1)
        return false;
    convert(converter, text, out);
    iconv_close(converter);
    return !out->over;
}
