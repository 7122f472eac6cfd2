/* SPDX-License-Identifier: BSD-2-Clause */
/* Changing main.cf in place. */
#include "conf/edit.h"
#include "unit/test.h"

static struct str edited(struct buf *out, const char *text, struct conf_change *changes, size_t count)
{
    buf_init(out, 10000);
    CHECK(conf_edit_main(str_of(text), changes, count, out));
    return buf_str(out);
}

TEST(setting_a_name_changes_its_line_and_nothing_else)
{
    struct buf out;
    struct conf_change change = {STR("b"), STR("new"), CONF_EDIT_REPLACE, false};
    CHECK_STR(edited(&out, "# top\na  =  1\n\nb = old,\n  # why\n  older\nc=3\n", &change, 1),
              "# top\na  =  1\n\nb = new\n  # why\nc=3\n");
    buf_finish(&out);
}

TEST(a_name_that_is_not_set_is_added_at_the_end)
{
    struct buf out;
    struct conf_change change = {STR("b"), STR("2"), CONF_EDIT_REPLACE, false};
    CHECK_STR(edited(&out, "a = 1", &change, 1), "a = 1\nb = 2\n");
    buf_finish(&out);
    CHECK_STR(edited(&out, "", &change, 1), "b = 2\n");
    buf_finish(&out);
}

TEST(setting_a_name_that_is_set_twice_leaves_one_line)
{
    struct buf out;
    struct conf_change change = {STR("a"), STR("3"), CONF_EDIT_REPLACE, false};
    CHECK_STR(edited(&out, "a = 1\nx = y\na = 2\n", &change, 1), "a = 3\nx = y\n");
    buf_finish(&out);
}

TEST(commenting_out_reaches_continuation_lines)
{
    struct buf out;
    struct conf_change change = {STR("a"), STR(""), CONF_EDIT_COMMENT_OUT, false};
    CHECK_STR(edited(&out, "a = 1,\n  2\nb = 3\n", &change, 1), "#a = 1,\n#  2\nb = 3\n");
    buf_finish(&out);
}

TEST(deleting_takes_every_line_of_a_name_and_leaves_comments)
{
    struct buf out;
    struct conf_change change = {STR("a"), STR(""), CONF_EDIT_DELETE, false};
    CHECK_STR(edited(&out, "a = 1,\n# note\n  2\nb = 3\na=4\n", &change, 1), "# note\nb = 3\n");
    buf_finish(&out);
}

TEST(a_blank_line_does_not_end_a_logical_line)
{
    struct buf out;
    struct conf_change change = {STR("a"), STR("x"), CONF_EDIT_REPLACE, false};
    CHECK_STR(edited(&out, "a = 1\n\n  2\nb = 3\n", &change, 1), "a = x\n\nb = 3\n");
    buf_finish(&out);
}

TEST(several_changes_are_made_at_once)
{
    struct buf out;
    struct conf_change changes[] = {{STR("a"), STR("1"), CONF_EDIT_REPLACE, false},
                                    {STR("b"), STR(""), CONF_EDIT_DELETE, false},
                                    {STR("c"), STR("3"), CONF_EDIT_REPLACE, false}};
    CHECK_STR(edited(&out, "b = 2\na = 0\n", changes, 3), "a = 1\nc = 3\n");
    buf_finish(&out);
}
