/* SPDX-License-Identifier: BSD-2-Clause */
/* The structure of MIME messages. */
#include "unit/test.h"

#include <time.h>

#include "base/buf.h"
#include "mail/header.h"
#include "mail/mime.h"

static struct arena *arena;
static struct mime mime;

static void parse(struct str message)
{
    arena_destroy(arena);
    arena = arena_create(64 << 20);
    mime_finish(&mime);
    mime_parse(&mime, message, arena);
}

static struct str body(struct str message, size_t part)
{
    return str_sub(message, mime.parts[part].body_at, mime.parts[part].body_size);
}

TEST(a_message_without_mime_fields_is_plain_text)
{
    struct str message = STR("Subject: x\r\n\r\none\r\ntwo\r\n");
    parse(message);
    CHECK_INT(mime.count, 1);
    CHECK_STR(mime.parts[0].type, "text");
    CHECK_STR(mime.parts[0].subtype, "plain");
    CHECK_STR(body(message, 0), "one\r\ntwo\r\n");
    CHECK_INT(mime.parts[0].body_lines, 2);
    CHECK_INT(mime.parts[0].header_size, 14);
}

/* RFC 2046 5.1.1 */
#define SIMPLE                                                                                               \
    "From: Nathaniel Borenstein <nsb@bellcore.com>\r\n"                                                      \
    "MIME-Version: 1.0\r\n"                                                                                  \
    "Content-type: multipart/mixed; boundary=\"simple boundary\"\r\n"                                        \
    "\r\n"                                                                                                   \
    "This is the preamble.\r\n"                                                                              \
    "--simple boundary\r\n"                                                                                  \
    "\r\n"                                                                                                   \
    "This is implicitly typed plain US-ASCII text.\r\n"                                                      \
    "It does NOT end with a linebreak.\r\n"                                                                  \
    "--simple boundary\r\n"                                                                                  \
    "Content-type: text/plain; charset=us-ascii\r\n"                                                         \
    "\r\n"                                                                                                   \
    "This is explicitly typed plain US-ASCII text.\r\n"                                                      \
    "It DOES end with a linebreak.\r\n"                                                                      \
    "\r\n"                                                                                                   \
    "--simple boundary--\r\n"                                                                                \
    "\r\n"                                                                                                   \
    "This is the epilogue.\r\n"

TEST(the_example_of_RFC_2046_is_understood)
{
    parse(STR(SIMPLE));
    CHECK_INT(mime.count, 3);
    CHECK(mime.parts[0].kind == MIME_MULTIPART);
    CHECK_INT(mime.parts[0].first_child, 1);
    CHECK_INT(mime.parts[1].next, 2);
    CHECK(mime.parts[2].next == MIME_NONE);
    CHECK_STR(body(STR(SIMPLE), 1),
              "This is implicitly typed plain US-ASCII text.\r\nIt does NOT end with a linebreak.");
    CHECK_INT(mime.parts[1].body_lines, 1);
    CHECK_STR(body(STR(SIMPLE), 2),
              "This is explicitly typed plain US-ASCII text.\r\nIt DOES end with a linebreak.\r\n");
    CHECK_INT(mime.parts[2].body_lines, 2);
    CHECK_STR(*mime_param(&mime.parts[2].params, "CHARSET"), "us-ascii");
}

TEST(line_feeds_alone_do_as_well)
{
    parse(STR("Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo\n\n--b--\n"));
    CHECK_INT(mime.count, 3);
    CHECK_INT(mime.parts[1].body_size, 3);
    CHECK_INT(mime.parts[2].body_size, 4);
}

TEST(every_cut_of_the_example_keeps_its_parts_inside)
{
    struct str whole = STR(SIMPLE);
    for (size_t len = 0; len <= whole.len; len++) {
        char *copy = memcpy(malloc(len + 1), whole.at, len);
        parse(str_make(copy, len));
        for (size_t i = 0; i < mime.count; i++) {
            const struct mime_part *part = &mime.parts[i];
            CHECK(part->header_at + part->header_size == part->body_at);
            CHECK(part->body_at + part->body_size <= len);
        }
        free(copy);
    }
}

TEST(content_fields_are_taken)
{
    parse(STR("Content-Type: Image/PNG (a picture);\r\n name=\"a\\\"b;c.png\"; x=y\r\n"
              "Content-Transfer-Encoding: BASE64\r\nContent-ID: <1@x>\r\nContent-Description: a\r\n b\r\n"
              "Content-MD5: Q2hlY2s=\r\nContent-Location: http://x/\r\nContent-Language: de, en\r\n"
              "Content-Disposition: attachment; filename=a.png; size=10\r\n\r\n"));
    const struct mime_part *part = &mime.parts[0];
    CHECK_STR(part->type, "Image");
    CHECK_STR(part->subtype, "PNG");
    CHECK_STR(*mime_param(&part->params, "name"), "a\"b;c.png");
    CHECK_STR(*mime_param(&part->params, "x"), "y");
    CHECK_STR(part->encoding, "BASE64");
    CHECK_STR(part->id, "<1@x>");
    CHECK_STR(part->description, "a b");
    CHECK_STR(part->md5, "Q2hlY2s=");
    CHECK_STR(part->location, "http://x/");
    CHECK_STR(part->language, "de, en");
    CHECK_STR(part->disposition, "attachment");
    CHECK_STR(*mime_param(&part->disposition_params, "filename"), "a.png");
}

TEST(parameters_of_RFC_2231_are_joined_and_decoded)
{
    struct str type, subtype;
    struct mime_params params;
    struct buf out;
    arena_destroy(arena);
    arena = arena_create(1 << 20);
    buf_init(&out, 1000);
    CHECK(mime_content_type(STR("application/x-stuff; title*0*=us-ascii'en'This%20is%20even%20more%20; "
                                "title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*2=\"isn't it!\"; "
                                "file*=iso-8859-1''%e4.txt; old=\"=?utf-8?q?=C3=A4?=\""),
                            arena, &type, &subtype, &params));
    CHECK(mime_param_text(&params, "title", &out));
    CHECK_STR(buf_str(&out), "This is even more ***fun*** isn't it!");
    buf_clear(&out);
    CHECK(mime_param_text(&params, "file", &out));
    CHECK_STR(buf_str(&out), "\xc3\xa4.txt");
    buf_clear(&out);
    CHECK(mime_param_text(&params, "old", &out));
    CHECK_STR(buf_str(&out), "\xc3\xa4");
    CHECK(!mime_param_text(&params, "none", &out));
    buf_finish(&out);
}

TEST(pieces_of_a_parameter_become_one_when_it_is_read)
{
    struct str type, subtype;
    struct mime_params params;
    struct buf out;
    arena_destroy(arena);
    arena = arena_create(1 << 20);
    buf_init(&out, 1000);
    CHECK(mime_content_type(
        STR("a/b; x=y; name*1=second; NAME*0=\"first \"; name*2*=%20third; z*0=a; z*1=\"b c\"; "
            "gap*0=a; gap*2=c; tail*1=x; q*0*=utf-8''%41; q*1=\"50%\"; z*0=again"),
        arena, &type, &subtype, &params));
    CHECK(params.count == 6);
    CHECK_STR(params.at[0].name, "x");
    CHECK_STR(params.at[1].name, "NAME*");
    CHECK_STR(params.at[1].value, "''first%20second%20third");
    CHECK_STR(params.at[2].name, "z");
    CHECK_STR(params.at[2].value, "ab c");
    CHECK_STR(*mime_param(&params, "gap"), "a");
    CHECK_STR(*mime_param(&params, "tail*1"), "x");
    CHECK_STR(*mime_param(&params, "q*"), "utf-8''%4150%25");
    CHECK(mime_param_text(&params, "name", &out));
    CHECK_STR(buf_str(&out), "first second third");
    buf_finish(&out);
}

TEST(a_content_type_that_is_none_is_plain_text)
{
    parse(STR("Content-Type: text\r\n\r\n"));
    CHECK_STR(mime.parts[0].subtype, "plain");
    parse(STR("Content-Type: multipart/mixed\r\n\r\n--b\r\n"));
    CHECK(mime.parts[0].kind == MIME_LEAF);
    CHECK_STR(mime.parts[0].type, "text");
}

#define NESTED                                                                                               \
    "Content-Type: multipart/mixed; boundary=a\r\n\r\n"                                                      \
    "--a\r\nContent-Type: text/html\r\n\r\nx\r\n"                                                            \
    "--a\r\nContent-Type: message/rfc822\r\n\r\n"                                                            \
    "Subject: in\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"                                 \
    "--b\r\n\r\none\r\n--b \t\r\n\r\ntwo\r\n--b--\r\n"                                                       \
    "\r\n--a\r\nContent-Type: message/rfc822\r\n\r\nSubject: plain\r\n\r\ntext\r\n--a--\r\n"

TEST(sections_are_numbered_as_IMAP_does)
{
    struct str message = STR(NESTED);
    parse(message);
    CHECK_INT(mime.count, 8);
    CHECK(mime_section(&mime, NULL, 0) == &mime.parts[0]);
    CHECK(mime_section(&mime, (uint32_t[]){1}, 1) == &mime.parts[1]);
    CHECK(mime_section(&mime, (uint32_t[]){2}, 1)->kind == MIME_MESSAGE);
    CHECK_STR(body(message, (size_t)(mime_section(&mime, (uint32_t[]){2, 2}, 2) - mime.parts)), "two");
    CHECK_STR(body(message, (size_t)(mime_section(&mime, (uint32_t[]){3, 1}, 2) - mime.parts)), "text");
    CHECK(!mime_section(&mime, (uint32_t[]){3, 2}, 2));
    CHECK(!mime_section(&mime, (uint32_t[]){1, 1}, 2));
    CHECK(!mime_section(&mime, (uint32_t[]){4}, 1));
    CHECK(!mime_section(&mime, (uint32_t[]){0}, 1));
    struct header_field field;
    const struct mime_part *inner = &mime.parts[mime.parts[2].first_child];
    CHECK(header_find(str_sub(message, inner->header_at, inner->header_size), STR("Subject"), &field));
    CHECK_STR(field.value, " in");
    parse(STR("Subject: x\r\n\r\nbody"));
    CHECK(mime_section(&mime, (uint32_t[]){1}, 1) == &mime.parts[0]);
    CHECK(!mime_section(&mime, (uint32_t[]){1, 1}, 2));
}

TEST(parts_of_a_digest_are_messages)
{
    parse(
        STR("Content-Type: multipart/digest; boundary=a\r\n\r\n--a\r\n\r\nSubject: x\r\n\r\nb\r\n--a--\r\n"));
    CHECK_INT(mime.count, 3);
    CHECK(mime.parts[1].kind == MIME_MESSAGE);
    CHECK_STR(mime.parts[1].subtype, "rfc822");
    CHECK_STR(mime.parts[2].type, "text");
}

TEST(an_outer_delimiter_ends_the_inner_parts)
{
    struct str message =
        STR("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n"
            "Content-Type: multipart/mixed; boundary=ab\r\n\r\n--ab\r\n\r\nx\r\n--a\r\n\r\ny\r\n");
    parse(message);
    CHECK_INT(mime.count, 4);
    CHECK_STR(body(message, 2), "x");
    CHECK_INT(mime.parts[3].parent, 0);
    CHECK_STR(body(message, 3), "y\r\n");
}

TEST(a_line_that_only_begins_like_a_delimiter_is_text)
{
    parse(STR("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\n--ab\r\n--a-\r\n --a\r\n-- "
              "a\r\n--a--x\r\n"));
    CHECK_INT(mime.count, 2);
}

/* A message of nested multiparts whose boundaries begin alike. */
static void nest(struct buf *out, unsigned depth, const char *common)
{
    for (unsigned i = 0; i < depth; i++) {
        if (i)
            buf_printf(out, "--%s%u\r\n", common, i - 1);
        buf_printf(out, "Content-Type: multipart/mixed; boundary=\"%s%u\"\r\n\r\n", common, i);
    }
}

TEST(depth_and_parts_are_limited)
{
    struct buf message;
    buf_init(&message, 4 << 20);
    nest(&message, 500, "x");
    parse(buf_str(&message));
    CHECK_INT(mime.count, MIME_DEPTH_LIMIT);
    CHECK(mime.cut);
    buf_clear(&message);
    buf_add_text(&message, "Content-Type: multipart/mixed; boundary=x\r\n\r\n");
    for (int i = 0; i < 20000; i++)
        buf_add_text(&message, "--x\r\n\r\n.\r\n");
    parse(buf_str(&message));
    CHECK_INT(mime.count, MIME_PART_LIMIT);
    CHECK(mime.cut);
    buf_clear(&message);
    for (int i = 0; i < 500; i++)
        buf_add_text(&message, "Content-Type: message/rfc822\r\n\r\n");
    parse(buf_str(&message));
    CHECK_INT(mime.count, MIME_DEPTH_LIMIT);
    CHECK(mime.cut);
    buf_finish(&message);
}

TEST(a_boundary_may_have_2048_octets)
{
    struct buf message;
    buf_init(&message, 1 << 20);
    buf_printf(&message,
               "Content-Type: multipart/mixed; boundary=%02048d\r\n\r\n--%02048d\r\n\r\nx\r\n--%02048d--\r\n",
               1, 1, 1);
    parse(buf_str(&message));
    CHECK_INT(mime.count, 2);
    buf_clear(&message);
    buf_printf(&message, "Content-Type: multipart/mixed; boundary=%02049d\r\n\r\n--%02049d\r\n\r\nx\r\n", 1,
               1);
    parse(buf_str(&message));
    CHECK_INT(mime.count, 1);
    buf_finish(&message);
}

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Seconds for a message of `lines` lines that all look like the hundred open boundaries. */
static double hostile(unsigned lines)
{
    struct buf message;
    char common[1001];
    memset(common, 'x', 1000);
    common[1000] = '\0';
    buf_init(&message, 64 << 20);
    nest(&message, MIME_DEPTH_LIMIT, common);
    for (unsigned i = 0; i < lines; i++)
        buf_printf(&message, "--%sz\r\n", common);
    double start = cpu_seconds();
    parse(buf_str(&message));
    double spent = cpu_seconds() - start;
    buf_finish(&message);
    return spent;
}

TEST(time_is_linear_whatever_the_boundaries)
{
    double small = hostile(2000), large = hostile(16000);
    if (large > 40 * small + 0.5)
        test_failed(__FILE__, __LINE__, "8 times the lines took %.3f s after %.3f s", large, small);
}
