/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages from programs made fit for SMTP. */
#include "tools/sendmail_message.h"
#include "unit/test.h"

static void check_normal(const char *raw, bool dot_ends, const char *wanted)
{
    struct buf message;
    buf_init(&message, 10000);
    CHECK(message_normalise(str_of(raw), dot_ends, &message));
    CHECK_STR(buf_str(&message), wanted);
    buf_finish(&message);
}

TEST(every_line_ends_in_crlf)
{
    check_normal("A: b\n\nx\ny", true, "A: b\r\n\r\nx\r\ny\r\n");
    check_normal("A: b\r\n\r\nx\r\n", true, "A: b\r\n\r\nx\r\n");
    check_normal("", true, "");
}

TEST(a_bare_cr_makes_no_header_field)
{
    check_normal("Subject: x\rBcc: y\n\na\rb\n", true, "Subject: x Bcc: y\r\n\r\na\r\nb\r\n");
    check_normal("A: b\r\r\n\n\n", true, "A: b \r\n\r\n\r\n");
}

TEST(nul_octets_go)
{
    struct buf message;
    buf_init(&message, 100);
    CHECK(message_normalise(STR("A: b\0\n\n\0\0x\0y\n"), true, &message));
    CHECK_STR(buf_str(&message), "A: b\r\n\r\nxy\r\n");
    buf_finish(&message);
}

TEST(a_dot_alone_ends_the_message_only_when_asked)
{
    check_normal("A: b\n\nx\n.\ny\n", true, "A: b\r\n\r\nx\r\n");
    check_normal("A: b\n\nx\n.\ny\n", false, "A: b\r\n\r\nx\r\n.\r\ny\r\n");
    check_normal("A: b\n\nx\n..\n", true, "A: b\r\n\r\nx\r\n..\r\n");
}

TEST(a_dot_between_bare_crs_stays_inside_the_message)
{
    check_normal("A: b\n\nx\r.\ry\n", true, "A: b\r\n\r\nx\r\n.\r\ny\r\n");
}

TEST(mbox_from_lines_at_the_start_are_dropped)
{
    check_normal("From user Mon\n>From other\nA: b\n\nFrom here\n", true, "A: b\r\n\r\nFrom here\r\n");
}

TEST(over_the_limit_is_said)
{
    struct buf message;
    buf_init(&message, 10);
    CHECK(!message_normalise(STR("0123456789"), true, &message));
    buf_finish(&message);
}

/* The recipients joined by blanks, a bar, and the message; or "! why". */
static const char *take(const char *text)
{
    static char out[2000];
    static struct recipients recipients;
    struct arena *arena = arena_create(1 << 20);
    struct buf message;
    const char *why = NULL;
    size_t len = 0;
    recipients.count = 0;
    buf_init(&message, 10000);
    buf_add_text(&message, text);
    out[0] = '\0';
    if (!message_take_recipients(&message, &recipients, STR("here.example"), arena, &why)) {
        snprintf(out, sizeof out, "! %s", why);
    } else {
        for (size_t i = 0; i < recipients.count; i++)
            len += (size_t)snprintf(out + len, sizeof out - len, STR_FMT " ", STR_ARG(recipients.at[i]));
        snprintf(out + len, sizeof out - len, "|" STR_FMT, STR_ARG(buf_str(&message)));
    }
    buf_finish(&message);
    arena_destroy(arena);
    return out;
}

TEST(recipients_come_from_to_cc_and_bcc_and_bcc_goes)
{
    CHECK_STR(
        str_of(take("To: a, B C <d@e>\r\nBcc: s@t,\r\n u@v\r\nSubject: x\r\nCc: g: h@i;\r\n\r\nbody\r\n")),
        "a@here.example d@e s@t u@v h@i |To: a, B C <d@e>\r\nSubject: x\r\nCc: g: h@i;\r\n\r\nbody\r\n");
}

TEST(of_a_message_sent_again_only_the_resent_fields_count)
{
    CHECK_STR(str_of(take("Resent-To: r@s\r\nTo: a@b\r\nResent-Bcc: q@r\r\nBcc: c@d\r\n\r\n")),
              "r@s q@r |Resent-To: r@s\r\nTo: a@b\r\n\r\n");
}

TEST(a_message_without_recipients_gives_none)
{
    CHECK_STR(str_of(take("Subject: x\r\n\r\nTo: a@b\r\n")), "|Subject: x\r\n\r\nTo: a@b\r\n");
}

TEST(a_recipient_that_is_no_address_is_refused)
{
    CHECK(take("To: a@-b-.example\r\n\r\n")[0] == '!');
}

static void check_from(const char *text, const char *name, const char *wanted)
{
    struct buf message;
    buf_init(&message, 10000);
    buf_add_text(&message, text);
    CHECK(message_add_from(&message, str_of(name), STR("u@h")));
    CHECK_STR(buf_str(&message), wanted);
    buf_finish(&message);
}

TEST(a_missing_from_is_added)
{
    check_from("To: x\r\n\r\n", "U Ser", "From: U Ser <u@h>\r\nTo: x\r\n\r\n");
    check_from("To: x\r\n\r\n", "U. \"Q\" Ser", "From: \"U. \\\"Q\\\" Ser\" <u@h>\r\nTo: x\r\n\r\n");
    check_from("To: x\r\n\r\n", "", "From: u@h\r\nTo: x\r\n\r\n");
    check_from("To: x\r\n\r\n", "\"\r\nBcc: y", "From: u@h\r\nTo: x\r\n\r\n");
    check_from("from: x\r\n\r\n", "U", "from: x\r\n\r\n");
    check_from("\r\nbody\r\n", "U", "From: U <u@h>\r\n\r\nbody\r\n");
    check_from("only a body\r\n", "U", "From: U <u@h>\r\n\r\nonly a body\r\n");
    check_from("", "U", "From: U <u@h>\r\n\r\n");
}

TEST(names_beyond_ascii_are_encoded)
{
    check_from("To: x\r\n\r\n", "J\xc3\xb6rg", "From: =?utf-8?B?SsO2cmc=?= <u@h>\r\nTo: x\r\n\r\n");
}

TEST(a_message_sent_again_gets_fields_of_the_resender_and_keeps_its_own)
{
    check_from("Resent-To: x\r\nFrom: y\r\n\r\n", "", "Resent-From: u@h\r\nResent-To: x\r\nFrom: y\r\n\r\n");
    check_from("Resent-From: z\r\nTo: x\r\n\r\n", "", "Resent-From: z\r\nTo: x\r\n\r\n");
}

TEST(a_missing_date_is_added)
{
    struct buf message;
    buf_init(&message, 10000);
    buf_add_text(&message, "To: x\r\n\r\n");
    CHECK(message_add_date(&message, 0));
    CHECK(str_starts(buf_str(&message), STR("Date: ")) &&
          str_ends(buf_str(&message), STR("\r\nTo: x\r\n\r\n")));
    size_t len = message.len;
    CHECK(message_add_date(&message, 0));
    CHECK_INT(message.len, len);
    buf_clear(&message);
    buf_add_text(&message, "Resent-To: x\r\nDate: y\r\n\r\n");
    CHECK(message_add_date(&message, 0));
    CHECK(str_starts(buf_str(&message), STR("Resent-Date: ")));
    buf_finish(&message);
}
