/* SPDX-License-Identifier: BSD-2-Clause */
/* Random octets, texts, and memory that is there or the process is not. */
#include "unit/test.h"

#include <sys/resource.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"

TEST(octets_are_filled_to_the_end_and_not_beyond)
{
    static const size_t sizes[] = {0, 1, 7, 255, 256, 257, 1000};
    unsigned char octets[1016];
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        unsigned seen = 0;
        for (int round = 0; round < 64; round++) { /* the last octet is 0 each time by chance: 256^-64 */
            memset(octets, 0, sizeof octets);
            random_octets(octets, sizes[i]);
            CHECK_INT(octets[sizes[i]], 0);
            seen |= sizes[i] ? octets[sizes[i] - 1] : 1;
        }
        CHECK(seen != 0);
    }
}

TEST(numbers_differ)
{
    CHECK(random_u64() != random_u64());
    uint32_t first = random_u32();
    CHECK(first != random_u32() || first != random_u32() || first != random_u32());
}

TEST(a_text_is_letters_and_digits_and_a_nul)
{
    char text[66];
    unsigned seen[256] = {0};
    for (int round = 0; round < 1000; round++) {
        text[65] = 'x';
        random_text(text, 64);
        CHECK_INT(strlen(text), 64);
        CHECK(text[65] == 'x');
        for (int i = 0; i < 64; i++) {
            CHECK(char_is_alnum(text[i]));
            seen[(unsigned char)text[i]]++;
        }
    }
    /* 64000 draws of 62: 1032 each, give or take 32; ten times that is not chance. */
    for (int c = 0; c < 256; c++)
        if (char_is_alnum((char)c))
            CHECK(seen[c] > 712 && seen[c] < 1352);
    random_text(text, 0);
    CHECK_INT(text[0], 0);
}

TEST(memory_is_zeroed_and_arrays_do_not_overflow)
{
    unsigned char *at = memory_array(1000, 3);
    for (size_t i = 0; i < 3000; i++)
        CHECK_INT(at[i], 0);
    memset(at, 7, 3000);
    memory_wipe(at, 3000);
    for (size_t i = 0; i < 3000; i++)
        CHECK_INT(at[i], 0);
    at = memory_resize(at, 0, 8);
    CHECK(at != NULL);
    free(at);
}

static void overflow(void *arg)
{
    (void)arg;
    memory_array(SIZE_MAX / 2, 3);
}

static void overflow_resizing(void *arg)
{
    (void)arg;
    memory_resize(NULL, SIZE_MAX / 2, 3);
}

TEST(a_product_that_overflows_ends_the_process)
{
    CHECK(test_child(overflow, NULL) != 0); /* a sanitizer may be the first to see it */
    CHECK(test_child_aborts(overflow_resizing, NULL));
}

TEST(the_clock_is_in_microseconds_of_this_century)
{
    int64_t now = clock_now_us();
    CHECK(now > 1700000000LL * 1000000 && now < 4102444800LL * 1000000);
    CHECK(clock_now_us() >= now - 1000000);
}
