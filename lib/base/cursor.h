/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The length-checked reader of every binary format of the house, and its writing counterpart. Integers are
 * little-endian. A read past the end makes the cursor fail for good, yields zero, and is asked for once at
 * the end (cursor_ok), so decoders read straight down.
 */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include "base/buf.h"
#include "base/str.h"

struct cursor {
    struct str rest; /* what has not been read */
    bool failed;
};

struct cursor cursor_over(struct str bytes);
bool cursor_ok(const struct cursor *cursor);
/* Everything was read and nothing failed. */
bool cursor_done(const struct cursor *cursor);
void cursor_fail(struct cursor *cursor);

uint8_t cursor_u8(struct cursor *cursor);
uint16_t cursor_u16(struct cursor *cursor);
uint32_t cursor_u32(struct cursor *cursor);
uint64_t cursor_u64(struct cursor *cursor);
/* Base-128, least significant group first, at most 10 octets; only the shortest form is accepted. */
uint64_t cursor_varint(struct cursor *cursor);
/* The next len octets, borrowed. */
struct str cursor_bytes(struct cursor *cursor, size_t len);
/* A varint length and that many octets, borrowed. */
struct str cursor_text(struct cursor *cursor);

void put_u8(struct buf *out, uint8_t value);
void put_u16(struct buf *out, uint16_t value);
void put_u32(struct buf *out, uint32_t value);
void put_u64(struct buf *out, uint64_t value);
void put_varint(struct buf *out, uint64_t value);
void put_text(struct buf *out, struct str text);
/* Overwrites four octets that were put before, at offset `at`. */
void put_u32_at(struct buf *out, size_t at, uint32_t value);

#endif
