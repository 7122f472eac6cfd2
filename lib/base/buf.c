/* SPDX-License-Identifier: BSD-2-Clause */
/* The growing buffer with a limit. Growth doubles, so adding octet by octet is linear. */
#include "base/buf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void buf_init(struct buf *buf, size_t limit)
{
    *buf = (struct buf){.limit = limit};
}

void buf_finish(struct buf *buf)
{
    free(buf->at);
    buf_init(buf, buf->limit);
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->over = false;
}

struct str buf_str(const struct buf *buf)
{
    return (struct str){buf->at, buf->len};
}

/* One octet more than asked is kept so that buf_cstr always finds room. */
static void grow(struct buf *buf, size_t need)
{
    size_t cap = buf->cap ? buf->cap : 64;
    while (cap < need + 1)
        cap *= 2;
    if (cap == buf->cap)
        return;
    buf->at = memory_resize(buf->at, cap, 1);
    buf->cap = cap;
}

const char *buf_cstr(struct buf *buf)
{
    grow(buf, buf->len);
    buf->at[buf->len] = '\0';
    return buf->at;
}

char *buf_room(struct buf *buf, size_t len)
{
    if (len > buf->limit || buf->len > buf->limit - len) {
        buf->over = true;
        return NULL;
    }
    grow(buf, buf->len + len);
    return buf->at + buf->len;
}

bool buf_add_bytes(struct buf *buf, const void *at, size_t len)
{
    char *room = buf_room(buf, len);
    if (!room)
        return false;
    if (len)
        memcpy(room, at, len);
    buf->len += len;
    return true;
}

bool buf_add(struct buf *buf, struct str s)
{
    return buf_add_bytes(buf, s.at, s.len);
}

bool buf_add_text(struct buf *buf, const char *text)
{
    return buf_add(buf, str_of(text));
}

bool buf_add_char(struct buf *buf, char c)
{
    return buf_add_bytes(buf, &c, 1);
}

bool buf_vprintf(struct buf *buf, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    assert(len >= 0);
    char *room = buf_room(buf, (size_t)len);
    if (room) {
        vsnprintf(room, (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
    return room != NULL;
}

bool buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    bool added = buf_vprintf(buf, format, args);
    va_end(args);
    return added;
}

void buf_consume(struct buf *buf, size_t len)
{
    assert(len <= buf->len);
    if (len && len < buf->len)
        memmove(buf->at, buf->at + len, buf->len - len);
    buf->len -= len;
}
