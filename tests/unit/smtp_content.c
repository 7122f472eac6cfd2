/* SPDX-License-Identifier: BSD-2-Clause */
/* What a message becomes for hosts without 8BITMIME and SMTPUTF8, and with long lines: RFC 6152 3, RFC
 * 6531 3.2, RFC 5321 4.5.3.1.6. The conversion itself is unit/mail_sevenbit.c's matter. */
#include "unit/smtp.h"

#define BEGIN "< 220 mx\n> EHLO client.example.org\n"
#define OK    "< 250 ok\n"
#define TAKE  OK "> DATA\n< 354 go on\n>>\n< 250 2.0.0 taken\n"
#define JEAN  "> RCPT TO:<jean@example.com>\n" TAKE

struct sending {
    struct office office;
    struct host host;
};

static void begin(struct sending *sending, const char *main_cf, const char *script, const char *message)
{
    host_open(&sending->host, "127.0.0.1", 0);
    sending->host.scripts[0] = script;
    office_open(&sending->office, main_cf, NULL);
    office_write(&sending->office, message);
}

static void end(struct sending *sending)
{
    office_close(&sending->office);
    host_free(&sending->host);
}

/* The letter that the host got, with \n for CRLF. */
static void check_letter(struct sending *sending, const char *wanted)
{
    struct buf got;
    office_hang_up(&sending->office);
    host_close(&sending->host);
    buf_init(&got, 1 << 20);
    for (size_t i = 0; i < sending->host.letter.len; i++)
        if (sending->host.letter.at[i] != '\r')
            buf_add_char(&got, sending->host.letter.at[i]);
    CHECK_STR(buf_str(&got), wanted);
    buf_finish(&got);
}

static void check_becomes(const char *main_cf, const char *script, const char *message, const char *wanted)
{
    struct sending sending;
    begin(&sending, main_cf, script, message);
    office_send_to(&sending.office, &sending.host, "jean@example.com");
    CHECK_SAID(&sending.office, 0, "250 2.0.0 taken");
    check_letter(&sending, wanted);
    end(&sending);
}

#define WIDE                                                                                                 \
    "MIME-Version: 1.0\nSubject: x\n\n.Gr\xc3\xbc\xc3\x9f"                                                   \
    "e\n"
#define LINES "0123456789012345678901234567890123456789"

TEST(octets_over_127_go_as_they_are_to_a_host_with_8bitmime)
{
    check_becomes(
        "", BEGIN "< 250-mx\n< 250 8BITMIME\n> MAIL FROM:<marie@example.org> BODY=8BITMIME\n" OK JEAN, WIDE,
        "MIME-Version: 1.0\nSubject: x\n\n..Gr\xc3\xbc\xc3\x9f"
        "e\n");
}

TEST(a_host_without_8bitmime_gets_quoted_printable_and_its_size)
{
    check_becomes(
        "", BEGIN "< 250-mx\n< 250 SIZE\n> MAIL FROM:<marie@example.org> SIZE=96\n" OK JEAN, WIDE,
        "MIME-Version: 1.0\nSubject: x\nContent-Transfer-Encoding: quoted-printable\n\n..Gr=C3=BC=C3=9Fe\n");
}

TEST(no_conversion_means_none)
{
    check_becomes("disable_mime_output_conversion = yes\n",
                  BEGIN "< 250 mx\n> MAIL FROM:<marie@example.org>\n" OK JEAN, WIDE,
                  "MIME-Version: 1.0\nSubject: x\n\n..Gr\xc3\xbc\xc3\x9f"
                  "e\n");
}

TEST(what_cannot_be_converted_is_returned)
{
    struct sending sending;
    begin(&sending, "", BEGIN "< 250 mx\n> QUIT\n", "Content-Type: message/partial\n\n\xe9\n");
    office_send_to(&sending.office, &sending.host, "jean@example.com");
    CHECK_SAID(&sending.office, 0,
               "550 5.6.3 8BITMIME is required, but was not offered by host 127.0.0.1[127.0.0.1]");
    CHECK(!sending.office.answer.site_down);
    end(&sending);
}

TEST(a_message_that_grows_over_the_hosts_limit_is_returned)
{
    struct sending sending;
    begin(&sending, "", BEGIN "< 250-mx\n< 250 SIZE 90\n> QUIT\n", WIDE);
    CHECK(sending.office.request.size < 90);
    office_send_to(&sending.office, &sending.host, "jean@example.com");
    CHECK_SAID(&sending.office, 0,
               "552 5.3.4 message size 96 exceeds size limit 90 of server 127.0.0.1[127.0.0.1]");
    end(&sending);
}

TEST(long_lines_are_encoded_also_for_a_host_with_8bitmime)
{
    check_becomes("smtp_line_length_limit = 100\n",
                  BEGIN "< 250-mx\n< 250 8BITMIME\n> MAIL FROM:<marie@example.org>\n" OK JEAN,
                  "MIME-Version: 1.0\n\n" LINES LINES LINES "\n",
                  "MIME-Version: 1.0\nContent-Transfer-Encoding: quoted-printable\n\n" LINES
                  "01234567890123456789012345678901234=\n56789" LINES "\n");
}

TEST(long_lines_go_as_they_are_without_a_limit)
{
    check_becomes("smtp_line_length_limit = 0\n", BEGIN "< 250 mx\n> MAIL FROM:<marie@example.org>\n" OK JEAN,
                  "MIME-Version: 1.0\n\n" LINES LINES LINES "\n",
                  "MIME-Version: 1.0\n\n" LINES LINES LINES "\n");
}

/* --- SMTPUTF8 --- */

#define REQUIRED "550 5.6.7 SMTPUTF8 is required, but was not offered by host 127.0.0.1[127.0.0.1]"

static void check_wide(const char *script, const char *sender, const char *rcpt, const char *message,
                       const char *said)
{
    struct sending sending;
    begin(&sending, "", script, message);
    sending.office.request.smtputf8 = true;
    sending.office.request.sender = str_of(sender);
    office_send_to(&sending.office, &sending.host, rcpt);
    CHECK_SAID(&sending.office, 0, said);
    end(&sending);
}

TEST(a_message_that_needs_no_smtputf8_goes_without)
{
    check_wide(BEGIN "< 250 mx\n> MAIL FROM:<marie@example.org>\n" OK JEAN, "marie@example.org",
               "jean@example.com", "Subject: x\n\nplain\n", "250 2.0.0 taken");
    check_wide(BEGIN "< 250-mx\n< 250 8BITMIME\n> MAIL FROM:<marie@example.org> BODY=8BITMIME\n" OK JEAN,
               "marie@example.org", "jean@example.com", "Subject: x\n\nb\xc3\xa9\n", "250 2.0.0 taken");
}

TEST(utf8_in_a_header_needs_smtputf8)
{
    check_wide(BEGIN "< 250-mx\n< 250 8BITMIME\n> QUIT\n", "marie@example.org", "jean@example.com",
               "Subject: \xc3\xa9\n\nplain\n", REQUIRED);
    check_wide(
        BEGIN "< 250-mx\n< 250 8BITMIME\n> QUIT\n", "marie@example.org", "jean@example.com",
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Description: \xc3\xa9\n\nx\n--b--\n",
        REQUIRED);
}

TEST(a_sender_in_utf8_needs_smtputf8)
{
    check_wide(BEGIN "< 250 mx\n> QUIT\n", "ren\xc3\xa9@example.org", "jean@example.com",
               "Subject: x\n\nplain\n", REQUIRED);
}

TEST(a_domain_in_utf8_can_be_spelled_in_ascii)
{
    check_wide(BEGIN "< 250 mx\n> MAIL FROM:<marie@xn--bcher-kva.example>\n" OK
                     "> RCPT TO:<jean@xn--mller-kva.example>\n" TAKE,
               "marie@b\xc3\xbc"
               "cher.example",
               "jean@m\xc3\xbcller.example", "Subject: x\n\nplain\n", "250 2.0.0 taken");
    check_wide(BEGIN "< 250-mx\n< 250 SMTPUTF8\n> MAIL FROM:<> SMTPUTF8\n" OK
                     "> RCPT TO:<jean@m\xc3\xbcller.example>\n" TAKE,
               "", "jean@m\xc3\xbcller.example", "Subject: x\n\nplain\n", "250 2.0.0 taken");
}

TEST(only_the_recipient_that_needs_smtputf8_is_refused)
{
    struct sending sending;
    begin(&sending, "",
          BEGIN "< 250-mx\n< 250 PIPELINING\n> MAIL FROM:<marie@example.org>\n"
                "> RCPT TO:<jean@example.com>\n> DATA\n" OK OK "< 354 go on\n>>\n< 250 2.0.0 taken\n",
          "Subject: x\n\nplain\n");
    sending.office.request.smtputf8 = true;
    office_send_to(&sending.office, &sending.host, "ren\xc3\xa9@example.com jean@example.com");
    CHECK_SAID(&sending.office, 0, REQUIRED);
    CHECK_SAID(&sending.office, 1, "250 2.0.0 taken");
    end(&sending);
}
