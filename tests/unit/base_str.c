/* SPDX-License-Identifier: BSD-2-Clause */
/* Borrowed strings: cutting, numbers, comparing. */
#include "unit/test.h"

TEST(a_cut_yields_every_part_and_the_empty_last_one)
{
    struct str rest = STR("a,,b,"), part;
    CHECK(str_cut(&rest, ',', &part));
    CHECK_STR(part, "a");
    CHECK(str_cut(&rest, ',', &part));
    CHECK_STR(part, "");
    CHECK(str_cut(&rest, ',', &part));
    CHECK_STR(part, "b");
    CHECK(str_cut(&rest, ',', &part));
    CHECK_STR(part, "");
    CHECK(!str_cut(&rest, ',', &part));
}

TEST(words_skip_runs_of_separators)
{
    struct str rest = STR(" ,one,\ttwo  "), part;
    CHECK(str_word(&rest, ", \t", &part));
    CHECK_STR(part, "one");
    CHECK(str_word(&rest, ", \t", &part));
    CHECK_STR(part, "two");
    CHECK(!str_word(&rest, ", \t", &part));
}

TEST(a_number_is_digits_only_and_fits)
{
    uint64_t value;
    CHECK(str_to_u64(STR("18446744073709551615"), &value) && value == UINT64_MAX);
    CHECK(!str_to_u64(STR("18446744073709551616"), &value));
    CHECK(!str_to_u64(STR(""), &value));
    CHECK(!str_to_u64(STR("-1"), &value));
    CHECK(!str_to_u64(STR("1 "), &value));
    CHECK(!str_to_u64(STR("0x10"), &value));
}

TEST(comparing_without_case_folds_ascii_only)
{
    CHECK(str_eq_nocase(STR("MAIL"), STR("mail")));
    CHECK(!str_eq_nocase(STR("\xc3\x84"), STR("\xc3\xa4")));
    CHECK(str_compare_nocase(STR("abc"), STR("ABCD")) < 0);
}

TEST(trimming_takes_blanks_at_both_ends_only)
{
    CHECK_STR(str_trim(STR(" \ta b\r\n")), "a b");
    CHECK_STR(str_trim(STR("  ")), "");
}

TEST(a_line_loses_its_ending_once)
{
    CHECK_STR(str_without_line_end(STR("a\r\n")), "a");
    CHECK_STR(str_without_line_end(STR("a\n")), "a");
    CHECK_STR(str_without_line_end(STR("a\r\n\r\n")), "a\r\n");
    CHECK_STR(str_without_line_end(STR(" a \n\r")), " a \n");
    CHECK_STR(str_without_line_end(STR("")), "");
}

TEST(a_word_of_a_list_is_found_whole_and_in_any_case)
{
    CHECK(str_has_word(STR("PLAIN LOGIN"), STR("login")));
    CHECK(!str_has_word(STR("PLAIN LOGIN"), STR("LOG")));
    CHECK(!str_has_word(STR("PLAIN LOGIN"), STR("PLAIN LOGIN")));
    CHECK(!str_has_word(STR(""), STR("")));
}
