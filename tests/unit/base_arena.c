/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory with a budget: what is handed out, what is refused, what a reset forgets. */
#include "unit/test.h"

#include <stdalign.h>

#include "base/arena.h"

static bool is_zero(const char *at, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (at[i])
            return false;
    return true;
}

TEST(pieces_are_zeroed_aligned_and_apart)
{
    struct arena *arena = arena_create(1000000);
    char *last = NULL;
    for (size_t size = 0; size < 300; size++) {
        char *piece = arena_get(arena, size);
        CHECK((uintptr_t)piece % alignof(max_align_t) == 0);
        CHECK(is_zero(piece, size));
        CHECK(piece != last);
        memset(piece, 'x', size);
        last = piece;
    }
    arena_destroy(arena);
    arena_destroy(NULL);
}

TEST(the_budget_is_kept_to_the_octet_of_alignment)
{
    struct arena *arena = arena_create(64);
    CHECK(arena_has_room(arena, 64) && !arena_has_room(arena, 65));
    CHECK(arena_try_get(arena, 65) == NULL);
    CHECK_INT(arena_used(arena), 0);
    CHECK(arena_try_get(arena, 64) != NULL);
    CHECK(arena_try_get(arena, 1) == NULL);
    CHECK_INT(arena_used(arena), 64);
    arena_destroy(arena);
}

TEST(sizes_near_the_end_of_the_address_space_are_refused)
{
    struct arena *arena = arena_create(SIZE_MAX);
    CHECK(arena_try_get(arena, SIZE_MAX) == NULL);
    CHECK(arena_try_get(arena, SIZE_MAX - 14) == NULL);
    arena_destroy(arena);
    arena = arena_create(1000);
    CHECK(!arena_has_room(arena, SIZE_MAX));
    CHECK(!arena_has_room(arena, SIZE_MAX - 1));
    CHECK(arena_try_get(arena, SIZE_MAX - 1) == NULL);
    arena_destroy(arena);
}

/* A limit that is no multiple of the alignment, and pieces of nothing, cannot be used to pass it. */
TEST(no_limit_is_passed_by_odd_or_empty_pieces)
{
    for (size_t limit = 0; limit < 100; limit++) {
        struct arena *arena = arena_create(limit);
        for (int i = 0; i < 100; i++)
            (void)arena_try_get(arena, (size_t)i % 3);
        CHECK(arena_used(arena) <= limit);
        CHECK(arena_try_get(arena, limit + 1) == NULL);
        arena_destroy(arena);
    }
}

TEST(a_reset_gives_the_budget_back_and_clean_memory)
{
    struct arena *arena = arena_create(100000);
    for (int round = 0; round < 3; round++) {
        char *small = arena_get(arena, 100), *large = arena_get(arena, 90000);
        CHECK(is_zero(small, 100) && is_zero(large, 90000));
        memset(small, 'x', 100);
        memset(large, 'y', 90000);
        arena_reset(arena);
        CHECK_INT(arena_used(arena), 0);
    }
    arena_destroy(arena);
    arena = arena_create(10);
    arena_reset(arena);
    arena_destroy(arena);
}

TEST(copies_are_the_callers_own_with_a_nul_behind)
{
    struct arena *arena = arena_create(1000);
    char text[] = "text";
    struct str copy = arena_copy(arena, str_of(text));
    const char *whole = arena_cstr(arena, STR("a\0b"));
    text[0] = 'n';
    CHECK_STR(copy, "text");
    CHECK_INT(copy.at[4], 0);
    CHECK(memcmp(whole, "a\0b", 4) == 0);
    CHECK_STR(arena_copy(arena, (struct str){NULL, 0}), "");
    arena_destroy(arena);
}

TEST(a_copy_that_does_not_fit_leaves_the_result_alone)
{
    struct arena *arena = arena_create(16);
    struct str copy = STR("before");
    CHECK(!arena_try_copy(arena, STR("0123456789abcdef"), &copy));
    CHECK_STR(copy, "before");
    CHECK(arena_try_copy(arena, STR("0123456789abcde"), &copy));
    CHECK_STR(copy, "0123456789abcde");
    arena_destroy(arena);
}

TEST(printing_and_folding_give_text_of_any_length)
{
    struct arena *arena = arena_create(100000);
    CHECK_STR(arena_printf(arena, "%s-%d", "n", 42), "n-42");
    CHECK_STR(arena_printf(arena, "%s", ""), "");
    CHECK_INT(arena_printf(arena, "%5000d", 1).len, 5000);
    CHECK_STR(arena_lower(arena, STR("MiXed \xc3\x84 \xc4")), "mixed \xc3\x84 \xc4");
    arena_destroy(arena);
}

static void pass_the_limit(void *arg)
{
    arena_get(arg, 17);
}

static void copy_past_the_limit(void *arg)
{
    arena_copy(arg, STR("0123456789abcdef"));
}

static void print_past_the_limit(void *arg)
{
    arena_printf(arg, "%16d", 1);
}

static void overflow_an_array(void *arg)
{
    arena_array(arg, SIZE_MAX / 2, 3);
}

TEST(passing_the_limit_with_the_plain_forms_is_our_bug)
{
    struct arena *arena = arena_create(16);
    CHECK(test_child_aborts(pass_the_limit, arena));
    CHECK(test_child_aborts(copy_past_the_limit, arena));
    CHECK(test_child_aborts(print_past_the_limit, arena));
    CHECK(test_child_aborts(overflow_an_array, arena));
    arena_destroy(arena);
}
