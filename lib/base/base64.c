/* SPDX-License-Identifier: BSD-2-Clause */
/* Base 64, strict. */
#include "base/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool base64_encode(struct str octets, struct buf *out)
{
    for (size_t i = 0; i < octets.len; i += 3) {
        struct str three = str_sub(octets, i, 3);
        uint32_t bits = 0;
        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (k < three.len ? (unsigned char)three.at[k] : 0);
        char group[4] = {alphabet[bits >> 18], alphabet[bits >> 12 & 63],
                         three.len > 1 ? alphabet[bits >> 6 & 63] : '=',
                         three.len > 2 ? alphabet[bits & 63] : '='};
        buf_add_bytes(out, group, sizeof group);
    }
    return !out->over;
}

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (char_is_digit(c))
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* One group of four, of which the last in the text may end in one or two '='. */
static bool decode_group(struct str group, bool last, struct buf *out)
{
    size_t padding = last ? (group.at[3] == '=') + (group.at[3] == '=' && group.at[2] == '=') : 0;
    uint32_t bits = 0;
    for (size_t i = 0; i < 4; i++) {
        int value = i < 4 - padding ? value_of(group.at[i]) : 0;
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
    }
    if (padding && bits & ((padding == 1 ? 0xffu : 0xffffu)))
        return false;
    char octets[3] = {(char)(bits >> 16), (char)(bits >> 8), (char)bits};
    return buf_add_bytes(out, octets, 3 - padding);
}

bool base64_decode(struct str text, struct buf *out)
{
    if (text.len % 4)
        return false;
    for (size_t i = 0; i < text.len; i += 4)
        if (!decode_group(str_sub(text, i, 4), i + 4 == text.len, out))
            return false;
    return true;
}
