/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory for what dies together: a session, a transaction, a command. Pieces are never freed alone. An arena
 * has a limit, for that is how a session's budget is kept (DESIGN: promise 4): work on outside data asks
 * arena_has_room (or uses the arena_try_ forms) and refuses the input when the budget is spent; passing the
 * limit with the plain forms is our bug and aborts.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include "base/str.h"

struct arena;

/* An empty arena that may hold limit octets. Small ones cost one page at first use. */
struct arena *arena_create(size_t limit);
void arena_destroy(struct arena *arena); /* NULL is fine */
/* Forgets all pieces, keeps the first block. */
void arena_reset(struct arena *arena);

size_t arena_used(const struct arena *arena);
bool arena_has_room(const struct arena *arena, size_t size);

/* Zeroed, aligned for any type. */
void *arena_get(struct arena *arena, size_t size);
void *arena_array(struct arena *arena, size_t count, size_t size);
/* NULL instead of abort when the budget is spent. */
void *arena_try_get(struct arena *arena, size_t size);
bool arena_try_copy(struct arena *arena, struct str s, struct str *copy);

/* A copy, with a NUL behind it that does not count. */
struct str arena_copy(struct arena *arena, struct str s);
const char *arena_cstr(struct arena *arena, struct str s);
struct str arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct str arena_lower(struct arena *arena, struct str s);

#endif
