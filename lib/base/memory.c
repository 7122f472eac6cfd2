/* SPDX-License-Identifier: BSD-2-Clause */
/* Allocation that cannot fail: see the header. */
#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void out_of_memory(size_t size)
{
    fprintf(stderr, "fatal: out of memory (%zu octets asked)\n", size);
    abort();
}

void *memory_get(size_t size)
{
    return memory_array(1, size);
}

void *memory_array(size_t count, size_t size)
{
    void *at = calloc(count ? count : 1, size ? size : 1);
    if (!at)
        out_of_memory(size);
    return at;
}

void *memory_resize(void *old, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        out_of_memory(SIZE_MAX);
    void *at = realloc(old, total ? total : 1);
    if (!at)
        out_of_memory(total);
    return at;
}

void memory_wipe(void *at, size_t size)
{
    explicit_bzero(at, size);
}
