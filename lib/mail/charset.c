/* SPDX-License-Identifier: BSD-2-Clause */
/* Charsets to UTF-8: the four that most mail has are built in, the rest is iconv(3)'s. */
#include "mail/decode.h"

#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

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

/* 0x80..0x9f of windows-1252; 0 where it has nothing. */
static const uint16_t windows_1252[32] = {0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                          0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
                                          0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                          0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

static void add_latin(struct str text, bool windows, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char octet = (unsigned char)text.at[i];
        uint32_t code = windows && octet >= 0x80 && octet < 0xa0 ? windows_1252[octet - 0x80] : octet;
        if (octet && !code)
            code = 0xfffd;
        utf8_put(out, code);
    }
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
    bool latin = str_eq_nocase(charset, STR("iso-8859-1"));
    bool windows = str_eq_nocase(charset, STR("windows-1252"));
    if (latin || windows) {
        add_latin(text, windows, out);
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
