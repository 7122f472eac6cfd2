/* SPDX-License-Identifier: BSD-2-Clause */
/* xtext, strict. */
#include "base/xtext.h"

static bool stands_for_itself(char c)
{
    return c >= '!' && c <= '~' && c != '+' && c != '=';
}

bool xtext_encode(struct str octets, struct buf *out)
{
    for (size_t i = 0; i < octets.len; i++) {
        if (stands_for_itself(octets.at[i]))
            buf_add_char(out, octets.at[i]);
        else
            buf_printf(out, "+%02X", (unsigned char)octets.at[i]);
    }
    return !out->over;
}

static int hex_value(char c)
{
    return char_is_digit(c) ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool xtext_decode(struct str text, struct arena *arena, struct str *octets)
{
    char *out = arena_try_get(arena, text.len + 1);
    size_t len = 0;
    if (!out)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (stands_for_itself(text.at[i])) {
            out[len++] = text.at[i];
            continue;
        }
        int high = i + 2 < text.len ? hex_value(text.at[i + 1]) : -1;
        int low = i + 2 < text.len ? hex_value(text.at[i + 2]) : -1;
        if (text.at[i] != '+' || high < 0 || low < 0)
            return false;
        out[len++] = (char)(high << 4 | low);
        i += 2;
    }
    *octets = str_make(out, len);
    return true;
}
