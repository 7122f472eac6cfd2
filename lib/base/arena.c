/* SPDX-License-Identifier: BSD-2-Clause */
/* A chain of blocks, newest first; a piece is cut from the newest or gets a block of its own when large. */
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { FIRST_BLOCK = 1024, LARGEST_SHARED_BLOCK = 64 * 1024 };

struct block {
    struct block *older;
    size_t size; /* octets behind this header */
    size_t used;
    alignas(max_align_t) char bytes[];
};

struct arena {
    struct block *newest;
    size_t limit;
    size_t used; /* octets handed out, alignment included */
};

struct arena *arena_create(size_t limit)
{
    struct arena *arena = memory_get(sizeof *arena);
    arena->limit = limit;
    return arena;
}

static void free_blocks_down_to(struct arena *arena, const struct block *keep)
{
    while (arena->newest != keep) {
        struct block *gone = arena->newest;
        arena->newest = gone->older;
        free(gone);
    }
}

void arena_destroy(struct arena *arena)
{
    if (!arena)
        return;
    free_blocks_down_to(arena, NULL);
    free(arena);
}

void arena_reset(struct arena *arena)
{
    struct block *first = arena->newest;
    while (first && first->older)
        first = first->older;
    free_blocks_down_to(arena, first);
    if (first) {
        memset(first->bytes, 0, first->used);
        first->used = 0;
    }
    arena->used = 0;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}

/* What a piece costs: also one of no octets has a place of its own. SIZE_MAX for what cannot be. */
static size_t cost(size_t size)
{
    size_t unit = alignof(max_align_t);
    if (size > SIZE_MAX - unit)
        return SIZE_MAX;
    return size ? (size + unit - 1) / unit * unit : unit;
}

bool arena_has_room(const struct arena *arena, size_t size)
{
    size_t need = cost(size);
    return need < SIZE_MAX && need <= arena->limit - arena->used;
}

static struct block *add_block(struct arena *arena, size_t need)
{
    size_t size = arena->newest ? arena->newest->size * 2 : FIRST_BLOCK;
    if (size > LARGEST_SHARED_BLOCK)
        size = LARGEST_SHARED_BLOCK;
    if (size < need)
        size = need;
    struct block *block = memory_get(sizeof *block + size);
    block->size = size;
    block->older = arena->newest;
    arena->newest = block;
    return block;
}

void *arena_try_get(struct arena *arena, size_t size)
{
    if (!arena_has_room(arena, size))
        return NULL;
    size_t need = cost(size);
    struct block *block = arena->newest;
    if (!block || block->size - block->used < need)
        block = add_block(arena, need);
    void *piece = block->bytes + block->used;
    block->used += need;
    arena->used += need;
    return piece;
}

void *arena_get(struct arena *arena, size_t size)
{
    void *piece = arena_try_get(arena, size);
    assert(piece && "arena limit passed");
    return piece;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    size_t total;
    bool overflow = __builtin_mul_overflow(count, size, &total);
    assert(!overflow);
    return arena_get(arena, total);
}

bool arena_try_copy(struct arena *arena, struct str s, struct str *copy)
{
    char *at = arena_try_get(arena, s.len + 1);
    if (!at)
        return false;
    if (s.len)
        memcpy(at, s.at, s.len);
    *copy = (struct str){at, s.len};
    return true;
}

struct str arena_copy(struct arena *arena, struct str s)
{
    struct str copy;
    bool fits = arena_try_copy(arena, s, &copy);
    assert(fits && "arena limit passed");
    return copy;
}

const char *arena_cstr(struct arena *arena, struct str s)
{
    return arena_copy(arena, s).at;
}

struct str arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(len >= 0);
    char *at = arena_get(arena, (size_t)len + 1);
    vsnprintf(at, (size_t)len + 1, format, again);
    va_end(again);
    return (struct str){at, (size_t)len};
}

struct str arena_lower(struct arena *arena, struct str s)
{
    char *at = arena_get(arena, s.len + 1);
    for (size_t i = 0; i < s.len; i++)
        at[i] = char_lower(s.at[i]);
    return (struct str){at, s.len};
}
