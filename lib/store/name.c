/* SPDX-License-Identifier: BSD-2-Clause */
/* Mailbox names: modified UTF-7 (RFC 3501 5.1.3), UTF-8 and Maildir++ directories. See the header. */
#include "store/name.h"

#include <string.h>

#include "base/utf8.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/* --- modified UTF-7 --- */

static bool is_direct(uint32_t point)
{
    return point >= 0x20 && point < 0x7f && point != '&';
}

/* Bits waiting to become base64 digits. */
struct shifter {
    uint32_t bits;
    unsigned count;
};

static bool shift_unit(struct shifter *shifter, uint16_t unit, struct buf *wire)
{
    shifter->bits = shifter->bits << 16 | unit;
    shifter->count += 16;
    while (shifter->count >= 6) {
        shifter->count -= 6;
        if (!buf_add_char(wire, alphabet[shifter->bits >> shifter->count & 63]))
            return false;
    }
    shifter->bits &= (1u << shifter->count) - 1;
    return true;
}

static bool shift_point(struct shifter *shifter, uint32_t point, struct buf *wire)
{
    if (point < 0x10000)
        return shift_unit(shifter, (uint16_t)point, wire);
    point -= 0x10000;
    return shift_unit(shifter, (uint16_t)(0xd800 | point >> 10), wire) &&
           shift_unit(shifter, (uint16_t)(0xdc00 | (point & 0x3ff)), wire);
}

static bool shift_end(struct shifter *shifter, struct buf *wire)
{
    if (shifter->count && !buf_add_char(wire, alphabet[shifter->bits << (6 - shifter->count) & 63]))
        return false;
    return buf_add_char(wire, '-');
}

bool mailbox_name_encode(struct str utf8, struct buf *wire)
{
    struct shifter shifter = {0, 0};
    bool shifted = false;
    uint32_t point;
    while (utf8.len) {
        if (!utf8_take(&utf8, &point))
            return false;
        bool direct = is_direct(point) || (point == '&' && !shifted);
        if (shifted && is_direct(point)) {
            shift_end(&shifter, wire);
            shifted = false;
        }
        if (direct) {
            buf_add(wire, point == '&' ? STR("&-") : str_make(&(char){(char)point}, 1));
            continue;
        }
        if (!shifted) {
            buf_add_char(wire, '&');
            shifter = (struct shifter){0, 0};
            shifted = true;
        }
        shift_point(&shifter, point, wire);
    }
    if (shifted)
        shift_end(&shifter, wire);
    return !wire->over;
}

/* The base64 of one shift, without & and -, to UTF-8. Leftover bits do not matter here: the caller compares
 * with the canonical form. */
static bool decode_shift(struct str digits, struct buf *utf8)
{
    uint32_t bits = 0, high = 0; /* high: a surrogate that waits for its other half */
    unsigned count = 0;
    for (size_t i = 0; i < digits.len; i++) {
        const char *place = digits.at[i] ? strchr(alphabet, digits.at[i]) : NULL;
        if (!place)
            return false;
        bits = (bits << 6 | (uint32_t)(place - alphabet)) & 0x3fffff;
        count += 6;
        if (count < 16)
            continue;
        count -= 16;
        uint32_t unit = bits >> count & 0xffff;
        if (high) {
            if (unit >> 10 != 0x37)
                return false;
            utf8_put(utf8, 0x10000 + ((high & 0x3ff) << 10 | (unit & 0x3ff)));
            high = 0;
        } else if (unit >> 10 == 0x36) {
            high = unit;
        } else if (unit >> 10 == 0x37) {
            return false;
        } else {
            utf8_put(utf8, unit);
        }
    }
    return high == 0;
}

static bool decode_loosely(struct str wire, struct buf *utf8)
{
    while (wire.len) {
        if (wire.at[0] != '&') {
            if (!is_direct((unsigned char)wire.at[0]))
                return false;
            buf_add_char(utf8, wire.at[0]);
            wire = str_from(wire, 1);
            continue;
        }
        size_t end = str_find(wire, '-');
        if (end == SIZE_MAX)
            return false;
        if (end == 1)
            buf_add_char(utf8, '&');
        else if (!decode_shift(str_sub(wire, 1, end - 1), utf8))
            return false;
        wire = str_from(wire, end + 1);
    }
    return !utf8->over;
}

bool mailbox_name_decode(struct str wire, struct buf *utf8)
{
    struct buf again;
    buf_init(&again, wire.len);
    size_t start = utf8->len;
    bool canonical = decode_loosely(wire, utf8) &&
                     mailbox_name_encode(str_from(buf_str(utf8), start), &again) &&
                     str_eq(buf_str(&again), wire);
    buf_finish(&again);
    if (!canonical)
        utf8->len = start;
    return canonical;
}

/* --- which names we take --- */

static bool characters_are_fine(struct str name)
{
    uint32_t point;
    while (name.len) {
        if (!utf8_take(&name, &point))
            return false;
        bool control = point < 0x20 || (point >= 0x7f && point < 0xa0);
        bool line_end = point == 0x2028 || point == 0x2029;
        if (control || line_end || point == '%' || point == '*' || (point & 0xfffe) == 0xfffe)
            return false;
    }
    return true;
}

bool mailbox_name_is_valid(struct str name)
{
    struct str rest = name, level;
    size_t depth = 0;
    if (name.len == 0 || name.len > MAILBOX_NAME_LIMIT || name.at[0] == '#' || !characters_are_fine(name))
        return false;
    while (str_cut(&rest, '/', &level)) {
        if (level.len == 0 || ++depth > MAILBOX_DEPTH_LIMIT)
            return false;
    }
    struct buf dir;
    buf_init(&dir, MAILBOX_DIR_LIMIT);
    bool fits = mailbox_name_to_dir(name, &dir);
    buf_finish(&dir);
    return fits;
}

bool mailbox_name_is_inbox(struct str name)
{
    return str_eq_nocase(name, STR("INBOX"));
}

bool mailbox_name_canonical(struct str name, struct buf *out)
{
    if (name.len > 1 && name.at[name.len - 1] == '/')
        name.len--;
    if (!mailbox_name_is_valid(name))
        return false;
    bool inbox = str_starts_nocase(name, STR("INBOX")) && (name.len == 5 || name.at[5] == '/');
    return buf_add(out, inbox ? STR("INBOX") : STR("")) && buf_add(out, inbox ? str_from(name, 5) : name);
}

bool mailbox_name_is_below(struct str name, struct str above)
{
    return name.len > above.len && str_starts(name, above) && name.at[above.len] == '/';
}

/* --- directories --- */

bool mailbox_name_to_dir(struct str name, struct buf *dir)
{
    buf_add_text(dir, "Maildir");
    if (str_eq(name, STR("INBOX")))
        return !dir->over;
    buf_add_text(dir, "/");
    struct str level;
    struct buf wire;
    buf_init(&wire, MAILBOX_DIR_LIMIT);
    while (str_cut(&name, '/', &level)) {
        buf_clear(&wire);
        if (!mailbox_name_encode(level, &wire)) {
            dir->over = true;
            break;
        }
        buf_add_char(dir, '.');
        for (size_t i = 0; i < wire.len; i++)
            buf_add(dir, wire.at[i] == '.' ? STR("&AC4-") : str_make(wire.at + i, 1));
    }
    buf_finish(&wire);
    return !dir->over;
}

static void undot(struct str level, struct buf *wire)
{
    while (level.len) {
        size_t hit = str_find_str(level, STR("&AC4-"));
        buf_add(wire, str_sub(level, 0, hit));
        if (hit == SIZE_MAX)
            return;
        buf_add_char(wire, '.');
        level = str_from(level, hit + 5);
    }
}

bool mailbox_name_from_dir(struct str dir, struct buf *name)
{
    struct buf wire, again;
    buf_init(&wire, MAILBOX_DIR_LIMIT);
    buf_init(&again, MAILBOX_DIR_LIMIT);
    size_t start = name->len;
    struct str rest = str_from(dir, 1), level;
    bool fine = dir.len > 1 && dir.at[0] == '.';
    while (fine && str_cut(&rest, '.', &level)) {
        buf_clear(&wire);
        undot(level, &wire);
        if (name->len > start)
            buf_add_char(name, '/');
        fine = level.len && mailbox_name_decode(buf_str(&wire), name);
    }
    struct str made = str_from(buf_str(name), start);
    fine = fine && mailbox_name_is_valid(made) && mailbox_name_to_dir(made, &again) &&
           str_eq(str_from(buf_str(&again), sizeof "Maildir/" - 1), dir);
    if (!fine)
        name->len = start;
    buf_finish(&again);
    buf_finish(&wire);
    return fine;
}
