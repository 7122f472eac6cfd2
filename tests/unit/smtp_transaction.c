/* SPDX-License-Identifier: BSD-2-Clause */
/* MAIL, RCPT, DATA with hosts that refuse, stumble, close, or answer out of turn: what is lost, what is sent
 * twice, and what becomes of the session. RFC 5321 4.2 to 4.5, RFC 2920, RFC 2033. */
#include "unit/smtp.h"

#include <unistd.h>

#define BEGIN "< 220 mx\n> EHLO client.example.org\n"
#define PLAIN BEGIN "< 250 mx\n"
#define PIPE  BEGIN "< 250-mx\n< 250 PIPELINING\n"
#define MAIL  "> MAIL FROM:<marie@example.org>\n"
#define JEAN  "> RCPT TO:<jean@example.com>\n"
#define PAUL  "> RCPT TO:<paul@example.com>\n"
#define OK    "< 250 ok\n"
#define DATA  "> DATA\n"
#define GO    "< 354 go on\n"
#define QUIT  "> QUIT\n"
#define BOTH  "jean@example.com paul@example.com"
#define LOST  "421 4.4.2 lost connection with 127.0.0.1[127.0.0.1] while "

/* One request for two recipients to a host that follows these scripts; the second may be NULL. */
static void send_by(struct office *office, struct host *host, const char *main_cf, const char *first,
                    const char *second)
{
    host_open(host, "127.0.0.1", 0);
    host->scripts[0] = first;
    host->scripts[1] = second;
    office_open(office, main_cf, NULL);
    office_send_to(office, host, BOTH);
}

static void end(struct office *office, struct host *host)
{
    office_close(office);
    host_free(host);
}

static void check_said(const char *script, const char *jean, const char *paul)
{
    struct office office;
    struct host host;
    send_by(&office, &host, "", script, NULL);
    CHECK_SAID(&office, 0, jean);
    CHECK_SAID(&office, 1, paul);
    end(&office, &host);
}

/* --- what is said --- */

TEST(all_is_said_in_one_group_with_pipelining)
{
    check_said(PIPE MAIL JEAN PAUL DATA OK OK OK GO ">>\n< 250 2.0.0 taken\n", "250 2.0.0 taken",
               "250 2.0.0 taken");
}

TEST(without_pipelining_each_reply_is_waited_for)
{
    check_said(PLAIN MAIL OK JEAN OK PAUL OK DATA GO ">>\n< 250 2.0.0 taken\n", "250 2.0.0 taken",
               "250 2.0.0 taken");
}

/* A notification with all that a sender may ask for. */
static void send_with_wishes(const char *script, bool wide)
{
    struct office office;
    struct host host;
    host_open(&host, "127.0.0.1", 0);
    host.scripts[0] = script;
    office_open(&office, "", NULL);
    if (wide)
        office_write(&office, "Subject: hello\n\nGr\xc3\xbc\xc3\x9f"
                              "e\n");
    office.request.smtputf8 = wide;
    office.request.sender = STR("");
    office.request.envid = STR("a+b");
    office.request.ret = 2;
    office.rcpts[0].notify = NOTIFY_SUCCESS | NOTIFY_DELAY;
    office.rcpts[0].orcpt = STR("rfc822;x+y@example.com");
    office_send_to(&office, &host, "jean@example.com");
    CHECK_SAID(&office, 0, "250 2.0.0 taken");
    CHECK(office.answer.outcomes[0].dsn_passed == wide);
    end(&office, &host);
}

TEST(parameters_go_to_who_knows_them)
{
    send_with_wishes(
        BEGIN "< 250-mx\n< 250-SIZE 1000\n< 250-8BITMIME\n< 250-DSN\n< 250-AUTH PLAIN\n< 250 SMTPUTF8\n"
              "> MAIL FROM:<> SIZE=27 BODY=8BITMIME RET=HDRS ENVID=a+2Bb SMTPUTF8\n" OK
              "> RCPT TO:<jean@example.com> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;x+2By@example.com\n" OK DATA GO
              ">>\n< 250 2.0.0 taken\n",
        true);
}

TEST(parameters_do_not_go_to_who_does_not_know_them)
{
    send_with_wishes(PLAIN "> MAIL FROM:<>\n" OK JEAN OK DATA GO ">>\n< 250 2.0.0 taken\n", false);
}

TEST(lines_that_begin_with_a_dot_get_another)
{
    struct office office;
    struct host host;
    host_open(&host, "127.0.0.1", 0);
    host.scripts[0] = PLAIN MAIL OK JEAN OK DATA GO ">>\n< 250 ok\n";
    office_open(&office, "", NULL);
    office_write(&office, "Subject: dots\n\n.\n..\n.a\nb.\n");
    office_send_to(&office, &host, "jean@example.com");
    office_hang_up(&office);
    host_close(&host);
    CHECK_STR(buf_str(&host.letter), "Subject: dots\r\n\r\n..\r\n...\r\n..a\r\nb.\r\n");
    end(&office, &host);
}

TEST(a_forwarded_copy_says_whose_it_was)
{
    struct office office;
    struct host host;
    host_open(&host, "127.0.0.1", 0);
    host.scripts[0] = PLAIN MAIL OK JEAN OK DATA GO ">>\n< 250 ok\n";
    office_open(&office, "", NULL);
    office.rcpts[0].delivered_to = STR("anne@example.org, lea@example.org");
    office_send_to(&office, &host, "jean@example.com");
    office_hang_up(&office);
    host_close(&host);
    CHECK_STR(buf_str(&host.letter),
              "Delivered-To: anne@example.org\r\nDelivered-To: lea@example.org\r\nSubject: hello\r\n\r\nLine "
              "one.\r\n");
    end(&office, &host);
}

/* --- refusals --- */

TEST(who_is_refused_is_refused_and_the_others_get_their_mail)
{
    check_said(PIPE MAIL JEAN PAUL DATA OK "< 550 5.1.1 no jean\n" OK GO ">>\n< 250 2.0.0 taken\n",
               "550 5.1.1 no jean", "250 2.0.0 taken");
    check_said(PLAIN MAIL OK JEAN "< 450 4.2.1 full\n" PAUL OK DATA GO ">>\n< 250 2.0.0 taken\n",
               "450 4.2.1 full", "250 2.0.0 taken");
}

TEST(the_log_says_what_the_reply_was_to)
{
    struct office office;
    struct host host;
    send_by(&office, &host, "",
            PIPE MAIL JEAN PAUL DATA OK "< 550-5.1.1 no\n< 550 5.1.1 jean\n" OK GO ">>\n< 554 5.7.1 spam\n",
            NULL);
    CHECK(office_logged(&office,
                        "status=bounced (host 127.0.0.1[127.0.0.1] said: 550 5.1.1 no jean (in reply to RCPT "
                        "TO command))"));
    CHECK(office_logged(&office,
                        "status=bounced (host 127.0.0.1[127.0.0.1] said: 554 5.7.1 spam (in reply to end of "
                        "DATA command))"));
    CHECK_STR(office.answer.outcomes[0].remote, "127.0.0.1");
    CHECK(!office.answer.site_down);
    end(&office, &host);
}

TEST(too_many_recipients_is_for_later)
{
    check_said(PIPE MAIL JEAN PAUL DATA OK OK "< 552 5.5.3 too many\n" GO ">>\n< 250 2.0.0 taken\n",
               "250 2.0.0 taken", "452 4.5.3 too many");
}

TEST(a_refused_mail_command_refuses_all)
{
    check_said(PLAIN MAIL "< 550 5.7.1 not you\n" QUIT, "550 5.7.1 not you", "550 5.7.1 not you");
    check_said(PIPE MAIL JEAN PAUL DATA
               "< 451 4.7.1 later\n< 503 5.5.1 a\n< 503 5.5.1 b\n< 503 5.5.1 c\n" QUIT,
               "451 4.7.1 later", "451 4.7.1 later");
}

TEST(recipients_taken_after_a_refused_mail_command_get_nothing)
{
    check_said(PIPE MAIL JEAN PAUL DATA "< 550 5.7.1 not you\n" OK OK GO "> .\n" OK, "550 5.7.1 not you",
               "550 5.7.1 not you");
}

TEST(a_host_that_wants_data_for_nobody_gets_an_empty_message)
{
    check_said(PIPE MAIL JEAN PAUL DATA OK "< 550 5.1.1 a\n< 550 5.1.1 b\n" GO "> .\n" OK, "550 5.1.1 a",
               "550 5.1.1 b");
}

TEST(without_pipelining_nobody_means_no_data)
{
    check_said(PLAIN MAIL OK JEAN "< 550 5.1.1 a\n" PAUL "< 550 5.1.1 b\n" QUIT, "550 5.1.1 a",
               "550 5.1.1 b");
}

TEST(a_refused_data_command_refuses_who_was_taken)
{
    check_said(PIPE MAIL JEAN PAUL DATA OK "< 550 5.1.1 a\n" OK "< 451 4.3.0 disk\n" QUIT, "550 5.1.1 a",
               "451 4.3.0 disk");
    check_said(PLAIN MAIL OK JEAN OK PAUL OK DATA "< 554 5.3.0 no\n" QUIT, "554 5.3.0 no", "554 5.3.0 no");
}

TEST(a_refused_message_is_refused_for_all)
{
    check_said(PIPE MAIL JEAN PAUL DATA OK OK OK GO ">>\n< 451 4.3.0 disk\n" QUIT, "451 4.3.0 disk",
               "451 4.3.0 disk");
}

TEST(a_message_over_the_hosts_limit_is_not_sent)
{
    check_said(BEGIN "< 250-mx\n< 250 SIZE 20\n" QUIT,
               "552 5.3.4 message size 29 exceeds size limit 20 of server 127.0.0.1[127.0.0.1]",
               "552 5.3.4 message size 29 exceeds size limit 20 of server 127.0.0.1[127.0.0.1]");
}

TEST(a_refusal_before_the_end_of_data_counts_when_its_turn_comes)
{
    check_said(PIPE MAIL JEAN PAUL DATA OK OK OK GO "< 552 5.3.4 too large\n>>\n" QUIT, "552 5.3.4 too large",
               "552 5.3.4 too large");
}

/* --- replies that have no place --- */

TEST(only_2yz_to_the_end_of_data_means_delivered)
{
    check_said(PIPE MAIL JEAN PAUL DATA OK OK OK GO ">>\n" GO,
               "450 4.5.0 strange reply of 127.0.0.1[127.0.0.1] to end of "
               "DATA command: 354",
               "450 4.5.0 strange reply of 127.0.0.1[127.0.0.1] to end of DATA command: 354");
    check_said(PIPE MAIL JEAN PAUL DATA OK OK OK GO ">>\n< 299 taken\n" QUIT, "299 2.0.0 taken",
               "299 2.0.0 taken");
}

TEST(a_reply_too_many_delivers_nothing)
{
    check_said(PIPE MAIL JEAN PAUL DATA OK OK OK OK GO,
               "450 4.5.0 strange reply of 127.0.0.1[127.0.0.1] to DATA "
               "command: 250",
               "450 4.5.0 strange reply of 127.0.0.1[127.0.0.1] to DATA command: 250");
}

TEST(an_early_354_delivers_nothing)
{
    check_said(PIPE MAIL JEAN PAUL DATA GO OK OK OK,
               "450 4.5.0 strange reply of 127.0.0.1[127.0.0.1] to MAIL FROM "
               "command: 354",
               "450 4.5.0 strange reply of 127.0.0.1[127.0.0.1] to MAIL FROM command: 354");
}

/* --- losses --- */

TEST(a_session_lost_before_the_end_of_data_defers)
{
    check_said(PLAIN MAIL "= close\n", LOST "sending MAIL FROM", LOST "sending MAIL FROM");
    check_said(PLAIN MAIL OK JEAN "= close\n", LOST "sending RCPT TO", LOST "sending RCPT TO");
    check_said(PIPE MAIL JEAN PAUL DATA "= close\n", LOST "sending MAIL FROM", LOST "sending MAIL FROM");
    check_said(PIPE MAIL JEAN PAUL DATA OK "= close\n", LOST "sending RCPT TO", LOST "sending RCPT TO");
    check_said(PIPE MAIL JEAN PAUL DATA OK OK OK "= close\n", LOST "sending DATA command",
               LOST "sending DATA command");
}

TEST(what_was_decided_before_a_loss_stays_decided)
{
    check_said(PIPE MAIL JEAN PAUL DATA OK "< 550 5.1.1 no jean\n= close\n", "550 5.1.1 no jean",
               LOST "sending RCPT TO");
}

TEST(a_loss_after_the_end_of_data_says_what_it_may_mean)
{
    struct office office;
    struct host host;
    send_by(&office, &host, "", PIPE MAIL JEAN PAUL DATA OK OK OK GO ">>\n= close\n", NULL);
    CHECK_SAID(&office, 0, LOST "sending end of data -- message may be sent more than once");
    CHECK(!office.answer.site_down);
    end(&office, &host);
}

TEST(a_421_ends_the_session_wherever_it_comes)
{
    static const char bye[] = "421 4.3.2 bye";
    check_said(PIPE MAIL JEAN PAUL DATA "< 421 4.3.2 bye\n", bye, bye);
    check_said(PIPE MAIL JEAN PAUL DATA OK "< 421 4.3.2 bye\n", bye, bye);
    check_said(PIPE MAIL JEAN PAUL DATA OK OK "< 421 4.3.2 bye\n", bye, bye);
    check_said(PIPE MAIL JEAN PAUL DATA OK "< 550 5.1.1 no\n" OK "< 421 4.3.2 bye\n", "550 5.1.1 no", bye);
    check_said(PIPE MAIL JEAN PAUL DATA OK OK OK GO ">>\n< 421 4.3.2 bye\n", bye, bye);
    check_said(PLAIN MAIL OK JEAN "< 421 4.3.2 bye\n", bye, bye);
}

static void send_slowly(const char *script, const char *said)
{
    struct office office;
    struct host host;
    host_open(&host, "127.0.0.1", 0);
    host.scripts[0] = script;
    office_open(&office, "", NULL);
    office.params.command_timeout = office.params.rcpt_timeout = office.params.data_init_timeout = 50;
    office.params.done_timeout = 50;
    office_send_to(&office, &host, "jean@example.com");
    CHECK_SAID(&office, 0, said);
    end(&office, &host);
}

#define SLOW "421 4.4.2 conversation with 127.0.0.1[127.0.0.1] timed out while "
TEST(each_command_has_its_time)
{
    send_slowly(PLAIN MAIL "= hang\n", SLOW "sending MAIL FROM");
    send_slowly(PLAIN MAIL OK JEAN "= hang\n", SLOW "sending RCPT TO");
    send_slowly(PLAIN MAIL OK JEAN OK DATA "= hang\n", SLOW "sending DATA command");
    send_slowly(PLAIN MAIL OK JEAN OK DATA GO ">>\n= hang\n",
                SLOW "sending end of data -- message may be sent more than once");
}

/* Eight megabytes, which no socket buffer takes whole. */
static void write_large(struct office *office, bool dots)
{
    enum { LINES = 160000 };
    static char text[LINES * 60 + 20];
    size_t len = (size_t)snprintf(text, sizeof text, "\n");
    for (int i = 0; i < LINES; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%050d\n", dots ? "." : "", i);
    office_write(office, text);
}

static void send_large_to_a_sleeper(bool dots, int64_t timeout, int64_t rate, const char *said)
{
    struct office office;
    struct host host;
    host_open(&host, "127.0.0.1", 0);
    host.scripts[0] = PLAIN MAIL OK JEAN OK DATA GO "= sleep\n";
    office_open(&office, "", NULL);
    office.params.data_timeout = timeout;
    office.params.min_data_rate = rate;
    write_large(&office, dots);
    office_send_to(&office, &host, "jean@example.com");
    CHECK_SAID(&office, 0, said);
    end(&office, &host);
}

TEST(a_host_that_does_not_take_the_message_is_left)
{
    send_large_to_a_sleeper(false, 50, 0,
                            "421 4.4.2 conversation with 127.0.0.1[127.0.0.1] timed out while sending "
                            "message body");
    send_large_to_a_sleeper(true, 50, 0,
                            "421 4.4.2 conversation with 127.0.0.1[127.0.0.1] timed out while sending "
                            "message body");
    send_large_to_a_sleeper(false, 60, 1000000000,
                            "421 4.4.2 conversation with 127.0.0.1[127.0.0.1] timed out while "
                            "sending message body");
}

TEST(a_host_that_closes_in_the_middle_of_the_message_defers)
{
    struct office office;
    struct host host;
    host_open(&host, "127.0.0.1", 0);
    host.scripts[0] = PLAIN MAIL OK JEAN OK DATA GO "= close\n";
    office_open(&office, "", NULL);
    write_large(&office, false);
    office_send_to(&office, &host, "jean@example.com");
    CHECK_SAID(&office, 0, LOST "sending message body");
    end(&office, &host);
}

/* The queue file ends before the message does. */
static void send_what_is_missing(bool dots, uint64_t missing)
{
    struct office office;
    struct host host;
    host_open(&host, "127.0.0.1", 0);
    host.scripts[0] = PLAIN MAIL OK JEAN OK DATA GO;
    office_open(&office, "", NULL);
    write_large(&office, dots);
    office.request.size += missing;
    office_send_to(&office, &host, "jean@example.com");
    CHECK_INT(office.answer.outcomes[0].class, VERDICT_DEFER);
    host_close(&host);
    CHECK(host.rest.len > 100000);
    CHECK(str_find_str(buf_str(&host.rest), STR("\r\n.\r\n")) == SIZE_MAX);
    CHECK(!str_ends(buf_str(&host.rest), STR("QUIT\r\n")));
    end(&office, &host);
}

TEST(half_a_message_is_never_ended)
{
    send_what_is_missing(false, 10);
    send_what_is_missing(true, 10);
    send_what_is_missing(true, 1000000);
}

/* --- one session, several messages --- */

static void send_again(struct office *office, struct host *host)
{
    office_send_to(office, host, "jean@example.com");
}

TEST(a_session_is_used_again)
{
    struct office office;
    struct host host;
    send_by(&office, &host, "",
            PLAIN MAIL OK JEAN OK PAUL OK DATA GO ">>\n" OK MAIL OK JEAN OK DATA GO
                                                  ">>\n< 250 2.0.0 again\n" MAIL OK JEAN OK DATA GO
                                                  ">>\n< 250 2.0.0 thrice\n" QUIT,
            NULL);
    send_again(&office, &host);
    CHECK_SAID(&office, 0, "250 2.0.0 again");
    send_again(&office, &host);
    CHECK_SAID(&office, 0, "250 2.0.0 thrice");
    end(&office, &host);
}

TEST(a_session_is_used_so_often_and_not_more)
{
    struct office office;
    struct host host;
    send_by(&office, &host, "smtp_connection_reuse_count_limit = 2\n",
            PLAIN MAIL OK JEAN OK PAUL OK DATA GO ">>\n" OK MAIL OK JEAN OK DATA GO ">>\n" OK QUIT,
            PLAIN MAIL OK JEAN OK DATA GO ">>\n" OK QUIT);
    send_again(&office, &host);
    send_again(&office, &host);
    CHECK_INT(office.answer.outcomes[0].class, VERDICT_OK);
    end(&office, &host);
}

TEST(a_session_that_is_too_old_is_not_used_again)
{
    struct office office;
    struct host host;
    host_open(&host, "127.0.0.1", 0);
    host.scripts[0] = host.scripts[1] = PLAIN MAIL OK JEAN OK DATA GO ">>\n" OK QUIT;
    office_open(&office, "", NULL);
    office.params.reuse_time = 1;
    send_again(&office, &host);
    usleep(2000);
    send_again(&office, &host);
    CHECK_INT(office.answer.outcomes[0].class, VERDICT_OK);
    end(&office, &host);
}

TEST(what_an_unfinished_transaction_left_is_cleared_before_the_next)
{
    struct office office;
    struct host host;
    send_by(&office, &host, "",
            PIPE MAIL JEAN PAUL DATA OK "< 550 a\n< 550 b\n< 554 no valid recipients\n"
                                        "> RSET\n" OK MAIL JEAN DATA OK OK GO ">>\n< 250 2.0.0 again\n" QUIT,
            NULL);
    CHECK_SAID(&office, 0, "550 5.0.0 a");
    send_again(&office, &host);
    CHECK_SAID(&office, 0, "250 2.0.0 again");
    end(&office, &host);
}

TEST(a_refused_mail_command_leaves_nothing_to_clear)
{
    struct office office;
    struct host host;
    send_by(&office, &host, "",
            PLAIN MAIL "< 550 5.7.1 no\n" MAIL OK JEAN OK DATA GO ">>\n< 250 2.0.0 again\n" QUIT, NULL);
    send_again(&office, &host);
    CHECK_SAID(&office, 0, "250 2.0.0 again");
    end(&office, &host);
}

/* The kept session turns out as told; the letter goes by the second. */
static void check_second_session(const char *first)
{
    struct office office;
    struct host host;
    send_by(&office, &host, "", first, PLAIN MAIL OK JEAN OK DATA GO ">>\n< 250 2.0.0 second\n" QUIT);
    CHECK_INT(office.answer.outcomes[0].class, VERDICT_OK);
    send_again(&office, &host);
    CHECK_SAID(&office, 0, "250 2.0.0 second");
    CHECK(!office.answer.site_down);
    end(&office, &host);
}

#define FIRST PIPE MAIL JEAN PAUL DATA OK OK OK GO ">>\n" OK
TEST(a_kept_session_that_has_ended_costs_nothing)
{
    check_second_session(FIRST "= close\n");
    check_second_session(FIRST "< 421 4.4.2 idle\n= close\n");
    check_second_session(FIRST MAIL JEAN DATA "= close\n");
    check_second_session(FIRST MAIL JEAN DATA "< 421 4.7.0 enough for one session\n");
    check_second_session(FIRST MAIL JEAN DATA OK "= close\n");
    check_second_session(FIRST MAIL JEAN DATA OK OK "= close\n");
}

TEST(a_kept_session_lost_after_the_end_of_data_is_not_repeated_at_once)
{
    struct office office;
    struct host host;
    send_by(&office, &host, "", FIRST MAIL JEAN DATA OK OK GO ">>\n= close\n", NULL);
    send_again(&office, &host);
    CHECK_SAID(&office, 0, LOST "sending end of data -- message may be sent more than once");
    end(&office, &host);
}

TEST(a_host_out_of_step_is_not_used_again)
{
    struct office office;
    struct host host;
    send_by(&office, &host, "", PIPE MAIL JEAN PAUL DATA OK OK OK OK GO,
            PLAIN MAIL OK JEAN OK DATA GO ">>\n< 250 2.0.0 second\n");
    send_again(&office, &host);
    CHECK_SAID(&office, 0, "250 2.0.0 second");
    end(&office, &host);
}

/* --- LMTP --- */

#define LMTP "< 220 mx\n> LHLO client.example.org\n< 250-mx\n< 250 PIPELINING\n" MAIL JEAN PAUL DATA OK

static void check_lmtp(const char *script, const char *jean, const char *paul)
{
    struct office office;
    struct host host;
    host_open(&host, "127.0.0.1", 0);
    host.scripts[0] = script;
    office_open(&office, "", NULL);
    office.client.lmtp = true;
    office_send_to(&office, &host, BOTH);
    CHECK_SAID(&office, 0, jean);
    CHECK_SAID(&office, 1, paul);
    for (size_t i = 0; i < 2; i++) /* delivered there is not relayed (RFC 3461 5.2.2) */
        CHECK(office.answer.outcomes[i].class != VERDICT_OK || office.answer.outcomes[i].remote.len == 0);
    end(&office, &host);
}

TEST(lmtp_answers_for_each_recipient)
{
    check_lmtp(LMTP OK OK GO ">>\n< 250 2.0.0 jean\n< 452 4.2.2 paul is full\n" QUIT, "250 2.0.0 jean",
               "452 4.2.2 paul is full");
    check_lmtp(LMTP "< 550 5.1.1 no jean\n" OK GO ">>\n< 250 2.0.0 paul\n" QUIT, "550 5.1.1 no jean",
               "250 2.0.0 paul");
}

TEST(lmtp_replies_that_do_not_come_defer_only_whom_they_are_for)
{
    check_lmtp(LMTP OK OK GO ">>\n< 250 2.0.0 jean\n= close\n", "250 2.0.0 jean",
               LOST "sending end of data -- message may be sent more than once");
    check_lmtp(LMTP OK OK GO ">>\n< 250 2.0.0 jean\n< 421 4.3.2 bye\n", "250 2.0.0 jean", "421 4.3.2 bye");
}

TEST(lmtp_with_nobody_has_no_reply_to_the_end_of_data)
{
    check_lmtp(LMTP "< 550 5.1.1 a\n< 550 5.1.1 b\n" GO "> .\n", "550 5.1.1 a", "550 5.1.1 b");
    check_lmtp(LMTP "< 550 5.1.1 a\n< 550 5.1.1 b\n< 503 5.5.1 no recipients\n" QUIT, "550 5.1.1 a",
               "550 5.1.1 b");
}

TEST(who_does_not_know_lhlo_is_not_told_helo)
{
    check_lmtp("< 220 mx\n> LHLO client.example.org\n< 500 5.5.1 what\n" QUIT, "500 5.5.1 what",
               "500 5.5.1 what");
}

TEST(what_nobody_waits_for_any_more_is_not_begun)
{
    struct office office;
    struct host host;
    host_open(&host, "127.0.0.1", 0);
    office_open(&office, "", NULL);
    office.given_up = true;
    office_send_to(&office, &host, BOTH);
    CHECK_SAID(&office, 0, "451 4.3.0 queue manager is gone");
    CHECK_SAID(&office, 1, "451 4.3.0 queue manager is gone");
    end(&office, &host);
}
