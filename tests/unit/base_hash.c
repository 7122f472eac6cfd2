/* SPDX-License-Identifier: BSD-2-Clause */
/* The table from strings to pointers, and the hash under it. */
#include "unit/test.h"

#include "base/hash.h"

/* Values of other implementations of SipHash-1-3 with a key of zeros. */
TEST(siphash_gives_the_known_values)
{
    static const uint64_t zero[2] = {0, 0};
    CHECK(siphash(STR("a"), zero) == 0x407448d2b89b1813);
    CHECK(siphash(STR("abc"), zero) == 0xc03bc3a0042630f2);
    CHECK(siphash(STR("01234567"), zero) == 0xda3dcedf84ea6cc6);
    CHECK(siphash(STR("012345678"), zero) == 0xb79d8581f8552753);
    CHECK(siphash(STR("Hello, world."), zero) == 0xce6c9bf371baaef9);
}

/* The key 00 01 ... 0f and no octets: as in the tests of other implementations. */
TEST(siphash_depends_on_the_key)
{
    static const uint64_t key[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
    CHECK(siphash(STR(""), key) == 0xabac0158050fc4dc);
    CHECK(siphash(STR("abc"), key) != siphash(STR("abc"), (uint64_t[2]){0, 0}));
}

TEST(what_was_put_is_found_by_its_octets_only)
{
    struct hash *hash = hash_create();
    int one, two;
    hash_put(hash, STR("key"), &one);
    hash_put(hash, STR("key\0more"), &two);
    CHECK(hash_get(hash, STR("key")) == &one);
    CHECK(hash_get(hash, STR("key\0more")) == &two);
    CHECK(hash_get(hash, STR("KEY")) == NULL);
    CHECK(hash_get(hash, STR("key\0")) == NULL);
    CHECK(hash_get(hash, STR("")) == NULL);
    hash_destroy(hash);
}

TEST(the_empty_key_is_a_key)
{
    struct hash *hash = hash_create();
    int value;
    hash_put(hash, (struct str){NULL, 0}, &value);
    CHECK(hash_get(hash, STR("")) == &value);
    CHECK(hash_remove(hash, STR("")) == &value);
    CHECK_INT(hash_count(hash), 0);
    hash_destroy(hash);
}

TEST(keys_are_copied)
{
    struct hash *hash = hash_create();
    char key[] = "volatile";
    int value;
    hash_put(hash, str_of(key), &value);
    memset(key, 'x', sizeof key - 1);
    CHECK(hash_get(hash, STR("volatile")) == &value);
    CHECK(hash_get(hash, str_of(key)) == NULL);
    hash_destroy(hash);
}

TEST(putting_again_replaces_the_value_and_counts_once)
{
    struct hash *hash = hash_create();
    int one, two;
    hash_put(hash, STR("key"), &one);
    hash_put(hash, STR("key"), &two);
    CHECK_INT(hash_count(hash), 1);
    CHECK(hash_remove(hash, STR("key")) == &two);
    CHECK(hash_remove(hash, STR("key")) == NULL);
    CHECK_INT(hash_count(hash), 0);
    hash_destroy(hash);
}

TEST(thousands_of_keys_survive_growing_removing_and_clearing)
{
    enum { KEYS = 5000 };
    static int values[KEYS];
    struct hash *hash = hash_create();
    char key[16];
    for (int i = 0; i < KEYS; i++) {
        snprintf(key, sizeof key, "%d", i);
        hash_put(hash, str_of(key), &values[i]);
    }
    CHECK_INT(hash_count(hash), KEYS);
    for (int i = 0; i < KEYS; i += 2) {
        snprintf(key, sizeof key, "%d", i);
        CHECK(hash_remove(hash, str_of(key)) == &values[i]);
    }
    for (int i = 0; i < KEYS; i++) {
        snprintf(key, sizeof key, "%d", i);
        CHECK(hash_get(hash, str_of(key)) == (i % 2 ? &values[i] : NULL));
    }
    hash_clear(hash);
    CHECK_INT(hash_count(hash), 0);
    CHECK(hash_get(hash, STR("1")) == NULL);
    hash_put(hash, STR("1"), &values[1]);
    CHECK(hash_get(hash, STR("1")) == &values[1]);
    hash_destroy(hash);
}

TEST(a_walk_meets_every_entry_once)
{
    enum { KEYS = 100 };
    static int seen[KEYS];
    struct hash *hash = hash_create();
    char text[16];
    struct str key;
    uint64_t number;
    for (int i = 0; i < KEYS; i++) {
        snprintf(text, sizeof text, "%d", i);
        hash_put(hash, str_of(text), &seen[i]);
    }
    struct hash_walk walk = hash_walk_start(hash);
    for (int *value; (value = hash_walk_next(&walk, &key));) {
        CHECK(str_to_u64(key, &number) && value == &seen[number]);
        ++*value;
    }
    CHECK(hash_walk_next(&walk, &key) == NULL);
    for (int i = 0; i < KEYS; i++)
        CHECK_INT(seen[i], 1);
    hash_destroy(hash);
}

TEST(a_walk_over_nothing_ends_at_once)
{
    struct hash *hash = hash_create();
    struct str key;
    struct hash_walk walk = hash_walk_start(hash);
    CHECK(hash_walk_next(&walk, &key) == NULL);
    hash_destroy(hash);
    hash_destroy(NULL);
}
