/* SPDX-License-Identifier: BSD-2-Clause */
/* Header fields of our own messages. */
#include "unit/test.h"

#include "mail/compose.h"
#include "mail/header.h"

static struct buf out;

static struct compose begin(bool utf8)
{
    buf_finish(&out);
    buf_init(&out, 100000);
    return compose_begin(&out, utf8);
}

TEST(fields_are_written_and_ended)
{
    struct compose compose = begin(false);
    compose_field(&compose, "To", STR("a@b.example"));
    compose_text(&compose, "Subject", STR("Caf\xc3\xa9"));
    compose_address(&compose, "From", STR("Mail, the System"), STR("m@b.example"));
    compose_address(&compose, "Cc", STR("Caf\xc3\xa9"), STR("c@b.example"));
    compose_date(&compose, "Date", &(struct mail_date){880127706, -360});
    compose_message_id(&compose, "Message-ID", STR("a b..c."), STR("h.example"));
    CHECK(compose_end(&compose));
    CHECK_STR(buf_str(&out), "To: a@b.example\r\nSubject: =?utf-8?B?Q2Fmw6k=?=\r\n"
                             "From: \"Mail, the System\" <m@b.example>\r\n"
                             "Cc: =?utf-8?B?Q2Fmw6k=?= <c@b.example>\r\n"
                             "Date: Fri, 21 Nov 1997 09:55:06 -0600\r\n"
                             "Message-ID: <a-b.-c-@h.example>\r\n\r\n");
}

TEST(nothing_can_be_injected)
{
    static const struct str wrong[] = {STR_INIT("a\r\nBcc: x"), STR_INIT("a\nb"), STR_INIT("a\rb"),
                                       STR_INIT("a\0b")};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        for (int form = 0; form < 4; form++) {
            struct compose compose = begin(form == 3);
            if (form == 0)
                compose_field(&compose, "To", wrong[i]);
            else if (form == 1)
                compose_address(&compose, "To", wrong[i], STR("a@b"));
            else if (form == 2)
                compose_address(&compose, "To", STR("x"), wrong[i]);
            else
                compose_text(&compose, "Subject", wrong[i]);
            compose_field(&compose, "X-Good", STR("good"));
            CHECK(!compose_end(&compose));
            CHECK(str_find_str(buf_str(&out), STR("Bcc")) == SIZE_MAX);
        }
    struct compose compose = begin(false);
    compose_field(&compose, "A: b\r\nC", STR("x"));
    CHECK(!compose_end(&compose));
}

TEST(long_values_are_folded_and_unfold_to_the_same)
{
    struct buf value, back;
    buf_init(&value, 10000);
    buf_init(&back, 10000);
    for (int i = 0; i < 100; i++)
        buf_printf(&value, "%*sword%d", i ? i % 3 + 1 : 0, "", i);
    struct compose compose = begin(false);
    compose_field(&compose, "Subject", buf_str(&value));
    CHECK(compose_end(&compose));
    struct str rest = buf_str(&out), line;
    while (str_cut(&rest, '\n', &line))
        CHECK(line.len <= 79);
    struct header_field field;
    CHECK(header_find(buf_str(&out), STR("Subject"), &field));
    CHECK(header_unfold(field.value, &back));
    CHECK(str_eq(buf_str(&back), buf_str(&value)));
    buf_finish(&value);
    buf_finish(&back);
}

TEST(a_word_that_makes_a_line_too_long_is_refused)
{
    char word[1200];
    memset(word, 'x', sizeof word);
    struct compose compose = begin(false);
    compose_field(&compose, "References", str_make(word, sizeof word));
    CHECK(!compose_end(&compose));
    buf_finish(&out);
}
