/* SPDX-License-Identifier: BSD-2-Clause */
/* A binary heap of things that are due: the earliest is first; any can be taken out in O(log n). */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stddef.h>
#include <stdint.h>

/* Lies first in what is kept; the heap borrows it. */
struct heap_node {
    size_t place;
    int64_t key;
};
struct heap;

struct heap *heap_create(void);
void heap_destroy(struct heap *heap); /* NULL is fine */
size_t heap_count(const struct heap *heap);
/* NULL when empty. */
struct heap_node *heap_first(const struct heap *heap);
void heap_add(struct heap *heap, struct heap_node *node, int64_t key);
void heap_remove(struct heap *heap, struct heap_node *node);

#endif
