/* SPDX-License-Identifier: BSD-2-Clause */
/* The length-checked reader. */
#include "unit/test.h"

#include "base/cursor.h"

TEST(what_was_put_is_read_back)
{
    struct buf out;
    buf_init(&out, 1000);
    put_u8(&out, 1);
    put_u16(&out, 0x203);
    put_u32(&out, 0x4050607);
    put_u64(&out, UINT64_MAX);
    put_varint(&out, UINT64_MAX);
    put_text(&out, STR("hello"));
    struct cursor cursor = cursor_over(buf_str(&out));
    CHECK_INT(cursor_u8(&cursor), 1);
    CHECK_INT(cursor_u16(&cursor), 0x203);
    CHECK_INT(cursor_u32(&cursor), 0x4050607);
    CHECK(cursor_u64(&cursor) == UINT64_MAX);
    CHECK(cursor_varint(&cursor) == UINT64_MAX);
    CHECK_STR(cursor_text(&cursor), "hello");
    CHECK(cursor_done(&cursor));
    buf_finish(&out);
}

TEST(reading_past_the_end_fails_for_good)
{
    struct cursor cursor = cursor_over(STR("\x05"
                                           "abc"));
    CHECK_STR(cursor_text(&cursor), "");
    CHECK(!cursor_ok(&cursor));
    CHECK_INT(cursor_u8(&cursor), 0);
    CHECK(!cursor_done(&cursor));
}

TEST(a_varint_has_one_form)
{
    struct cursor longer = cursor_over(STR("\x80\x00"));
    cursor_varint(&longer);
    CHECK(!cursor_ok(&longer));
    struct cursor over = cursor_over(STR("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"));
    cursor_varint(&over);
    CHECK(!cursor_ok(&over));
}
