/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole conversations over memory: what a client gets to see, octet for octet. */
#include "imapd/session.h"

#include <pthread.h>
#include <sys/socket.h>

#include "unit/test.h"

static struct verdict verdict;
static struct store *store;
static struct buf output;
static int homes;

static const struct imapd_params params = {
    .timeout = 1800000, .poll_interval = 1000, .append_limit = 1000000, .error_limit = 3};

/* A fresh home with an INBOX. */
static void begin(void)
{
    char home[128];
    struct store_options options = {.create = true, .default_folders = STR("Sent \\Sent, Trash \\Trash")};
    snprintf(home, sizeof home, "%s/home%d", test_directory(), homes++);
    CHECK_INT(store_open(home, &options, &store, &verdict), STORE_OK);
    buf_init(&output, 1 << 20);
}

static void end(void)
{
    store_close(store);
    buf_finish(&output);
}

static void add(const char *mailbox, const char *text, uint8_t flags)
{
    struct append *append;
    struct uid_pairs pairs;
    CHECK_INT(append_begin(store, str_of(mailbox), &append, &verdict), STORE_OK);
    CHECK_INT(append_write(append, str_of(text), &verdict), STORE_OK);
    CHECK_INT(
        append_message(append, &(struct append_about){.flags = flags, .internal_date = 837593065}, &verdict),
        STORE_OK);
    CHECK_INT(append_commit(append, &pairs, &verdict), STORE_OK);
    uid_pairs_finish(&pairs);
}

/* Says the text and returns all that was answered, without the answer to the login. */
static struct str say(const char *text)
{
    struct imap_session session;
    struct stream *stream = stream_over_memory(str_of(text), IMAP_INPUT_LIMIT, &output);
    buf_clear(&output);
    imap_session_init(&session, stream, store, &params);
    imap_session_run(&session, STR("L"));
    imap_session_finish(&session);
    stream_destroy(stream);
    struct str all = buf_str(&output);
    CHECK(str_starts(all, STR("L OK [CAPABILITY IMAP4rev1 ")));
    return str_from(all, str_find(all, '\n') + 1);
}

static bool has(struct str answer, const char *text)
{
    if (str_find_str(answer, str_of(text)) != SIZE_MAX)
        return true;
    printf("--- answer:\n" STR_FMT "\n--- has no: %s\n", STR_ARG(answer), text);
    return false;
}

#define HAS(answer, text)   CHECK(has((answer), (text)))
#define LACKS(answer, text) CHECK(str_find_str((answer), str_of(text)) == SIZE_MAX)

static const char letter[] = "From: Fred Foobar <foobar@Blurdybloop.example>\r\n"
                             "To: mooch@owatagu.example\r\n"
                             "Subject: afternoon meeting\r\n"
                             "Message-Id: <B27397-0100000@Blurdybloop.example>\r\n"
                             "\r\n"
                             "Hello Joe, do you think we can meet at 3:30 tomorrow?\r\n";

TEST(a_session_ends_with_bye_and_ok)
{
    begin();
    CHECK_STR(say("A1 NOOP\r\nA2 LOGOUT\r\n"), "A1 OK Done\r\n* BYE Logging out\r\nA2 OK Logged out\r\n");
    end();
}

TEST(select_tells_what_rfc_3501_wants)
{
    begin();
    add("INBOX", letter, 0);
    add("INBOX", letter, MESSAGE_SEEN);
    struct str answer = say("A1 SELECT inbox\r\n");
    HAS(answer, "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n");
    HAS(answer, "* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)]");
    HAS(answer, "* 2 EXISTS\r\n* 2 RECENT\r\n* OK [UNSEEN 1]");
    HAS(answer, "* OK [UIDNEXT 3]");
    HAS(answer, "A1 OK [READ-WRITE] ");
    answer = say("A1 EXAMINE INBOX\r\nA2 STORE 1 +FLAGS (\\Seen)\r\nA3 SELECT nowhere\r\nA4 NOOP\r\n"
                 "A5 FETCH 1 UID\r\n");
    HAS(answer, "* 0 RECENT\r\n");
    HAS(answer, "* OK [PERMANENTFLAGS ()]");
    HAS(answer, "A1 OK [READ-ONLY] ");
    HAS(answer, "A2 NO [READ-ONLY] ");
    HAS(answer, "A3 NO [NONEXISTENT] ");
    HAS(answer, "A5 BAD No mailbox selected\r\n");
    end();
}

TEST(body_sets_seen_and_peek_does_not)
{
    begin();
    add("INBOX", letter, 0);
    struct str answer =
        say("A0 SELECT INBOX\r\nA1 FETCH 1 (BODY.PEEK[HEADER.FIELDS (SUBJECT X-None)] FLAGS)\r\n"
            "A2 FETCH 1 BODY[TEXT]<0.5>\r\nA3 UID FETCH 1 (RFC822.SIZE)\r\nA4 FETCH 1 (FLAGS)\r\n");
    HAS(answer, "* 1 FETCH (BODY[HEADER.FIELDS (SUBJECT X-None)] {30}\r\nSubject: afternoon meeting\r\n\r\n "
                "FLAGS (\\Recent))\r\nA1 OK");
    HAS(answer, "* 1 FETCH (BODY[TEXT]<0> {5}\r\nHello FLAGS (\\Seen \\Recent))\r\nA2 OK");
    HAS(answer, "* 1 FETCH (RFC822.SIZE 210 UID 1)\r\nA3 OK");
    end();
}

TEST(a_whole_message_is_sent_as_it_is)
{
    char wanted[1000];
    begin();
    add("INBOX", letter, 0);
    snprintf(wanted, sizeof wanted, "* 1 FETCH (UID 1 BODY[] {%zu}\r\n%s FLAGS (\\Seen \\Recent))\r\nA1 OK",
             sizeof letter - 1, letter);
    HAS(say("A0 SELECT INBOX\r\nA1 UID FETCH 1:* (UID BODY[])\r\n"), wanted);
    end();
}

TEST(expunge_waits_for_a_command_that_may_report_it)
{
    begin();
    add("INBOX", letter, MESSAGE_DELETED);
    add("INBOX", letter, 0);
    struct str answer = say("A0 SELECT INBOX\r\nA1 EXPUNGE\r\nA2 FETCH 1 UID\r\nA3 FETCH 2 UID\r\n");
    HAS(answer, "* 1 EXPUNGE\r\n* 1 RECENT\r\nA1 OK");
    HAS(answer, "* 1 FETCH (UID 2)\r\nA2 OK");
    HAS(answer, "A3 BAD No such message\r\n");
    end();
}

TEST(append_streams_a_literal_and_tells_the_uid)
{
    begin();
    struct str answer =
        say("A1 APPEND Sent (\\Seen word) \" 7-Feb-1994 21:52:25 -0800\" {8}\r\nA: b\r\n\r\n\r\n"
            "A2 APPEND nowhere {3+}\r\nabc\r\nA3 APPEND Sent {0}\r\nA4 APPEND Sent {2000000}\r\n"
            "A5 SELECT Sent\r\nA6 FETCH 1 (FLAGS INTERNALDATE)\r\n");
    HAS(answer, "+ Go ahead\r\nA1 OK [APPENDUID ");
    HAS(answer, "A2 NO [TRYCREATE] ");
    HAS(answer, "A3 NO Message is empty\r\n");
    HAS(answer, "A4 NO [TOOBIG] ");
    HAS(answer, "* 1 FETCH (FLAGS (\\Seen \\Recent word) INTERNALDATE \"08-Feb-1994 05:52:25 +0000\")\r\n");
    end();
}

TEST(list_shows_special_uses_and_the_separator)
{
    begin();
    struct str answer = say("A1 LIST \"\" \"\"\r\nA2 CREATE a/b\r\nA3 LIST \"\" %\r\nA4 LSUB \"\" *\r\n"
                            "A5 LIST \"\" (Sent a/%) RETURN (SUBSCRIBED STATUS (MESSAGES))\r\n"
                            "A6 CREATE &AOk-t&AOk-\r\nA7 LIST \"\" *t*\r\nA8 CREATE \"\xc3\xa9\"\r\n");
    HAS(answer, "* LIST (\\Noselect) \"/\" \"\"\r\nA1 OK");
    HAS(answer, "* LIST (\\Noselect \\HasChildren) \"/\" a\r\n");
    HAS(answer, "* LIST (\\Sent \\HasNoChildren) \"/\" Sent\r\n");
    HAS(answer, "* LIST (\\HasNoChildren) \"/\" INBOX\r\n");
    HAS(answer, "* LIST (\\HasNoChildren) \"/\" a/b\r\n* STATUS a/b (MESSAGES 0)\r\n");
    HAS(answer, "\"/\" &AOk-t&AOk-\r\n");
    HAS(answer, "A8 NO [CANNOT] ");
    end();
}

TEST(copy_and_move_tell_the_new_uids)
{
    begin();
    add("INBOX", letter, 0);
    add("INBOX", letter, 0);
    add("INBOX", letter, 0);
    struct str answer =
        say("A0 SELECT INBOX\r\nA1 COPY 1,3 Sent\r\nA2 COPY 1 nowhere\r\nA3 UID MOVE 2:3 Trash\r\n"
            "A4 UID COPY 99 Sent\r\n");
    HAS(answer, "A1 OK [COPYUID ");
    HAS(answer, " 1,3 1:2] Copied\r\n");
    HAS(answer, "A2 NO [TRYCREATE] ");
    HAS(answer, " 2:3 1:2] Moved\r\n* 3 EXPUNGE\r\n* 2 EXPUNGE\r\n* 1 RECENT\r\nA3 OK");
    HAS(answer, "A4 OK Copied\r\n");
    end();
}

TEST(store_reports_flags_unless_silent)
{
    begin();
    add("INBOX", letter, 0);
    struct str answer = say("A0 SELECT INBOX\r\nA1 STORE 1 +FLAGS (\\Flagged $Important)\r\n"
                            "A2 STORE 1 -FLAGS.SILENT (\\Flagged)\r\nA3 UID STORE 1 FLAGS \\Seen\r\n"
                            "A4 STORE 1 FLAGS (\\Recent)\r\nA5 STORE 2 FLAGS (\\Seen)\r\n"
                            "A6 STORE 1 (UNCHANGEDSINCE 1) +FLAGS (\\Draft)\r\n");
    HAS(answer, "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Important)\r\n");
    HAS(answer, "* 1 FETCH (FLAGS (\\Flagged \\Recent $Important))\r\nA1 OK");
    HAS(answer, "A1 OK Stored\r\nA2 OK Stored\r\n");
    HAS(answer, "* 1 FETCH (UID 1 FLAGS (\\Seen \\Recent))\r\nA3 OK");
    HAS(answer, "A4 BAD ");
    HAS(answer, "A5 BAD ");
    HAS(answer, "A6 OK [MODIFIED 1] ");
    end();
}

TEST(idle_ends_with_done)
{
    begin();
    CHECK_STR(say("A1 IDLE\r\nDONE\r\nA2 IDLE\r\nNOOP\r\n"),
              "+ idling\r\nA1 OK Idle ended\r\n+ idling\r\nA2 BAD DONE expected\r\n");
    end();
}

TEST(too_many_bad_commands_end_the_session)
{
    begin();
    CHECK_STR(say("A1 HELLO\r\n\r\nA3\r\nA4 NOOP\r\n"),
              "A1 BAD Unknown command\r\n* BAD Missing argument\r\nA3 BAD Missing argument\r\n"
              "* BYE Too many bad commands\r\n");
    end();
}

static const char coded[] = "From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\r\n"
                            "Date: Mon, 7 Feb 1994 23:30:00 -0800\r\n"
                            "Content-Type: multipart/mixed; boundary=b\r\n"
                            "\r\n"
                            "--b\r\n"
                            "Content-Type: text/plain; charset=iso-8859-1\r\n"
                            "Content-Transfer-Encoding: quoted-printable\r\n"
                            "\r\n"
                            "Gr=FC=DFe aus K=D6LN\r\n"
                            "--b\r\n"
                            "Content-Type: message/rfc822\r\n"
                            "\r\n"
                            "Subject: inner\r\n"
                            "\r\n"
                            "inner body\r\n"
                            "--b--\r\n";

TEST(search_looks_at_decoded_text_in_any_case)
{
    begin();
    add("INBOX", letter, 0);
    add("INBOX", coded, MESSAGE_FLAGGED);
    struct str answer = say(
        "A0 SELECT INBOX\r\nA1 SEARCH BODY \"k\xc3\xb6ln\"\r\nA2 SEARCH CHARSET UTF-8 FROM "
        "{7+}\r\nJ\xc3\x9cRGEN\r\n"
        "A3 SEARCH SENTON 7-Feb-1994\r\nA4 UID SEARCH OR FLAGGED SUBJECT MEETING\r\nA5 SEARCH CHARSET x-none "
        "BODY a\r\n"
        "A6 SEARCH RETURN (MIN COUNT) NOT DELETED\r\nA7 SEARCH 3\r\nA8 SEARCH TEXT inner NOT SEEN\r\n"
        "A9 SEARCH RETURN (SAVE) LARGER 300\r\nB1 FETCH $ UID\r\nB2 SEARCH HEADER Date \"\" 2:* UNDRAFT\r\n");
    HAS(answer, "* SEARCH 2\r\nA1 OK");
    HAS(answer, "* SEARCH 2\r\nA2 OK");
    HAS(answer, "* SEARCH 2\r\nA3 OK");
    HAS(answer, "* SEARCH 1 2\r\nA4 OK");
    HAS(answer, "A5 NO [BADCHARSET (US-ASCII UTF-8)] ");
    HAS(answer, "* ESEARCH (TAG \"A6\") MIN 1 COUNT 2\r\nA6 OK");
    HAS(answer, "A7 BAD ");
    HAS(answer, "* SEARCH 2\r\nA8 OK");
    HAS(answer, "\r\nA9 OK Searched\r\n* 2 FETCH (UID 2)\r\nB1 OK");
    HAS(answer, "* SEARCH 2\r\nB2 OK");
    end();
}

TEST(parts_of_a_message_are_found_by_number)
{
    begin();
    add("INBOX", coded, MESSAGE_SEEN);
    struct str answer =
        say("A0 EXAMINE INBOX\r\nA1 FETCH 1 BODY[1]\r\nA2 FETCH 1 BODY[2.HEADER]\r\n"
            "A3 FETCH 1 BODY[2.TEXT]\r\nA4 FETCH 1 BODY[2.MIME]\r\nA5 FETCH 1 BODY[3]\r\n"
            "A6 FETCH 1 BODY[1]<18.100>\r\nA7 FETCH 1 BODY[2.1]\r\nA8 FETCH 1 BODY[1.HEADER]\r\n"
            "A9 FETCH 1 BODY\r\n");
    HAS(answer, "* 1 FETCH (BODY[1] {20}\r\nGr=FC=DFe aus K=D6LN)\r\nA1 OK");
    HAS(answer, "* 1 FETCH (BODY[2.HEADER] {18}\r\nSubject: inner\r\n\r\n)\r\n");
    HAS(answer, "* 1 FETCH (BODY[2.TEXT] {10}\r\ninner body)\r\n");
    HAS(answer, "* 1 FETCH (BODY[2.MIME] {32}\r\nContent-Type: message/rfc822\r\n\r\n)\r\n");
    HAS(answer, "* 1 FETCH (BODY[3] NIL)\r\n");
    HAS(answer, "* 1 FETCH (BODY[1]<18> {2}\r\nLN)\r\n");
    HAS(answer, "* 1 FETCH (BODY[2.1] {10}\r\ninner body)\r\n");
    HAS(answer, "* 1 FETCH (BODY[1.HEADER] NIL)\r\n");
    HAS(answer,
        "* 1 FETCH (BODY ((\"text\" \"plain\" (\"charset\" \"iso-8859-1\") NIL NIL \"quoted-printable\" 20 0)"
        "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 28 (NIL \"inner\" NIL NIL NIL NIL NIL NIL NIL NIL) "
        "(\"text\" \"plain\" NIL NIL NIL \"7bit\" 10 0) 2) \"mixed\"))\r\nA9 OK");
    end();
}

/* --- two at a time --- */

struct other {
    int fd;
    struct store *store;
};

static void *serve_other(void *arg)
{
    struct other *other = arg;
    struct imap_session session;
    struct imapd_params quick = params;
    quick.poll_interval = 10;
    struct stream *stream = stream_over_fd(other->fd, IMAP_INPUT_LIMIT);
    imap_session_init(&session, stream, other->store, &quick);
    imap_session_run(&session, STR("L"));
    imap_session_finish(&session);
    stream_destroy(stream);
    return NULL;
}

/* Reads lines until one begins so. */
static bool await(struct stream *client, const char *start)
{
    struct str line;
    while (stream_line(client, 10000, &line) == STREAM_OK)
        if (str_starts(line, str_of(start)))
            return true;
    return false;
}

TEST(who_idles_is_told_what_others_do)
{
    int ends[2];
    pthread_t thread;
    struct verdict other_verdict;
    struct other other = {0};
    char home[128];
    begin();
    add("INBOX", letter, 0);
    snprintf(home, sizeof home, "%s/home%d", test_directory(), homes - 1);
    CHECK_INT(store_open(home, &(struct store_options){0}, &other.store, &other_verdict), STORE_OK);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    other.fd = ends[0];
    CHECK(pthread_create(&thread, NULL, serve_other, &other) == 0);
    struct stream *client = stream_over_fd(ends[1], 128 * 1024);
    stream_set_timeout(client, 20000);
    stream_write(client, STR("A1 SELECT INBOX\r\nA2 IDLE\r\n"));
    CHECK(await(client, "+ "));
    add("INBOX", letter, 0);
    CHECK(await(client, "* 2 EXISTS\r\n"));
    say("B1 SELECT INBOX\r\nB2 STORE 1 +FLAGS (\\Deleted)\r\n");
    CHECK(await(client, "* 1 FETCH (FLAGS (\\Deleted"));
    say("B1 SELECT INBOX\r\nB2 EXPUNGE\r\n");
    CHECK(await(client, "* 1 EXPUNGE\r\n"));
    stream_write(client, STR("DONE\r\n"));
    CHECK(await(client, "A2 OK"));
    /* not while a FETCH by number runs */
    say("B1 SELECT INBOX\r\nB2 STORE 1 +FLAGS (\\Deleted)\r\nB3 EXPUNGE\r\n");
    stream_write(client, STR("A3 FETCH 1 FLAGS\r\n"));
    CHECK(await(client, "* 1 FETCH") && await(client, "A3 OK"));
    stream_write(client, STR("A4 FETCH 1 BODY[]\r\n"));
    CHECK(await(client, "A4 NO [EXPUNGEISSUED]"));
    stream_write(client, STR("A5 NOOP\r\n"));
    CHECK(await(client, "* 1 EXPUNGE\r\n") && await(client, "A5 OK"));
    stream_write(client, STR("A6 LOGOUT\r\n"));
    CHECK(await(client, "* BYE") && await(client, "A6 OK"));
    stream_destroy(client);
    pthread_join(thread, NULL);
    store_close(other.store);
    end();
}

TEST(a_silent_client_is_told_bye)
{
    int ends[2];
    struct imap_session session;
    struct imapd_params impatient = params;
    impatient.timeout = 20;
    begin();
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    struct stream *stream = stream_over_fd(ends[0], IMAP_INPUT_LIMIT);
    struct stream *client = stream_over_fd(ends[1], IMAP_INPUT_LIMIT);
    stream_set_timeout(client, 20000);
    imap_session_init(&session, stream, store, &impatient);
    imap_session_run(&session, STR(""));
    imap_session_finish(&session);
    stream_destroy(stream);
    CHECK(await(client, "* PREAUTH [CAPABILITY "));
    CHECK(await(client, "* BYE Disconnected for inactivity\r\n"));
    stream_destroy(client);
    end();
}

TEST(flags_are_durable_when_the_session_is_over)
{
    begin();
    add("INBOX", letter, 0);
    say("A1 SELECT INBOX\r\nA2 STORE 1 +FLAGS (\\Flagged)\r\n");
    CHECK(!store_is_unsynced(store));
    HAS(say("A1 SELECT INBOX\r\nA2 FETCH 1 FLAGS\r\n"), "* 1 FETCH (FLAGS (\\Flagged))\r\n");
    end();
}

TEST(what_passes_a_limit_is_refused_and_the_session_goes_on)
{
    struct buf text;
    begin();
    add("INBOX", letter, 0);
    buf_init(&text, 1 << 20);
    buf_add_text(&text, "A1 SELECT INBOX\r\nA2 FETCH 1 (UID");
    for (int i = 0; i < 100; i++)
        buf_add_text(&text, " UID");
    buf_add_text(&text, ")\r\nA3 SELECT {70000+}\r\n");
    for (int i = 0; i < 70000; i++)
        buf_add_char(&text, 'x');
    buf_add_text(&text, "\r\nA4 LIST \"\" (a");
    for (int i = 0; i < 100; i++)
        buf_add_text(&text, " a");
    buf_add_text(&text, ")\r\nA5 NOOP\r\n");
    struct str answer = say(buf_cstr(&text));
    HAS(answer, "A2 NO [LIMIT] ");
    HAS(answer, "A3 NO [LIMIT] ");
    HAS(answer, "A4 NO [LIMIT] ");
    HAS(answer, "A5 OK ");
    buf_finish(&text);
    end();
}
