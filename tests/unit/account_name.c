/* SPDX-License-Identifier: BSD-2-Clause */
/* Account names. */
#include "account/name.h"
#include "unit/test.h"

static struct str prepared(const char *given, const char *realm)
{
    static struct arena *arena;
    struct str name = STR("");
    if (!arena)
        arena = arena_create(1 << 20);
    return account_name(str_of(given), str_of(realm), arena, &name) ? name : STR("refused");
}

TEST(names_are_compared_in_lower_case)
{
    CHECK_STR(prepared("Ann@Example.ORG", ""), "ann@example.org");
    CHECK_STR(prepared("J\xc3\x9cRGEN@example.org", ""), "j\xc3\xbcrgen@example.org");
}

TEST(a_decomposed_letter_is_the_composed_one)
{
    CHECK_STR(prepared("ju\xcc\x88rgen@example.org", ""), "j\xc3\xbcrgen@example.org");
}

TEST(a_name_without_domain_gets_the_realm)
{
    CHECK_STR(prepared("ann", "example.org"), "ann@example.org");
    CHECK_STR(prepared("ann", ""), "ann");
    CHECK_STR(prepared("ann@example.net", "example.org"), "ann@example.net");
}

TEST(what_could_be_more_than_a_name_is_refused)
{
    static const char *const bad[] = {"",        "@",     "a@",         "@b",
                                      "a@b@c",   "a b@c", "a\tb@c",     "a\x7f@c",
                                      "../a@c",  "a/b@c", ".key",       ".@c",
                                      "a@.",     "a@..",  "a\r\nb@c",   "a\xc2\xa0@c",
                                      "a\xff@c", "a%@c",  "a*master@c", "\xe2\x9c\x89@c",
                                      "a\"@c"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_STR(prepared(bad[i], ""), "refused");
    struct arena *arena = arena_create(1 << 16);
    struct str name;
    CHECK(!account_name(str_make("a\0b@c", 5), STR(""), arena, &name));
    arena_destroy(arena);
}

TEST(a_name_over_the_limit_is_refused)
{
    char name[400];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    CHECK_STR(prepared(name, ""), "refused");
    name[318] = '\0';
    CHECK_STR(prepared(name, "example.org"), "refused");
}
