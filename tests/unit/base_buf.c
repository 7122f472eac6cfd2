/* SPDX-License-Identifier: BSD-2-Clause */
/* The buffer with a limit: it never passes it, and remembers that something was refused. */
#include "unit/test.h"

#include "base/buf.h"

TEST(a_new_buffer_is_empty_and_costs_nothing)
{
    struct buf buf;
    buf_init(&buf, 10);
    CHECK_STR(buf_str(&buf), "");
    CHECK(buf.at == NULL && !buf.over);
    CHECK(strcmp(buf_cstr(&buf), "") == 0);
    buf_finish(&buf);
}

TEST(the_limit_is_reached_but_not_passed)
{
    struct buf buf;
    buf_init(&buf, 5);
    CHECK(buf_add(&buf, STR("abc")));
    CHECK(!buf_add(&buf, STR("def")));
    CHECK_STR(buf_str(&buf), "abc");
    CHECK(buf.over);
    CHECK(buf_add(&buf, STR("de")));
    CHECK_STR(buf_str(&buf), "abcde");
    CHECK(!buf_add_char(&buf, 'f'));
    CHECK(buf_add(&buf, STR("")));
    CHECK(buf.over);
    CHECK(strcmp(buf_cstr(&buf), "abcde") == 0);
    buf_clear(&buf);
    CHECK(!buf.over && buf.len == 0);
    buf_finish(&buf);
    CHECK_INT(buf.limit, 5);
}

TEST(a_buffer_of_no_octets_takes_nothing_but_nothing)
{
    struct buf buf;
    buf_init(&buf, 0);
    CHECK(buf_add(&buf, STR("")));
    CHECK(buf_printf(&buf, "%s", ""));
    CHECK(!buf.over);
    CHECK(!buf_add_char(&buf, 'a'));
    CHECK(buf.over);
    CHECK(strcmp(buf_cstr(&buf), "") == 0);
    buf_finish(&buf);
}

TEST(sizes_that_would_overflow_are_refused)
{
    struct buf buf;
    buf_init(&buf, 100);
    CHECK(buf_add(&buf, STR("abc")));
    CHECK(buf_room(&buf, SIZE_MAX) == NULL);
    CHECK(buf_room(&buf, SIZE_MAX - 2) == NULL);
    CHECK(!buf_add_bytes(&buf, "", SIZE_MAX - 1));
    CHECK_STR(buf_str(&buf), "abc");
    buf_finish(&buf);
}

TEST(printing_is_all_or_nothing)
{
    struct buf buf;
    buf_init(&buf, 8);
    CHECK(buf_printf(&buf, "%d:%s", 12, "abc"));
    CHECK_STR(buf_str(&buf), "12:abc");
    CHECK(!buf_printf(&buf, "%03d", 7));
    CHECK_STR(buf_str(&buf), "12:abc");
    CHECK(buf_printf(&buf, "%02d", 7));
    CHECK_STR(buf_str(&buf), "12:abc07");
    buf_finish(&buf);
}

TEST(octet_by_octet_is_linear_and_loses_none)
{
    enum { MANY = 200000 };
    struct buf buf;
    buf_init(&buf, MANY);
    for (int i = 0; i < MANY; i++)
        CHECK(buf_add_char(&buf, (char)i));
    CHECK(!buf_add_char(&buf, 'x'));
    CHECK_INT(buf.len, MANY);
    for (int i = 0; i < MANY; i++)
        CHECK(buf.at[i] == (char)i);
    buf_finish(&buf);
}

TEST(consuming_takes_from_the_front)
{
    struct buf buf;
    buf_init(&buf, 100);
    buf_add_text(&buf, "abcdef");
    buf_consume(&buf, 0);
    CHECK_STR(buf_str(&buf), "abcdef");
    buf_consume(&buf, 4);
    CHECK_STR(buf_str(&buf), "ef");
    buf_consume(&buf, 2);
    CHECK_STR(buf_str(&buf), "");
    buf_add_text(&buf, "again");
    CHECK_STR(buf_str(&buf), "again");
    buf_finish(&buf);
}

static void consume_more_than_there_is(void *arg)
{
    buf_consume(arg, 4);
}

TEST(consuming_more_than_there_is_is_our_bug)
{
    struct buf buf;
    buf_init(&buf, 100);
    buf_add_text(&buf, "abc");
    CHECK(test_child_aborts(consume_more_than_there_is, &buf));
    buf_finish(&buf);
}

TEST(room_is_written_by_the_caller)
{
    struct buf buf;
    buf_init(&buf, 6);
    buf_add_text(&buf, "ab");
    char *room = buf_room(&buf, 4);
    CHECK(room != NULL);
    memcpy(room, "cdef", 4);
    CHECK_STR(buf_str(&buf), "ab");
    buf.len += 3;
    CHECK_STR(buf_str(&buf), "abcde");
    CHECK(buf_room(&buf, 2) == NULL && buf.over);
    buf_finish(&buf);
}

TEST(a_finished_buffer_may_be_used_again)
{
    struct buf buf;
    buf_init(&buf, 3);
    buf_add_text(&buf, "abcd");
    CHECK(buf.over);
    buf_finish(&buf);
    CHECK(!buf.over && buf.at == NULL);
    CHECK(buf_add_text(&buf, "abc"));
    CHECK(!buf_add_text(&buf, "d"));
    buf_finish(&buf);
}
