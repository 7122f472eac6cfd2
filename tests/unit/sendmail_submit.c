/* SPDX-License-Identifier: BSD-2-Clause */
/* The conversation of sendmail(1), against a server that is a list of replies. */
#include "tools/sendmail_submit.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include "io/fdpass.h"
#include "io/file.h"
#include "unit/test.h"

struct server {
    int fd;
    const char *replies; /* lines, in order; DATA's text counts as one command */
    char heard[4000];
    size_t len;
};

/* Where what was heard from `from` on has its end: a line, or after a 354 the dot. */
static bool has_command(const struct server *server, size_t from, bool in_data)
{
    struct str heard = str_make(server->heard + from, server->len - from);
    return in_data ? str_find_str(heard, STR("\r\n.\r\n")) != SIZE_MAX : str_contains(heard, '\n');
}

static bool hear(struct server *server, bool in_data)
{
    size_t from = server->len;
    while (!has_command(server, from, in_data)) {
        ssize_t got = read(server->fd, server->heard + server->len, sizeof server->heard - 1 - server->len);
        if (got <= 0)
            return false;
        server->len += (size_t)got;
    }
    return true;
}

static void *serve(void *arg)
{
    struct server *server = arg;
    struct str rest = str_of(server->replies), line;
    while (rest.len && str_cut(&rest, '\n', &line)) {
        file_write_all(server->fd, line);
        file_write_all(server->fd, STR("\r\n"));
        if (str_sub(line, 3, 1).len && line.at[3] == '-')
            continue;
        if (!hear(server, str_starts(line, STR("354"))))
            break;
    }
    close(server->fd);
    return NULL;
}

static struct server server;
static char why_text[1000];
static enum submission_fate fate;

static int send_to(const char *replies, const struct submission *submission)
{
    int ends[2];
    pthread_t thread;
    struct buf why;
    buf_init(&why, 900);
    server = (struct server){.replies = replies};
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        abort();
    server.fd = ends[1];
    pthread_create(&thread, NULL, serve, &server);
    int status = submission_send(ends[0], submission, &why, &fate);
    pthread_join(thread, NULL);
    snprintf(why_text, sizeof why_text, STR_FMT, STR_ARG(buf_str(&why)));
    buf_finish(&why);
    return status;
}

static const struct str two[] = {STR_INIT("a@b"), STR_INIT("c@d")};

TEST(a_message_goes_over_with_its_dots_doubled)
{
    struct submission letter = {.sender = STR("s@t"),
                                .recipients = two,
                                .recipient_count = 2,
                                .message = STR("A: b\r\n\r\n.x\r\n..\r\n")};
    CHECK_INT(
        send_to("220 hi\n250-me\n250 DSN\n250 ok\n250 ok\n250 ok\n354 go\n250 queued\n221 bye\n", &letter),
        EX_OK);
    CHECK_STR(str_make(server.heard, server.len),
              "EHLO localhost\r\nMAIL FROM:<s@t>\r\nRCPT TO:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"
              "A: b\r\n\r\n..x\r\n...\r\n.\r\nQUIT\r\n");
}

TEST(extensions_are_used_when_they_are_offered)
{
    struct submission letter = {.recipients = two,
                                .recipient_count = 1,
                                .notify = STR("never"),
                                .ret = STR("hdrs"),
                                .envid = STR("a+b"),
                                .eight_bit = true,
                                .message = STR("\r\n")};
    CHECK_INT(
        send_to(
            "220 hi\n250-me\n250-8BITMIME\n250-DSN\n250 SMTPUTF8\n250 ok\n250 ok\n354 go\n250 ok\n221 bye\n",
            &letter),
        EX_OK);
    CHECK(strstr(server.heard, "MAIL FROM:<> BODY=8BITMIME RET=hdrs ENVID=a+2Bb\r\n") != NULL);
    CHECK(strstr(server.heard, "RCPT TO:<a@b> NOTIFY=never\r\n") != NULL);
    CHECK_INT(send_to("220 hi\n250 me\n250 ok\n250 ok\n354 go\n250 ok\n221 bye\n", &letter), EX_OK);
    CHECK(strstr(server.heard, "MAIL FROM:<>\r\nRCPT TO:<a@b>\r\n") != NULL);
}

TEST(a_refused_recipient_means_that_nothing_is_sent)
{
    struct submission letter = {
        .sender = STR("s@t"), .recipients = two, .recipient_count = 2, .message = STR("\r\n")};
    CHECK_INT(send_to("220 hi\n250 me\n250 ok\n250 ok\n550 5.1.1 unknown\n221 bye\n", &letter), EX_NOUSER);
    CHECK(strstr(why_text, "c@d") && strstr(why_text, "550 5.1.1 unknown"));
    CHECK(!strstr(server.heard, "DATA"));
    CHECK_INT(send_to("220 hi\n250 me\n250 ok\n451 later\n221 bye\n", &letter), EX_TEMPFAIL);
}

TEST(refusals_and_broken_conversations_have_their_status)
{
    struct submission letter = {
        .sender = STR("s@t"), .recipients = two, .recipient_count = 1, .message = STR("\r\n")};
    CHECK_INT(send_to("554 no\n221 bye\n", &letter), EX_NOPERM);
    CHECK_INT(send_to("421 busy\n221 bye\n", &letter), EX_TEMPFAIL);
    CHECK_INT(send_to("220 hi\n250 me\n550 no\n221 bye\n", &letter), EX_NOPERM);
    CHECK_INT(send_to("220 hi\n250 me\n250 ok\n250 ok\n354 go\n554 no\n221 bye\n", &letter), EX_DATAERR);
    CHECK_INT(send_to("220 hi\n250 me\n250 ok\n250 ok\n354 go\n552 5.3.4 too big\n221 bye\n", &letter),
              EX_UNAVAILABLE);
    CHECK_INT(fate, SUBMISSION_REFUSED);
}

TEST(what_ends_before_the_last_dot_was_not_sent_and_may_be_tried_again)
{
    struct submission letter = {
        .sender = STR("s@t"), .recipients = two, .recipient_count = 1, .message = STR("\r\n")};
    static const char *const replies[] = {"",
                                          "garbage\n",
                                          "421 busy\n",
                                          "220 hi\n",
                                          "220 hi\n250 me\n",
                                          "220 hi\n250 me\n250 ok\n250 ok\n",
                                          "220 hi\n250 me\n250 ok\n250 ok\n451 no\n221 bye\n"};
    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
        CHECK_INT(send_to(replies[i], &letter), EX_TEMPFAIL);
        CHECK_INT(fate, SUBMISSION_PUT_OFF);
    }
}

TEST(a_message_put_off_after_the_last_dot_was_not_sent)
{
    struct submission letter = {
        .sender = STR("s@t"), .recipients = two, .recipient_count = 1, .message = STR("\r\n")};
    CHECK_INT(send_to("220 hi\n250 me\n250 ok\n250 ok\n354 go\n452 4.3.1 full\n221 bye\n", &letter),
              EX_TEMPFAIL);
    CHECK_INT(fate, SUBMISSION_PUT_OFF);
}

TEST(without_an_answer_to_the_last_dot_it_is_in_doubt)
{
    struct submission letter = {
        .sender = STR("s@t"), .recipients = two, .recipient_count = 1, .message = STR("\r\n")};
    CHECK_INT(send_to("220 hi\n250 me\n250 ok\n250 ok\n354 go\n", &letter), EX_TEMPFAIL);
    CHECK_INT(fate, SUBMISSION_IN_DOUBT);
    CHECK(strstr(why_text, "may have been taken"));
}

TEST(letters_beyond_ascii_in_addresses_need_smtputf8)
{
    struct submission letter = {
        .sender = STR("\xc3\xa4@t"), .recipients = two, .recipient_count = 1, .message = STR("\r\n")};
    CHECK_INT(send_to("220 hi\n250 me\n221 bye\n", &letter), EX_UNAVAILABLE);
    CHECK_INT(send_to("220 hi\n250-me\n250 SMTPUTF8\n250 ok\n250 ok\n354 go\n250 ok\n221 bye\n", &letter),
              EX_OK);
    CHECK(strstr(server.heard, "MAIL FROM:<\xc3\xa4@t> SMTPUTF8\r\n") != NULL);
}

TEST(a_socket_that_nobody_serves_is_an_error)
{
    char path[400];
    CHECK(unix_connect_stream("/nonexistent/socket") < 0);
    snprintf(path, sizeof path, "%s/%0150d/%0150d", test_directory(), 0, 0);
    CHECK(unix_connect_stream(path) < 0);
}
