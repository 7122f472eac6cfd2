/* SPDX-License-Identifier: BSD-2-Clause */
/* Command lines: RFC 5321 4.1.1 and 2.3.8. */
#include "unit/test.h"

#include "smtp/command.h"

TEST(only_crlf_ends_a_command)
{
    struct str verb, args;
    CHECK(smtp_command_split(STR("NOOP\r\n"), &verb, &args));
    CHECK_STR(verb, "NOOP");
    CHECK(!smtp_command_split(STR("NOOP\n"), &verb, &args));
    CHECK(!smtp_command_split(STR("NOOP\r"), &verb, &args));
    CHECK(!smtp_command_split(STR("NOOP a\rb\r\n"), &verb, &args));
    CHECK(!smtp_command_split(str_make("NOOP \0\r\n", 8), &verb, &args));
}

TEST(a_verb_is_letters_and_a_blank)
{
    struct str verb, args;
    CHECK(smtp_command_split(STR("mail  FROM:<a@b>  \r\n"), &verb, &args));
    CHECK_STR(verb, "mail");
    CHECK_STR(args, "FROM:<a@b>");
    CHECK(!smtp_command_split(STR("MAIL\tFROM:<a@b>\r\n"), &verb, &args));
    CHECK(!smtp_command_split(STR("\r\n"), &verb, &args));
    CHECK(!smtp_command_split(STR(" NOOP\r\n"), &verb, &args));
    CHECK(!smtp_command_split(STR("X-1\r\n"), &verb, &args));
}

TEST(a_path_ends_at_its_own_bracket)
{
    struct str path, params;
    struct verdict verdict;
    CHECK(
        smtp_path_read(STR("from:<\"a>b\\\"\"@example.org> SIZE=1"), STR("FROM:"), &path, &params, &verdict));
    CHECK_STR(path, "\"a>b\\\"\"@example.org");
    CHECK_STR(params, " SIZE=1");
    CHECK(smtp_path_read(STR("FROM:<>"), STR("FROM:"), &path, &params, &verdict));
    CHECK_STR(path, "");
    CHECK(!smtp_path_read(STR("FROM:<a@b>SIZE=1"), STR("FROM:"), &path, &params, &verdict));
    CHECK(!smtp_path_read(STR("FROM:<a@b"), STR("FROM:"), &path, &params, &verdict));
    CHECK(!smtp_path_read(STR("FROM:a@b"), STR("FROM:"), &path, &params, &verdict));
    CHECK(!smtp_path_read(STR("TO:<a@b>"), STR("FROM:"), &path, &params, &verdict));
    CHECK_INT(verdict.code, 501);
}
