/* SPDX-License-Identifier: BSD-2-Clause */
/* The heap of things that are due: order, equal keys, taking out of the middle. */
#include "unit/test.h"

#include "base/heap.h"

enum { NODES = 1000 };

/* Numbers in no order, the same at every run. */
static int64_t next_number(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)(*state >> 33) % 500 - 250; /* many are equal, some negative */
}

static void check_drains_in_order(struct heap *heap, size_t wanted)
{
    int64_t last = INT64_MIN;
    size_t count = 0;
    for (struct heap_node *node; (node = heap_first(heap)); count++) {
        CHECK(node->key >= last);
        last = node->key;
        heap_remove(heap, node);
    }
    CHECK_INT(count, wanted);
    CHECK_INT(heap_count(heap), 0);
}

TEST(an_empty_heap_has_no_first)
{
    struct heap *heap = heap_create();
    CHECK(heap_first(heap) == NULL);
    CHECK_INT(heap_count(heap), 0);
    heap_destroy(heap);
    heap_destroy(NULL);
}

TEST(the_earliest_comes_first_whatever_the_order_of_adding)
{
    static struct heap_node nodes[NODES];
    struct heap *heap = heap_create();
    uint64_t state = 1;
    for (size_t i = 0; i < NODES; i++)
        heap_add(heap, &nodes[i], next_number(&state));
    CHECK_INT(heap_count(heap), NODES);
    check_drains_in_order(heap, NODES);
    heap_destroy(heap);
}

TEST(any_node_can_be_taken_out_and_the_rest_stays_in_order)
{
    static struct heap_node nodes[NODES];
    struct heap *heap = heap_create();
    uint64_t state = 2;
    for (size_t i = 0; i < NODES; i++)
        heap_add(heap, &nodes[i], next_number(&state));
    for (size_t i = 0; i < NODES; i += 3)
        heap_remove(heap, &nodes[i]);
    check_drains_in_order(heap, NODES - (NODES + 2) / 3);
    heap_destroy(heap);
}

TEST(a_node_taken_out_can_be_added_again_with_another_key)
{
    struct heap_node a, b, c;
    struct heap *heap = heap_create();
    heap_add(heap, &a, 10);
    heap_add(heap, &b, 20);
    heap_add(heap, &c, 30);
    heap_remove(heap, &a);
    heap_add(heap, &a, 40);
    CHECK(heap_first(heap) == &b);
    heap_remove(heap, &c);
    heap_remove(heap, &b);
    CHECK(heap_first(heap) == &a);
    heap_remove(heap, &a);
    CHECK(heap_first(heap) == NULL);
    heap_destroy(heap);
}

TEST(keys_reach_from_the_least_to_the_greatest_number)
{
    struct heap_node least, never, now;
    struct heap *heap = heap_create();
    heap_add(heap, &never, INT64_MAX);
    heap_add(heap, &now, 0);
    heap_add(heap, &least, INT64_MIN);
    CHECK(heap_first(heap) == &least);
    heap_remove(heap, &least);
    heap_remove(heap, &now);
    CHECK(heap_first(heap) == &never);
    heap_remove(heap, &never);
    heap_destroy(heap);
}

static void remove_a_stranger(void *arg)
{
    struct heap *heap = arg;
    struct heap_node stranger = {.place = 0};
    heap_remove(heap, &stranger);
}

TEST(taking_out_what_is_not_in_it_is_our_bug)
{
    struct heap *heap = heap_create();
    struct heap_node node;
    heap_add(heap, &node, 1);
    CHECK(test_child_aborts(remove_a_stranger, heap));
    heap_remove(heap, &node);
    CHECK(test_child_aborts(remove_a_stranger, heap));
    heap_destroy(heap);
}
