/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and writing little-endian integers and counted texts. */
#include "base/cursor.h"

#include <assert.h>
#include <string.h>

struct cursor cursor_over(struct str bytes)
{
    return (struct cursor){.rest = bytes};
}

bool cursor_ok(const struct cursor *cursor)
{
    return !cursor->failed;
}

bool cursor_done(const struct cursor *cursor)
{
    return !cursor->failed && cursor->rest.len == 0;
}

void cursor_fail(struct cursor *cursor)
{
    cursor->failed = true;
    cursor->rest.len = 0;
}

struct str cursor_bytes(struct cursor *cursor, size_t len)
{
    if (len > cursor->rest.len) {
        cursor_fail(cursor);
        return (struct str){"", 0};
    }
    struct str bytes = str_sub(cursor->rest, 0, len);
    cursor->rest = str_from(cursor->rest, len);
    return bytes;
}

static uint64_t little_endian(struct cursor *cursor, size_t octets)
{
    struct str bytes = cursor_bytes(cursor, octets);
    uint64_t value = 0;
    for (size_t i = bytes.len; i > 0; i--)
        value = value << 8 | (unsigned char)bytes.at[i - 1];
    return value;
}

uint8_t cursor_u8(struct cursor *cursor)
{
    return (uint8_t)little_endian(cursor, 1);
}

uint16_t cursor_u16(struct cursor *cursor)
{
    return (uint16_t)little_endian(cursor, 2);
}

uint32_t cursor_u32(struct cursor *cursor)
{
    return (uint32_t)little_endian(cursor, 4);
}

uint64_t cursor_u64(struct cursor *cursor)
{
    return little_endian(cursor, 8);
}

uint64_t cursor_varint(struct cursor *cursor)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t octet = cursor_u8(cursor);
        uint64_t group = octet & 0x7f;
        if (group << shift >> shift != group)
            break;
        value |= group << shift;
        if (!(octet & 0x80)) {
            if (octet == 0 && shift > 0)
                break;
            return value;
        }
    }
    cursor_fail(cursor);
    return 0;
}

struct str cursor_text(struct cursor *cursor)
{
    uint64_t len = cursor_varint(cursor);
    if (len > cursor->rest.len) {
        cursor_fail(cursor);
        len = 0;
    }
    return cursor_bytes(cursor, (size_t)len);
}

static void put_little_endian(struct buf *out, uint64_t value, size_t octets)
{
    char bytes[8];
    for (size_t i = 0; i < octets; i++)
        bytes[i] = (char)(value >> (8 * i));
    buf_add_bytes(out, bytes, octets);
}

void put_u8(struct buf *out, uint8_t value)
{
    put_little_endian(out, value, 1);
}

void put_u16(struct buf *out, uint16_t value)
{
    put_little_endian(out, value, 2);
}

void put_u32(struct buf *out, uint32_t value)
{
    put_little_endian(out, value, 4);
}

void put_u64(struct buf *out, uint64_t value)
{
    put_little_endian(out, value, 8);
}

void put_varint(struct buf *out, uint64_t value)
{
    char bytes[10];
    size_t len = 0;
    for (; value >= 0x80; value >>= 7)
        bytes[len++] = (char)(value | 0x80);
    bytes[len++] = (char)value;
    buf_add_bytes(out, bytes, len);
}

void put_text(struct buf *out, struct str text)
{
    put_varint(out, text.len);
    buf_add(out, text);
}

void put_u32_at(struct buf *out, size_t at, uint32_t value)
{
    assert(at + 4 <= out->len);
    for (size_t i = 0; i < 4; i++)
        out->at[at + i] = (char)(value >> (8 * i));
}
