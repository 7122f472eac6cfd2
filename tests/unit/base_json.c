/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts as JSON. */
#include "base/json.h"

#include "unit/test.h"

static void check_text(struct str text, const char *wanted)
{
    struct buf out;
    buf_init(&out, 1000);
    json_add_text(&out, text);
    CHECK_STR(buf_str(&out), wanted);
    buf_finish(&out);
}

TEST(a_text_is_a_string_in_quotes)
{
    check_text(STR(""), "\"\"");
    check_text(STR("plain / text"), "\"plain / text\"");
    check_text(STR("gr\xc3\xbc\xc3\x9f"), "\"gr\xc3\xbc\xc3\x9f\"");
}

TEST(what_would_end_a_string_or_a_line_is_escaped)
{
    check_text(STR("a\"b\\c"), "\"a\\\"b\\\\c\"");
    check_text(STR("a\r\n\tb"), "\"a\\u000d\\u000a\\u0009b\"");
    check_text(str_make("\0\x7f", 2), "\"\\u0000\\u007f\"");
    check_text(STR("\xc2\x9b"), "\"\\u009b\"");
}

TEST(octets_that_are_not_UTF8_do_not_make_it_anything_but_JSON)
{
    check_text(STR("a\xff\xfe"), "\"a\\ufffd\\ufffd\"");
    check_text(STR("\xc3"), "\"\\ufffd\"");
    check_text(STR("\xed\xa0\x80"), "\"\\ufffd\\ufffd\\ufffd\"");
}
