/* SPDX-License-Identifier: BSD-2-Clause */
/* UTF-8 by RFC 3629: what is a character and what only looks like one. */
#include "unit/test.h"

#include "base/utf8.h"

static void check_one(struct str octets, uint32_t wanted)
{
    uint32_t point = 0;
    struct str rest = octets;
    CHECK(utf8_take(&rest, &point));
    CHECK_INT(point, wanted);
    CHECK_INT(rest.len, 0);
}

static void check_refused(struct str octets)
{
    uint32_t point = 77;
    struct str rest = octets;
    CHECK(!utf8_take(&rest, &point));
    CHECK(rest.at == octets.at && rest.len == octets.len);
    CHECK(!utf8_valid(octets) || octets.len == 0);
}

/* RFC 3629 4: the edges of each row of the grammar. */
TEST(the_edges_of_each_length_are_taken)
{
    check_one(STR("\0"), 0);
    check_one(STR("\x7f"), 0x7f);
    check_one(STR("\xc2\x80"), 0x80);
    check_one(STR("\xdf\xbf"), 0x7ff);
    check_one(STR("\xe0\xa0\x80"), 0x800);
    check_one(STR("\xed\x9f\xbf"), 0xd7ff);
    check_one(STR("\xee\x80\x80"), 0xe000);
    check_one(STR("\xef\xbf\xbf"), 0xffff);
    check_one(STR("\xf0\x90\x80\x80"), 0x10000);
    check_one(STR("\xf4\x8f\xbf\xbf"), 0x10ffff);
}

/* RFC 3629 7 */
TEST(the_examples_of_rfc_3629_are_valid)
{
    CHECK(utf8_valid(STR("A\xe2\x89\xa2\xce\x91.")));
    CHECK(utf8_valid(STR("\xed\x95\x9c\xea\xb5\xad\xec\x96\xb4")));
    CHECK(utf8_valid(STR("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e")));
    CHECK(utf8_valid(STR("\xef\xbb\xbf\xf0\xa3\x8e\xb4")));
    CHECK(utf8_valid(STR("")));
}

/* RFC 3629 10 */
TEST(overlong_forms_are_refused)
{
    check_refused(STR("\xc0\x80"));
    check_refused(STR("\xc0\xaf"));
    check_refused(STR("\xc1\xbf"));
    check_refused(STR("\xe0\x80\x80"));
    check_refused(STR("\xe0\x9f\xbf"));
    check_refused(STR("\xf0\x80\x80\x80"));
    check_refused(STR("\xf0\x8f\xbf\xbf"));
}

TEST(surrogates_are_refused)
{
    check_refused(STR("\xed\xa0\x80"));
    check_refused(STR("\xed\xaf\xbf"));
    check_refused(STR("\xed\xb0\x80"));
    check_refused(STR("\xed\xbf\xbf"));
    check_refused(STR("\xed\xa1\x8c\xed\xbe\xb4"));
}

TEST(nothing_over_10ffff_and_no_form_of_five_or_six_is_taken)
{
    check_refused(STR("\xf4\x90\x80\x80"));
    check_refused(STR("\xf5\x80\x80\x80"));
    check_refused(STR("\xf7\xbf\xbf\xbf"));
    check_refused(STR("\xf8\x88\x80\x80\x80"));
    check_refused(STR("\xfc\x84\x80\x80\x80\x80"));
    check_refused(STR("\xfe"));
    check_refused(STR("\xff"));
}

TEST(what_is_cut_off_or_does_not_go_on_is_refused)
{
    static const char whole[] = "\xf0\x90\x80\x80";
    check_refused(STR(""));
    check_refused(STR("\x80"));
    check_refused(STR("\xbf"));
    for (size_t len = 1; len < 4; len++)
        check_refused(str_make(whole, len));
    check_refused(STR("\xc3"));
    check_refused(STR("\xc3("));
    check_refused(STR("\xe2\x82("));
    check_refused(STR("\xe2(\xa1"));
    check_refused(STR("\xf0\x90\x80("));
    CHECK(!utf8_valid(STR("good\xc3")));
    CHECK(!utf8_valid(STR("\xc3\xa4\xff")));
}

TEST(every_code_point_survives_writing_and_reading)
{
    struct buf out;
    buf_init(&out, 16);
    for (uint32_t point = 0; point <= 0x10ffff; point++) {
        uint32_t back;
        bool exists = point < 0xd800 || point > 0xdfff;
        buf_clear(&out);
        if (!utf8_put(&out, point))
            test_failed(__FILE__, __LINE__, "U+%04X was not written", (unsigned)point);
        struct str rest = buf_str(&out);
        if (!utf8_take(&rest, &back) || rest.len || back != (exists ? point : 0xfffd))
            test_failed(__FILE__, __LINE__, "U+%04X came back as U+%04X", (unsigned)point, (unsigned)back);
    }
    buf_finish(&out);
}

TEST(what_cannot_be_a_character_is_written_as_the_replacement)
{
    static const uint32_t bad[] = {0xd800, 0xdfff, 0x110000, UINT32_MAX};
    struct buf out;
    buf_init(&out, 16);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        buf_clear(&out);
        CHECK(utf8_put(&out, bad[i]));
        CHECK_STR(buf_str(&out), "\xef\xbf\xbd");
    }
    buf_finish(&out);
}

TEST(a_character_that_does_not_fit_leaves_no_part_of_itself)
{
    struct buf out;
    buf_init(&out, 5);
    CHECK(utf8_put(&out, 0x1f600));
    CHECK(!utf8_put(&out, 0xe4));
    CHECK(out.over);
    CHECK_INT(out.len, 4);
    buf_finish(&out);
}

TEST(ascii_is_seven_bits)
{
    CHECK(utf8_is_ascii(STR("")));
    CHECK(utf8_is_ascii(STR("\0\x7f~")));
    CHECK(!utf8_is_ascii(STR("abc\x80")));
    CHECK(!utf8_is_ascii(STR("\xc3\xa4")));
}
