/* SPDX-License-Identifier: BSD-2-Clause */
/* Delivery status notifications: read back with our own parsers. */
#include "unit/test.h"

#include "mail/dsn.h"
#include "mail/header.h"
#include "mail/mime.h"

static struct buf text;
static struct mime mime;
static struct arena *arena;
static struct verdict verdict;
static size_t head;

static struct dsn sample(const struct dsn_recipient *rcpts, size_t count)
{
    return (struct dsn){.kind = DSN_FAILURE,
                        .to = STR("a@paris.example"),
                        .reporter = STR("mx.paris.example"),
                        .from = STR("MAILER-DAEMON@paris.example"),
                        .mail_name = STR("Relais"),
                        .queue_id = STR("4BCDFG0000z0000001"),
                        .original_id = STR("4BCDFF0000z0000001"),
                        .original_from = STR("a@paris.example"),
                        .envid = STR("QQ314159"),
                        .now = 880127706,
                        .arrival = 880127000,
                        .rcpts = rcpts,
                        .rcpt_count = count,
                        .original = STR("Subject: hello\r\nFrom: a@paris.example\r\n\r\nbody\r\n")};
}

static const struct dsn_recipient failed = {.address = STR_INIT("b@lyon.example"),
                                            .orcpt = STR_INIT("rfc822;Bob@lyon.example"),
                                            .action = DSN_FAILED,
                                            .class = 5,
                                            .subject = 1,
                                            .detail = 1,
                                            .code = 550,
                                            .text = STR_INIT("No such user here"),
                                            .remote = STR_INIT("mx.lyon.example")};

static bool compose(const struct dsn *dsn)
{
    buf_finish(&text);
    buf_init(&text, 1 << 20);
    arena_destroy(arena);
    arena = arena_create(1 << 20);
    mime_finish(&mime);
    bool composed = dsn_compose(dsn, &text, &head, &verdict);
    if (composed)
        mime_parse(&mime, buf_str(&text), arena);
    return composed;
}

static struct str part(size_t index)
{
    return str_sub(buf_str(&text), mime.parts[index].body_at, mime.parts[index].body_size);
}

static bool has(struct str where, const char *what)
{
    return str_find_str(where, str_of(what)) != SIZE_MAX;
}

TEST(a_failure_has_the_three_parts_of_RFC_6522)
{
    struct dsn dsn = sample(&failed, 1);
    CHECK(compose(&dsn));
    CHECK_INT(mime.count, 5);
    CHECK_STR(mime.parts[0].subtype, "report");
    CHECK_STR(*mime_param(&mime.parts[0].params, "report-type"), "delivery-status");
    CHECK_STR(mime.parts[1].type, "text");
    CHECK_STR(mime.parts[2].subtype, "delivery-status");
    CHECK(mime.parts[3].kind == MIME_MESSAGE);
    CHECK_STR(part(3), "Subject: hello\r\nFrom: a@paris.example\r\n\r\nbody\r\n");
    CHECK_INT(head, mime.parts[0].header_size);
    struct header_field field;
    CHECK(header_find(buf_str(&text), STR("Auto-Submitted"), &field));
    CHECK_STR(field.value, " auto-replied");
    CHECK(header_find(buf_str(&text), STR("To"), &field));
    CHECK_STR(field.value, " a@paris.example");
}

TEST(the_status_part_is_for_programs)
{
    struct dsn dsn = sample(&failed, 1);
    CHECK(compose(&dsn));
    struct str status = part(2);
    CHECK(has(status, "Original-Envelope-Id: QQ314159\r\n"));
    CHECK(has(status, "Reporting-MTA: dns; mx.paris.example\r\n"));
    CHECK(has(status, "\r\n\r\nOriginal-Recipient: rfc822; Bob@lyon.example\r\n"));
    CHECK(has(status, "Final-Recipient: rfc822; b@lyon.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"));
    CHECK(has(status, "Remote-MTA: dns; mx.lyon.example\r\n"));
    CHECK(has(status, "Diagnostic-Code: smtp; 550 No such user here\r\n"));
    CHECK(!has(status, "Will-Retry-Until"));
}

/* RFC 3464 2.1: another empty line would begin a recipient without fields. */
TEST(an_empty_line_stands_before_each_recipient_and_none_behind_the_last)
{
    struct dsn_recipient rcpts[2] = {failed, failed};
    struct dsn dsn = sample(rcpts, 2);
    CHECK(compose(&dsn));
    struct str rest = part(2);
    size_t groups = 1;
    CHECK(!str_ends(rest, STR("\r\n\r\n")));
    for (size_t at; (at = str_find_str(rest, STR("\r\n\r\n"))) != SIZE_MAX; groups++)
        rest = str_from(rest, at + 4);
    CHECK_INT(groups, 3);
}

TEST(a_delay_says_until_when_it_is_tried)
{
    struct dsn_recipient rcpt = failed;
    rcpt.action = DSN_DELAYED;
    rcpt.class = 4;
    rcpt.remote = (struct str){NULL, 0};
    struct dsn dsn = sample(&rcpt, 1);
    dsn.kind = DSN_DELAY;
    dsn.retry_until = 880559706;
    dsn.header_only = true;
    CHECK(compose(&dsn));
    CHECK(has(part(2), "Will-Retry-Until: "));
    CHECK(has(part(2), "Action: delayed\r\n"));
    CHECK(has(part(2), "Diagnostic-Code: x-relais; No such user here\r\n"));
    CHECK_STR(mime.parts[3].subtype, "rfc822-headers");
}

TEST(an_international_message_has_the_types_of_RFC_6533)
{
    struct dsn_recipient rcpt = failed;
    rcpt.address = STR("d\xc3\xb6rte@lyon.example");
    struct dsn dsn = sample(&rcpt, 1);
    dsn.utf8 = true;
    CHECK(compose(&dsn));
    CHECK_STR(*mime_param(&mime.parts[0].params, "report-type"), "global-delivery-status");
    CHECK_STR(mime.parts[2].subtype, "global-delivery-status");
    CHECK_STR(mime.parts[3].subtype, "global");
    CHECK(has(part(2), "Final-Recipient: utf-8; d\xc3\xb6rte@lyon.example\r\n"));
}

TEST(what_strangers_said_cannot_add_fields_or_parts)
{
    struct dsn_recipient rcpt = failed;
    rcpt.text = STR("no\r\n\r\nAction: delivered\r\n--x\xff");
    rcpt.remote = STR("mx\r\nStatus: 2.0.0");
    rcpt.orcpt = STR("rfc822;a\r\nb");
    struct dsn dsn = sample(&rcpt, 1);
    dsn.envid = STR("x\r\nY: z");
    CHECK(compose(&dsn));
    CHECK_INT(mime.count, 5);
    CHECK(!has(buf_str(&text), "\nAction: delivered"));
    CHECK(!has(buf_str(&text), "\nStatus: 2.0.0"));
    CHECK(!has(buf_str(&text), "\nY: z"));
    dsn.to = STR("a@b\r\nBcc: c@d");
    CHECK(!compose(&dsn));
    CHECK(verdict.class == VERDICT_REJECT);
}

TEST(a_boundary_in_the_original_is_avoided)
{
    struct dsn dsn = sample(&failed, 1);
    dsn.original = STR("Subject: x\r\n\r\n--=_4BCDFG0000z0000001.880127706.0\r\n");
    CHECK(compose(&dsn));
    CHECK_INT(mime.count, 5);
    CHECK_STR(part(3), "Subject: x\r\n\r\n--=_4BCDFG0000z0000001.880127706.0\r\n");
}

TEST(no_line_of_a_report_is_over_the_limit)
{
    struct dsn_recipient rcpt = failed;
    char words[600];
    memset(words, 'x', sizeof words);
    rcpt.text = str_make(words, sizeof words);
    struct dsn dsn = sample(&rcpt, 1);
    CHECK(compose(&dsn));
    struct str rest = buf_str(&text), line;
    while (str_cut(&rest, '\n', &line))
        CHECK(line.len <= 999);
}
