/* SPDX-License-Identifier: BSD-2-Clause */
/* Expansion of values: cases whose results were checked against Postfix's own postconf -x. */
#include "conf/expand.h"
#include "unit/test.h"

static bool lookup(void *context, struct str name, struct str *raw)
{
    (void)context;
    if (str_eq(name, STR("mail_owner")))
        *raw = STR("postfix");
    else if (str_eq(name, STR("circle")))
        *raw = STR("x$circle");
    else if (str_eq(name, STR("twice")))
        *raw = STR("$mail_owner/$mail_owner");
    else
        return false;
    return true;
}

static bool expands_to(const char *raw, const char *wanted)
{
    struct expand expand = {.lookup = lookup};
    struct buf out;
    buf_init(&out, 10000);
    bool good = expand_text(&expand, str_of(raw), &out) && str_eq(buf_str(&out), str_of(wanted));
    buf_finish(&out);
    return good;
}

static bool is_refused(const char *raw)
{
    struct expand expand = {.lookup = lookup};
    struct buf out;
    buf_init(&out, 10000);
    bool refused = !expand_text(&expand, str_of(raw), &out);
    buf_finish(&out);
    return refused && expand.error[0];
}

TEST(a_hash_sign_within_a_value_is_text)
{
    CHECK(expands_to("b # c", "b # c"));
}

TEST(text_without_braces_runs_to_the_closing_brace)
{
    CHECK(expands_to("${mail_owner?b:c}", "b:c"));
    CHECK(expands_to("${nope_x?b:c}", ""));
    CHECK(expands_to("${nope_x:d:e}", "d:e"));
}

TEST(a_ternary_keeps_blanks_inside_braces_and_drops_those_outside)
{
    CHECK(expands_to("${mail_owner? { a } : {b}}", " a "));
    CHECK(expands_to("${nope_x?{a}:b c}", "b c"));
    CHECK(expands_to("${nope_x?{a}:{b}}", "b"));
}

TEST(numbers_compare_as_numbers_and_anything_else_as_text)
{
    CHECK(expands_to("${{10} > {9}}", "true"));
    CHECK(expands_to("${{10} > {9a}}", ""));
    CHECK(expands_to("${{3.10} < {3.9} ? {lt} : {ge}}", "lt"));
}

TEST(levels_compare_number_by_number)
{
    CHECK(expands_to("${{3.10} <level {3.9} ? {lt} : {ge}}", "ge"));
}

TEST(a_name_is_the_longest_run_of_letters_digits_and_underscores)
{
    CHECK(expands_to("$$mail_owner", "$mail_owner"));
    CHECK(expands_to("$(mail_owner)", "postfix"));
    CHECK(expands_to("$mail_owner-x", "postfix-x"));
    CHECK(expands_to("${mail_owner}", "postfix"));
}

TEST(names_in_values_are_expanded_in_turn)
{
    CHECK(expands_to("<$twice>", "<postfix/postfix>"));
}

TEST(an_undefined_name_is_empty)
{
    CHECK(expands_to("a$undefined.b", "a.b"));
}

TEST(a_name_with_other_characters_is_refused)
{
    CHECK(is_refused("${smtp-amavis_destination_recipient_limit}"));
}

TEST(what_is_not_closed_or_has_no_name_is_refused)
{
    CHECK(is_refused("${mail_owner"));
    CHECK(is_refused("a $"));
    CHECK(is_refused("$(mail_owner"));
}

TEST(a_circle_is_refused)
{
    CHECK(is_refused("$circle"));
}

TEST(errors_in_the_branch_not_taken_stay_hidden)
{
    CHECK(expands_to("${mail_owner?{a}:{$}}", "a"));
}
