/* SPDX-License-Identifier: BSD-2-Clause */
/* How a session begins: greeting, EHLO and HELO, STARTTLS; and what becomes of mail when it does not. */
#include "unit/smtp.h"

#define HELLO                                                                                                \
    "< 220 mx.example.com ESMTP\n"                                                                           \
    "> EHLO client.example.org\n"
#define REST                                                                                                 \
    "> MAIL FROM:<marie@example.org>~\n"                                                                     \
    "< 250 2.1.0 ok\n"                                                                                       \
    "> RCPT TO:<jean@example.com>\n"                                                                         \
    "< 250 2.1.5 ok\n"                                                                                       \
    "> DATA\n"                                                                                               \
    "< 354 go on\n"                                                                                          \
    ">>\n"                                                                                                   \
    "< 250 2.0.0 queued as 1\n"

/* One request to a host that follows these scripts; the second may be NULL. */
static void send_by(struct office *office, struct host *host, const char *main_cf, const char *first,
                    const char *second)
{
    host_open(host, "127.0.0.1", 0);
    host->scripts[0] = first;
    host->scripts[1] = second;
    office_open(office, main_cf, NULL);
    office_send_to(office, host, "jean@example.com");
}

static void end(struct office *office, struct host *host)
{
    office_close(office);
    host_free(host);
}

/* What is said of the recipient when the host follows the script. */
static void check_said(const char *main_cf, const char *script, const char *said)
{
    struct office office;
    struct host host;
    send_by(&office, &host, main_cf, script, NULL);
    struct str got = str_of(office_said(&office, 0));
    if (str_ends(str_of(said), STR("~")))
        CHECK(str_starts(got, str_sub(str_of(said), 0, strlen(said) - 1)) ||
              (fprintf(stderr, STR_FMT "\n", STR_ARG(got)), false));
    else
        CHECK_STR(got, said);
    end(&office, &host);
}

static void check_sent(const char *script)
{
    check_said("", script, "250 2.0.0 queued as 1");
}

/* --- greeting --- */

TEST(a_letter_goes_out)
{
    struct office office;
    struct host host;
    send_by(&office, &host, "", HELLO "< 250 mx.example.com\n" REST, NULL);
    CHECK_SAID(&office, 0, "250 2.0.0 queued as 1");
    CHECK_INT(office.answer.outcomes[0].class, VERDICT_OK);
    CHECK(!office.answer.site_down);
    CHECK(office_logged(&office, "ID: to=<jean@example.com>, relay=127.0.0.1[127.0.0.1]:"));
    CHECK(office_logged(&office, ", dsn=2.0.0, status=sent (250 2.0.0 queued as 1)"));
    end(&office, &host);
}

TEST(a_host_that_cannot_be_reached_is_down_and_has_no_relay)
{
    struct office office;
    struct host host;
    host_open(&host, "127.0.0.1", 0);
    host_close(&host);
    office_open(&office, "", NULL);
    office_send_to(&office, &host, "jean@example.com");
    CHECK_INT(office.answer.outcomes[0].class, VERDICT_DEFER);
    CHECK(office.answer.site_down);
    CHECK(office_logged(&office, "relay=none, "));
    CHECK(office_logged(&office, "dsn=4.4.1, status=deferred (connect to 127.0.0.1[127.0.0.1]:"));
    CHECK(office_logged(&office, ": Connection refused)"));
    end(&office, &host);
}

TEST(a_greeting_of_4yz_defers_with_the_hosts_words)
{
    struct office office;
    struct host host;
    send_by(&office, &host, "", "< 421 4.3.2 going down\n", NULL);
    CHECK_SAID(&office, 0, "421 4.3.2 going down");
    CHECK(office.answer.site_down);
    CHECK(office_logged(&office, "relay=127.0.0.1[127.0.0.1]:"));
    CHECK(office_logged(&office,
                        "status=deferred (host 127.0.0.1[127.0.0.1] said: 421 4.3.2 going down (in reply "
                        "to greeting))"));
    end(&office, &host);
}

TEST(a_greeting_of_5yz_defers_unless_told_otherwise)
{
    check_said("", "< 554 no mail from you\n> QUIT\n", "450 4.0.0 no mail from you");
    check_said("smtp_skip_5xx_greeting = no\n", "< 554 5.7.1 no mail from you\n> QUIT\n",
               "554 5.7.1 no mail from you");
}

TEST(a_greeting_with_another_2yz_is_a_greeting)
{
    check_sent("< 299 hello\n> EHLO client.example.org\n< 250 mx\n" REST);
}

TEST(a_greeting_of_3yz_defers)
{
    check_said("", "< 354 go on\n> QUIT\n",
               "450 4.5.0 strange reply of 127.0.0.1[127.0.0.1] to greeting: 354");
}

TEST(a_host_that_closes_before_its_greeting_defers)
{
    check_said(
        "", "= close\n",
        "421 4.4.2 lost connection with 127.0.0.1[127.0.0.1] while receiving the initial server greeting");
}

static void send_to_a_slow_host(const char *script, const char *said)
{
    struct office office;
    struct host host;
    host_open(&host, "127.0.0.1", 0);
    host.scripts[0] = script;
    office_open(&office, "", NULL);
    office.params.helo_timeout = 100;
    office_send_to(&office, &host, "jean@example.com");
    CHECK_SAID(&office, 0, said);
    CHECK(office.answer.site_down);
    end(&office, &host);
}

TEST(a_host_that_says_nothing_defers_when_its_time_is_over)
{
    send_to_a_slow_host("= hang\n",
                        "421 4.4.2 conversation with 127.0.0.1[127.0.0.1] timed out while receiving the "
                        "initial server greeting");
}

TEST(half_a_reply_is_no_reply)
{
    send_to_a_slow_host("<< 220 hel\n= hang\n",
                        "421 4.4.2 conversation with 127.0.0.1[127.0.0.1] timed out while "
                        "receiving the initial server greeting");
    send_to_a_slow_host(
        "<< 220-hello\\r\\n\n= hang\n",
        "421 4.4.2 conversation with 127.0.0.1[127.0.0.1] timed out while receiving the initial "
        "server greeting");
}

TEST(who_trickles_octets_gains_no_time)
{
    send_to_a_slow_host("<< 220 \n= trickle\n",
                        "421 4.4.2 conversation with 127.0.0.1[127.0.0.1] timed out while "
                        "receiving the initial server greeting");
}

TEST(connections_come_from_the_address_that_was_told)
{
    struct office office;
    struct host host;
    send_by(&office, &host, "smtp_bind_address = 127.0.0.9\n", HELLO "< 250 mx\n" REST, NULL);
    office_hang_up(&office);
    host_close(&host);
    CHECK_STR(str_of(host.from), "127.0.0.9");
    end(&office, &host);
}

TEST(lmtp_goes_by_a_unix_socket)
{
    struct office office;
    struct host host;
    char path[200], nexthop[220], relay[300];
    snprintf(path, sizeof path, "%s/lmtp", test_directory());
    snprintf(nexthop, sizeof nexthop, "unix:%s", path);
    snprintf(relay, sizeof relay, "relay=client.example.org[%s], ", path);
    host_open_unix(&host, path);
    host.scripts[0] = "< 220 mx\n> LHLO client.example.org\n< 250-mx\n< 250 STARTTLS\n" REST;
    office_open(&office, "", NULL);
    office.client.lmtp = true;
    office_send(&office, nexthop, "jean@example.com");
    CHECK_SAID(&office, 0, "250 2.0.0 queued as 1");
    CHECK(office_logged(&office, relay));
    end(&office, &host);
}

/* --- replies (RFC 5321 4.2, 4.5.3.1.5) --- */

TEST(replies_may_have_many_lines_no_text_and_lines_that_end_in_lf)
{
    check_sent("< 220-one\n< 220-\n< 220 three\n> EHLO client.example.org\n< 250\n" REST);
    check_sent("<< 220 mx\\n\n> EHLO client.example.org\n<< 250-mx\\n250 SIZE 1000\\n\n" REST);
}

TEST(keywords_of_the_reply_to_ehlo_come_in_any_case_and_strange_ones_are_passed_by)
{
    check_sent(HELLO "< 250-mx\n< 250-size\n< 250-X-NEW one two\n< 250-\n< 250-=\n< 250 size 12 13\n" REST);
}

TEST(a_nul_in_a_reply_harms_nobody)
{
    check_sent(
        "<< 220 m\\0x\\r\\n\n> EHLO client.example.org\n<< 250-mx\\0\\r\\n250 8BIT\\0MIME\\r\\n\n" REST);
}

TEST(what_is_no_reply_defers)
{
    static const char *const greetings[] = {"hello",    "22", "2200 x",          "220x", "120 x", "620 x",
                                            "+OK pop3", "",   "220-a\\r\\n250 b"};
    for (size_t i = 0; i < sizeof greetings / sizeof *greetings; i++) {
        char script[100];
        snprintf(script, sizeof script, "<< %s\\r\\n\n", greetings[i]);
        check_said(
            "", script,
            "421 4.5.0 127.0.0.1[127.0.0.1] said what is no SMTP reply while receiving the initial server "
            "greeting");
    }
}

TEST(a_line_without_end_defers)
{
    static char script[6000];
    snprintf(script, sizeof script, "<< 220 %0*d\\r\\n\n", 3000, 0);
    check_said("", script, "421 4.5.0 127.0.0.1[127.0.0.1] said what~");
}

TEST(a_reply_to_ehlo_that_would_fill_our_memory_does_not)
{
    static char script[300000];
    size_t len = (size_t)snprintf(script, sizeof script, HELLO "< 250-mx\n");
    for (int i = 0; i < 98; i++)
        len += (size_t)snprintf(script + len, sizeof script - len, "< 250-AUTH %01900d\n", i);
    snprintf(script + len, sizeof script - len, "< 250 HELP\n" REST);
    check_sent(script);
}

/* --- EHLO and HELO --- */

TEST(who_does_not_know_ehlo_is_told_helo)
{
    check_sent(HELLO "< 500 what\n> HELO client.example.org\n< 250 mx\n" REST);
}

TEST(who_refuses_ehlo_and_helo_refuses_the_mail)
{
    check_said("",
               HELLO "< 550 5.7.1 not you\n> HELO client.example.org\n< 550 5.7.1 not you either\n> QUIT\n",
               "550 5.7.1 not you either");
}

TEST(a_4yz_to_ehlo_defers)
{
    check_said("", HELLO "< 451 4.3.0 later\n> QUIT\n", "451 4.3.0 later");
}

TEST(a_host_that_closes_at_ehlo_defers)
{
    check_said("", HELLO "= close\n",
               "421 4.4.2 lost connection with 127.0.0.1[127.0.0.1] while performing the EHLO handshake");
}

/* --- STARTTLS --- */

#define OFFER     HELLO "< 250-mx\n< 250 STARTTLS\n> STARTTLS\n"
#define TLS_HELLO "> EHLO client.example.org\n< 250 mx\n"
#define PLAIN     HELLO "< 250-mx\n< 250 STARTTLS\n"

TEST(mail_goes_under_tls_where_it_is_offered)
{
    struct office office;
    struct host host;
    send_by(&office, &host, "smtp_tls_loglevel = 1\n", OFFER "< 220 ready\n= tls\n" TLS_HELLO REST, NULL);
    CHECK_SAID(&office, 0, "250 2.0.0 queued as 1");
    CHECK(office_logged(&office, "Untrusted TLS connection established to 127.0.0.1[127.0.0.1]:"));
    CHECK(office_logged(&office, ": TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)"));
    end(&office, &host);
}

TEST(sessions_under_tls_are_not_logged_without_loglevel)
{
    struct office office;
    struct host host;
    send_by(&office, &host, "", OFFER "< 220 ready\n= tls\n" TLS_HELLO REST, NULL);
    CHECK(str_find_str(office_log(&office), STR("TLS connection")) == SIZE_MAX);
    end(&office, &host);
}

/* The host's TLS fails in the first session. */
static void check_clear_text(const char *first)
{
    struct office office;
    struct host host;
    send_by(&office, &host, "", first, PLAIN REST);
    CHECK_SAID(&office, 0, "250 2.0.0 queued as 1");
    CHECK(!office.answer.site_down);
    CHECK(office_logged(&office, "did not work: again without it"));
    end(&office, &host);
}

TEST(with_level_may_a_handshake_that_fails_means_clear_text)
{
    check_clear_text(OFFER "< 220 ready\n= nonsense\n");
}

TEST(with_level_may_a_connection_lost_at_starttls_means_clear_text)
{
    check_clear_text(OFFER "= close\n");
    check_clear_text(OFFER "< 220 ready\n= close\n");
    check_clear_text(OFFER "< 220 ready\n= tls\n= close\n");
    check_clear_text(OFFER "< 421 4.3.0 no TLS today\n");
}

TEST(with_level_may_a_refusal_means_clear_text_in_the_same_session)
{
    check_sent(OFFER "< 454 4.3.0 no certificate\n" REST);
    check_sent(OFFER "< 501 what\n" REST);
}

TEST(octets_behind_the_reply_to_starttls_are_never_taken_for_replies)
{
    check_clear_text(OFFER "<< 220 ready\\r\\n250 injected\\r\\n\n");
}

TEST(with_level_encrypt_nothing_goes_in_clear_text)
{
    static const char encrypt[] = "smtp_tls_security_level = encrypt\n";
    check_said(encrypt, HELLO "< 250 mx\n> QUIT\n",
               "450 4.7.4 TLS is required, but was not offered by host 127.0.0.1[127.0.0.1]");
    check_said(encrypt, OFFER "< 454 no\n> QUIT\n",
               "450 4.7.4 TLS is required, but host 127.0.0.1[127.0.0.1] refused to start TLS: 454");
    check_said(encrypt, OFFER "< 220 ready\n= nonsense\n",
               "450 4.7.5 Cannot start TLS: handshake failure: ~");
    check_said(encrypt, OFFER "= close\n",
               "421 4.4.2 lost connection with 127.0.0.1[127.0.0.1] while performing the STARTTLS handshake");
    check_said(encrypt, OFFER "< 220 ready\n= tls\n" TLS_HELLO REST, "250 2.0.0 queued as 1");
}

TEST(with_level_verify_a_certificate_of_a_stranger_defers)
{
    check_said("smtp_tls_security_level = verify\n", OFFER "< 220 ready\n= tls\n",
               "450 4.7.5 Cannot start TLS: handshake failure: TLS: self-signed certificate");
}
