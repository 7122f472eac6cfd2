/* SPDX-License-Identifier: BSD-2-Clause */
/* Logical lines of configuration files, and main.cf's "name = value". */
#include "conf/file.h"
#include "unit/test.h"

struct reading {
    struct arena *arena;
    struct complaints complaints;
    struct conf_lines lines;
};

static void start(struct reading *reading, const char *text)
{
    reading->arena = arena_create(1 << 20);
    complaints_init(&reading->complaints, reading->arena);
    conf_lines_start(&reading->lines, "main.cf", str_of(text), &reading->complaints);
}

static void end(struct reading *reading)
{
    conf_lines_finish(&reading->lines);
    arena_destroy(reading->arena);
}

TEST(continuation_lines_join_across_blank_lines_and_comments)
{
    struct reading reading;
    struct str line;
    size_t number;
    start(&reading, "a = one\n\n  two\n# comment\n\tthree\nb = 1\n");
    CHECK(conf_lines_next(&reading.lines, &line, &number) && number == 1);
    CHECK_STR(line, "a = one  two\tthree");
    CHECK(conf_lines_next(&reading.lines, &line, &number) && number == 6);
    CHECK_STR(line, "b = 1");
    CHECK(!conf_lines_next(&reading.lines, &line, &number));
    CHECK(!reading.complaints.first);
    end(&reading);
}

TEST(any_white_space_continues_a_line)
{
    struct reading reading;
    struct str line;
    size_t number;
    start(&reading, "a = one\n\x0btwo\n\f three\n");
    CHECK(conf_lines_next(&reading.lines, &line, &number));
    CHECK_STR(line, "a = one\x0btwo\f three");
    CHECK(!conf_lines_next(&reading.lines, &line, &number));
    end(&reading);
}

TEST(white_space_with_nothing_to_continue_is_warned_of_and_skipped)
{
    struct reading reading;
    struct str line;
    size_t number;
    start(&reading, "  lost\na = 1\n");
    CHECK(conf_lines_next(&reading.lines, &line, &number) && number == 2);
    CHECK_STR(line, "a = 1");
    CHECK(reading.complaints.first && reading.complaints.fatal_count == 0);
    end(&reading);
}

TEST(there_are_no_trailing_comments_and_no_backslashes)
{
    struct reading reading;
    struct str line, name, value;
    size_t number;
    start(&reading, "a = b # c\nd = e \\\nf = g");
    CHECK(conf_lines_next(&reading.lines, &line, &number) && conf_line_split(line, &name, &value));
    CHECK_STR(value, "b # c");
    CHECK(conf_lines_next(&reading.lines, &line, &number) && conf_line_split(line, &name, &value));
    CHECK_STR(value, "e \\");
    CHECK(conf_lines_next(&reading.lines, &line, &number));
    CHECK_STR(line, "f = g");
    end(&reading);
}

TEST(blanks_around_the_equals_sign_and_at_the_end_go)
{
    struct str name, value;
    CHECK(conf_line_split(STR("name  =  a b  "), &name, &value));
    CHECK_STR(name, "name");
    CHECK_STR(value, "a b");
    CHECK(conf_line_split(STR("name="), &name, &value));
    CHECK_STR(value, "");
    CHECK(conf_line_split(STR("a=b=c"), &name, &value));
    CHECK_STR(value, "b=c");
}

TEST(a_line_without_a_name_or_an_equals_sign_is_refused)
{
    struct str name, value;
    CHECK(!conf_line_split(STR("name value"), &name, &value));
    CHECK(!conf_line_split(STR("= value"), &name, &value));
    CHECK(!conf_line_split(STR("name"), &name, &value));
    CHECK(!conf_line_split(STR("two words = value"), &name, &value));
}

TEST(a_nul_octet_is_warned_of)
{
    struct reading reading;
    struct str line;
    size_t number;
    start(&reading, "");
    reading.lines.rest = STR("a = b\0c\n");
    CHECK(conf_lines_next(&reading.lines, &line, &number) && line.len == 7);
    CHECK(reading.complaints.first && reading.complaints.fatal_count == 0);
    end(&reading);
}
