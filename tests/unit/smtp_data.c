/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of data and what may not stand in it: RFC 5321 4.1.1.4, 4.5.2, and the strings of SMTP smuggling.
 */
#include "unit/test.h"

#include "smtp/data.h"

struct reading {
    struct smtp_data data;
    struct buf out;
    size_t used;
};

static struct reading read_in_pieces(struct str input, size_t piece)
{
    struct reading reading = {0};
    smtp_data_init(&reading.data);
    buf_init(&reading.out, 1 << 20);
    while (reading.used < input.len && !reading.data.finished)
        reading.used += smtp_data_read(&reading.data, str_sub(input, reading.used, piece), &reading.out);
    return reading;
}

TEST(a_dot_alone_on_a_line_ends_the_data)
{
    struct reading reading = read_in_pieces(STR("a\r\n..b\r\n.c\r\n.\r\nQUIT\r\n"), 1000);
    CHECK(reading.data.finished && !reading.data.bare);
    CHECK_STR(buf_str(&reading.out), "a\r\n.b\r\nc\r\n");
    CHECK_INT(reading.used, 15);
    buf_finish(&reading.out);
}

TEST(an_empty_message_is_a_dot)
{
    struct reading reading = read_in_pieces(STR(".\r\n"), 1000);
    CHECK(reading.data.finished && !reading.data.bare);
    CHECK_INT(reading.out.len, 0);
    buf_finish(&reading.out);
}

TEST(pieces_of_any_size_read_the_same)
{
    struct str input = STR("one\r\n..two\r\n...\r\n\r\n.three\r\n.\r\n");
    for (size_t piece = 1; piece <= input.len; piece++) {
        struct reading reading = read_in_pieces(input, piece);
        CHECK(reading.data.finished && !reading.data.bare && !reading.data.nul);
        CHECK_STR(buf_str(&reading.out), "one\r\n.two\r\n..\r\n\r\nthree\r\n");
        CHECK_INT(reading.used, input.len);
        buf_finish(&reading.out);
    }
}

TEST(no_other_line_end_ends_the_data_and_each_is_noticed)
{
    static const char *const ends[] = {"\n.\n",   "\n.\r\n", "\r\n.\n", "\r.\r",
                                       "\r\n.\r", "\r.\r\n", "\n.\r",   "\r\r\n.\r\r\n"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct buf input;
        buf_init(&input, 100);
        buf_printf(&input, "a%sMAIL FROM:<x@example.org>\r\n.\r\n", ends[i]);
        for (size_t piece = 1; piece <= input.len; piece++) {
            struct reading reading = read_in_pieces(buf_str(&input), piece);
            CHECK(reading.data.finished && reading.data.bare);
            CHECK_INT(reading.used, input.len);
            buf_finish(&reading.out);
        }
        buf_finish(&input);
    }
}

/* All strings over {CR, LF, '.', NUL, 'a'} up to length 7 between two messages: the end is found exactly
 * where CRLF "." CRLF stands, in one piece and octet by octet. */
static void check_smuggling(const char *middle, size_t len)
{
    struct buf input;
    buf_init(&input, 64);
    buf_add_text(&input, "x\r\n");
    buf_add_bytes(&input, middle, len);
    buf_add_text(&input, "\r\n.\r\n");
    size_t wanted = str_find_str(buf_str(&input), STR("\r\n.\r\n")) + 5;
    for (size_t piece = 1; piece <= input.len; piece += input.len - 1) {
        struct reading reading = read_in_pieces(buf_str(&input), piece);
        CHECK(reading.data.finished);
        CHECK_INT(reading.used, wanted);
        buf_finish(&reading.out);
    }
    buf_finish(&input);
}

TEST(every_short_string_between_two_messages_is_read_by_the_one_rule)
{
    static const char alphabet[] = {'\r', '\n', '.', '\0', 'a'};
    for (size_t len = 0; len <= 7; len++) {
        size_t count = 1;
        for (size_t i = 0; i < len; i++)
            count *= sizeof alphabet;
        for (size_t n = 0; n < count; n++) {
            char middle[8];
            size_t rest = n;
            for (size_t i = 0; i < len; i++, rest /= sizeof alphabet)
                middle[i] = alphabet[rest % sizeof alphabet];
            check_smuggling(middle, len);
        }
    }
}

TEST(bdat_octets_are_judged_alike)
{
    struct smtp_data data;
    smtp_data_init(&data);
    smtp_data_check(&data, STR("a\r"), false);
    smtp_data_check(&data, STR("\n.\r\nb\r\n"), true);
    CHECK(!data.bare);
    smtp_data_check(&data, STR("c\r"), true);
    CHECK(data.bare);
}

TEST(what_was_written_reads_back)
{
    struct str message = STR(".a\r\n..\r\nb.\r\n\r\n.\r\n");
    for (size_t piece = 1; piece <= message.len; piece++) {
        struct buf out;
        bool line_start = true;
        buf_init(&out, 1000);
        for (size_t at = 0; at < message.len; at += piece)
            smtp_data_write(str_sub(message, at, piece), &line_start, &out);
        buf_add_text(&out, ".\r\n");
        struct reading reading = read_in_pieces(buf_str(&out), 1000);
        CHECK(reading.data.finished && !reading.data.bare);
        CHECK(str_eq(buf_str(&reading.out), message));
        buf_finish(&reading.out);
        buf_finish(&out);
    }
}
