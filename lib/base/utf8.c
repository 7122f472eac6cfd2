/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and writing UTF-8. */
#include "base/utf8.h"

enum { REPLACEMENT = 0xfffd };

bool utf8_is_ascii(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.at[i] > 0x7f)
            return false;
    return true;
}

static bool is_code_point(uint32_t point)
{
    return point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
}

bool utf8_take(struct str *s, uint32_t *point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (s->len == 0)
        return false;
    unsigned char first = (unsigned char)s->at[0];
    size_t len = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    uint32_t value = len == 1 ? first : first & (0x7fu >> len);
    if ((first >= 0x80 && first < 0xc2) || first > 0xf4 || s->len < len)
        return false;
    for (size_t i = 1; i < len; i++) {
        unsigned char next = (unsigned char)s->at[i];
        if ((next & 0xc0) != 0x80)
            return false;
        value = value << 6 | (next & 0x3f);
    }
    if ((len > 1 && value < least[len]) || !is_code_point(value))
        return false;
    *point = value;
    *s = str_from(*s, len);
    return true;
}

bool utf8_valid(struct str s)
{
    uint32_t point;
    while (s.len)
        if (!utf8_take(&s, &point))
            return false;
    return true;
}

bool utf8_is_control(uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point <= 0x9f);
}

bool utf8_put(struct buf *out, uint32_t point)
{
    char octets[4];
    size_t len;
    if (!is_code_point(point))
        point = REPLACEMENT;
    len = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--, point >>= 6)
        octets[i] = (char)(0x80 | (point & 0x3f));
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    octets[0] = (char)(lead[len] | point);
    return buf_add_bytes(out, octets, len);
}
