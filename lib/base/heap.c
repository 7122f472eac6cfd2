/* SPDX-License-Identifier: BSD-2-Clause */
/* An array heap whose nodes know their place. */
#include "base/heap.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"

struct heap {
    struct heap_node **at; /* owned */
    size_t count, room;
};

struct heap *heap_create(void)
{
    return memory_get(sizeof(struct heap));
}

void heap_destroy(struct heap *heap)
{
    if (!heap)
        return;
    free(heap->at);
    free(heap);
}

size_t heap_count(const struct heap *heap)
{
    return heap->count;
}

struct heap_node *heap_first(const struct heap *heap)
{
    return heap->count ? heap->at[0] : NULL;
}

static void put(struct heap *heap, size_t place, struct heap_node *node)
{
    heap->at[place] = node;
    node->place = place;
}

static void sift_up(struct heap *heap, size_t place, struct heap_node *node)
{
    while (place && heap->at[(place - 1) / 2]->key > node->key) {
        put(heap, place, heap->at[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    put(heap, place, node);
}

static void sift_down(struct heap *heap, size_t place, struct heap_node *node)
{
    for (;;) {
        size_t child = place * 2 + 1;
        if (child + 1 < heap->count && heap->at[child + 1]->key < heap->at[child]->key)
            child++;
        if (child >= heap->count || heap->at[child]->key >= node->key)
            break;
        put(heap, place, heap->at[child]);
        place = child;
    }
    put(heap, place, node);
}

void heap_add(struct heap *heap, struct heap_node *node, int64_t key)
{
    if (heap->count == heap->room) {
        heap->room = heap->room ? heap->room * 2 : 16;
        heap->at = memory_resize(heap->at, heap->room, sizeof *heap->at);
    }
    node->key = key;
    sift_up(heap, heap->count++, node);
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
    size_t place = node->place;
    assert(place < heap->count && heap->at[place] == node);
    struct heap_node *last = heap->at[--heap->count];
    if (last == node)
        return;
    if (last->key < node->key)
        sift_up(heap, place, last);
    else
        sift_down(heap, place, last);
}
