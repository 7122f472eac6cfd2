/* SPDX-License-Identifier: BSD-2-Clause */
/* Expansion of values: cases whose results were checked against Postfix's own postconf -x. */
#include "conf/expand.h"
#include "unit/test.h"

/* A name of one letter stands twice for the letter before it; a for nothing. */
static const char twice_the_next[] = "$y$y$x$x$w$w$v$v$u$u$t$t$s$s$r$r$q$q$p$p$o$o$n$n$m$m$l$l$k$k$j$j$i$i"
                                     "$h$h$g$g$f$f$e$e$d$d$c$c$b$b$a$a";

static bool lookup(void *context, struct str name, struct str *raw)
{
    (void)context;
    if (str_eq(name, STR("mail_owner")))
        *raw = STR("postfix");
    else if (str_eq(name, STR("circle")))
        *raw = STR("x$circle");
    else if (str_eq(name, STR("twice")))
        *raw = STR("$mail_owner/$mail_owner");
    else if (name.len == 1 && name.at[0] > 'a' && name.at[0] <= 'z')
        *raw = str_make(&twice_the_next[('z' - name.at[0]) * 4], 4);
    else if (name.len == 1)
        *raw = STR("");
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

TEST(texts_are_compared_with_their_blanks)
{
    CHECK(expands_to("${ {a} == {a} ? {y} : n n }", "y"));
    CHECK(expands_to("${ { a } == {a} ? {y} : {n} }", "n"));
    CHECK(expands_to("${{} == {} ? {e}}", "e"));
    CHECK(expands_to("${{10} >= {010} ? {e} : {f}}", "e"));
    CHECK(expands_to("${{a} != {b}}", "true"));
    CHECK(expands_to("${{2} > {10} : {e}}", "e"));
    CHECK(expands_to("${{$mail_owner} == {postfix} ? {$twice} : {n}}", "postfix/postfix"));
}

TEST(every_operator_has_a_form_for_levels)
{
    CHECK(expands_to("${{3.10} ==level {3.10}}", "true"));
    CHECK(expands_to("${{3.10} !=level {3.9}}", "true"));
    CHECK(expands_to("${{3.9} <=level {3.10}}", "true"));
    CHECK(expands_to("${{3.10} >level {3.9}}", "true"));
    CHECK(expands_to("${{3.10} >=level {3.11}}", ""));
    CHECK(expands_to("${{4} >level {3.11}}", "true"));
}

TEST(what_is_no_level_is_not_compared_as_one)
{
    CHECK(expands_to("${{3.10.1} >level {3.10}}", "true"));
    CHECK(is_refused("${{3.x} <=level {3.10}}"));
    CHECK(is_refused("${{} <=level {3.10}}"));
    CHECK(is_refused("${{3.1.1.1} <=level {3.10}}"));
}

TEST(a_function_gets_its_text_expanded_and_trimmed)
{
    CHECK(expands_to("${domain_to_ascii{ m\xc3\xbcnchen.example }}", "xn--mnchen-3ya.example"));
    CHECK(expands_to("${domain_to_utf8{xn--mnchen-3ya.example}}", "m\xc3\xbcnchen.example"));
    CHECK(expands_to("${domain_to_ascii{$mail_owner}}", "postfix"));
}

TEST(a_function_that_is_not_there_or_not_closed_is_refused)
{
    CHECK(is_refused("${to_upper{x}}"));
    CHECK(is_refused("${domain_to_ascii{x}y}"));
    CHECK(is_refused("${domain_to_ascii{\xff}}"));
}

TEST(nesting_deeper_than_the_limit_is_refused)
{
    struct buf deep;
    buf_init(&deep, 10000);
    for (size_t limit = 99; limit <= 101; limit += 2) {
        buf_clear(&deep);
        for (size_t i = 0; i < limit; i++)
            buf_add_text(&deep, "${mail_owner?{");
        buf_add_text(&deep, "x");
        for (size_t i = 0; i < limit; i++)
            buf_add_text(&deep, "}}");
        CHECK(limit < EXPAND_DEPTH ? expands_to(buf_cstr(&deep), "x") : is_refused(buf_cstr(&deep)));
    }
    buf_finish(&deep);
}

TEST(names_that_stand_twice_for_others_do_not_take_for_ever)
{
    CHECK(expands_to("$e", ""));
    CHECK(is_refused("$z"));
}

struct seen {
    struct buf names;
};

static void note(void *context, struct str name)
{
    struct seen *seen = context;
    buf_printf(&seen->names, STR_FMT " ", STR_ARG(name));
}

TEST(the_names_that_a_text_refers_to_are_found_in_every_branch)
{
    struct seen seen;
    buf_init(&seen.names, 1000);
    expand_names(STR("$a-$$b ${c} $(d) ${e?{$f}:{${g:h}}} ${{i} == {$j} ? k} ${ l } ${m{$n}} $"), note,
                 &seen);
    CHECK_STR(buf_str(&seen.names), "a c d e f g j l n ");
    buf_finish(&seen.names);
}
