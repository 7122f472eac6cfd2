/* SPDX-License-Identifier: BSD-2-Clause */
/* xtext: RFC 3461 4. */
#ifndef BASE_XTEXT_H
#define BASE_XTEXT_H

#include "base/arena.h"
#include "base/buf.h"

/* Every octet outside "!".."~", and '+' and '=', becomes +XX. */
bool xtext_encode(struct str octets, struct buf *out);
/* Strict: upper case hexadecimal, nothing bare that must be encoded; what is encoded without need is taken, as
 * the grammar has it. False on anything else, or when the arena is full. */
bool xtext_decode(struct str text, struct arena *arena, struct str *octets);

#endif
