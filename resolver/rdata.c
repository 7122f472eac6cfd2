/* SPDX-License-Identifier: BSD-2-Clause */
/* Record data: RFC 1035 3.3, RFC 3596 2.2, RFC 6698 2.1. */
#include "resolver/rdata.h"

#include <arpa/inet.h>

#include "base/cursor.h"

enum { NAME_LIMIT = 255, TXT_LIMIT = 16 * 1024 };

/* Labels of letters, digits, '-' and '_' only: what could not be a host's name in a log line or a command is
 * refused. */
static bool label_is_sound(struct str label)
{
    for (size_t i = 0; i < label.len; i++)
        if (!char_is_alnum(label.at[i]) && label.at[i] != '-' && label.at[i] != '_')
            return false;
    return label.len > 0 && label.len <= 63;
}

/* The root is the empty name (RFC 7505: null MX). */
static bool read_name(struct cursor *cursor, struct arena *arena, struct str *name)
{
    struct buf out;
    bool sound = true;
    buf_init(&out, NAME_LIMIT);
    for (;;) {
        uint8_t len = cursor_u8(cursor);
        if (!cursor_ok(cursor) || len == 0)
            break;
        struct str label = cursor_bytes(cursor, len);
        sound = sound && cursor_ok(cursor) && label_is_sound(label);
        if (!sound)
            break;
        if (out.len)
            buf_add_char(&out, '.');
        for (size_t i = 0; i < label.len; i++)
            buf_add_char(&out, char_lower(label.at[i]));
    }
    sound = sound && cursor_done(cursor) && !out.over && arena_try_copy(arena, buf_str(&out), name);
    buf_finish(&out);
    return sound;
}

static bool read_address(int family, struct str octets, struct arena *arena, struct str *text)
{
    char printed[INET6_ADDRSTRLEN];
    return octets.len == (family == AF_INET ? 4 : 16) &&
           inet_ntop(family, octets.at, printed, sizeof printed) &&
           arena_try_copy(arena, str_of(printed), text);
}

/* Strings with a length octet each, joined without anything between (RFC 7208 3.3, RFC 6376 3.6.2.2). */
static bool read_text(struct cursor *cursor, struct arena *arena, struct str *text)
{
    struct buf out;
    buf_init(&out, TXT_LIMIT);
    while (cursor->rest.len) {
        uint8_t len = cursor_u8(cursor);
        buf_add(&out, cursor_bytes(cursor, len));
    }
    bool sound = cursor_done(cursor) && !out.over && arena_try_copy(arena, buf_str(&out), text);
    buf_finish(&out);
    return sound;
}

bool rdata_read(enum dns_type type, struct str octets, struct arena *arena, struct dns_record *record)
{
    struct cursor cursor = cursor_over(octets);
    *record = (struct dns_record){0};
    switch (type) {
    case DNS_A:
        return read_address(AF_INET, octets, arena, &record->data);
    case DNS_AAAA:
        return read_address(AF_INET6, octets, arena, &record->data);
    case DNS_MX: {
        uint16_t high = cursor_u8(&cursor);
        record->preference = (uint64_t)(high << 8 | cursor_u8(&cursor));
        return read_name(&cursor, arena, &record->data);
    }
    case DNS_CNAME:
    case DNS_PTR:
        return read_name(&cursor, arena, &record->data);
    case DNS_TXT:
        return read_text(&cursor, arena, &record->data);
    case DNS_TLSA:
        return octets.len > 3 && arena_try_copy(arena, octets, &record->data);
    }
    return false;
}
