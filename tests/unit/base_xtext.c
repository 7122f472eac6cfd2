/* SPDX-License-Identifier: BSD-2-Clause */
/* xtext by RFC 3461 4. */
#include "unit/test.h"

#include "base/xtext.h"

static void check_both(struct str octets, const char *text)
{
    struct arena *arena = arena_create(10000);
    struct buf out;
    struct str back;
    buf_init(&out, 1000);
    CHECK(xtext_encode(octets, &out));
    CHECK_STR(buf_str(&out), text);
    CHECK(xtext_decode(str_of(text), arena, &back));
    CHECK(str_eq(back, octets));
    buf_finish(&out);
    arena_destroy(arena);
}

static void check_refused(struct str text)
{
    struct arena *arena = arena_create(10000);
    struct str back;
    if (xtext_decode(text, arena, &back))
        test_failed(__FILE__, __LINE__, "\"" STR_FMT "\" was taken", STR_ARG(text));
    arena_destroy(arena);
}

TEST(what_is_printable_stands_for_itself_but_for_plus_and_equals)
{
    check_both(STR("marie@example.org"), "marie@example.org");
    check_both(STR("a+b=c"), "a+2Bb+3Dc");
    check_both(STR("!~"), "!~");
    check_both(STR(""), "");
}

TEST(blanks_controls_and_octets_over_126_are_hexadecimal)
{
    check_both(STR(" "), "+20");
    check_both(STR("\0\r\n\x7f"), "+00+0D+0A+7F");
    check_both(STR("\xc3\xa4"), "+C3+A4");
    check_both(STR("\xff"), "+FF");
}

TEST(every_octet_survives)
{
    char octets[256];
    struct arena *arena = arena_create(10000);
    struct buf out;
    struct str back;
    for (size_t i = 0; i < 256; i++)
        octets[i] = (char)i;
    buf_init(&out, 1000);
    CHECK(xtext_encode(str_make(octets, 256), &out));
    for (size_t i = 0; i < out.len; i++)
        CHECK(out.at[i] > ' ' && out.at[i] <= '~' && out.at[i] != '=');
    CHECK(xtext_decode(buf_str(&out), arena, &back) && str_eq(back, str_make(octets, 256)));
    buf_finish(&out);
    arena_destroy(arena);
}

TEST(hexadecimal_must_be_two_digits_in_upper_case)
{
    static const char *const bad[] = {"+",    "+2",  "a+",  "a+2", "+2b", "+2G",
                                      "++2B", "+ 2", "+-1", "+0x", "+2:"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        check_refused(str_of(bad[i]));
}

TEST(what_must_be_encoded_may_not_stand_bare)
{
    check_refused(STR("a b"));
    check_refused(STR("a=b"));
    check_refused(STR("a\tb"));
    check_refused(STR("a\r\nb"));
    check_refused(STR("\x7f"));
    check_refused(STR("\xc3\xa4"));
    check_refused(STR("a\0b"));
}

/* xtext = *( xchar / hexchar ): the grammar allows a hexchar for any octet. */
TEST(an_octet_may_be_hexadecimal_without_need)
{
    struct arena *arena = arena_create(1000);
    struct str back;
    CHECK(xtext_decode(STR("+41b"), arena, &back));
    CHECK_STR(back, "Ab");
    arena_destroy(arena);
}

TEST(a_full_buffer_or_arena_refuses)
{
    struct arena *arena = arena_create(16);
    struct buf out;
    struct str back;
    buf_init(&out, 5);
    CHECK(!xtext_encode(STR("a++"), &out));
    buf_finish(&out);
    CHECK(!xtext_decode(STR("0123456789abcdef"), arena, &back));
    arena_destroy(arena);
}
