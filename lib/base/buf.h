/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A growing buffer with a mandatory limit. What would pass the limit is refused and the buffer remembers it:
 * `over` stays true until buf_clear, so a writer may add many pieces and look once at the end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include "base/str.h"

struct buf {
    char *at;     /* owned; NULL until the first octet */
    size_t len;   /* octets used */
    size_t cap;   /* octets allocated */
    size_t limit; /* len never passes this */
    bool over;    /* something was refused */
};

/* An empty buffer that will hold at most limit octets. Allocates nothing. */
void buf_init(struct buf *buf, size_t limit);
/* Frees the octets; the buffer may be used again as after buf_init with the same limit. */
void buf_finish(struct buf *buf);
/* Forgets the octets and `over`, keeps the memory. */
void buf_clear(struct buf *buf);

/* What is in it; valid until the next change. */
struct str buf_str(const struct buf *buf);
/* The octets with a NUL behind them (the NUL does not count); valid until the next change. */
const char *buf_cstr(struct buf *buf);

/* All return false, add nothing and set `over` when the limit would be passed. */
bool buf_add(struct buf *buf, struct str s);
bool buf_add_bytes(struct buf *buf, const void *at, size_t len);
bool buf_add_text(struct buf *buf, const char *text);
bool buf_add_char(struct buf *buf, char c);
bool buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool buf_vprintf(struct buf *buf, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* Room for len more octets to be written at buf->at + buf->len by the caller, who then adds to len; NULL over
 * the limit. */
char *buf_room(struct buf *buf, size_t len);
/* Takes len octets off the front. */
void buf_consume(struct buf *buf, size_t len);

#endif
