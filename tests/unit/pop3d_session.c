/* SPDX-License-Identifier: BSD-2-Clause */
/* POP3 after login, over memory: RFC 1939, RFC 2449. */
#include "pop3d/session.h"
#include "unit/test.h"

static struct verdict verdict;
static struct buf output;

static struct store *new_store(const char *const *messages)
{
    static int homes;
    char home[4200];
    struct store *store = NULL;
    struct append *append;
    struct uid_pairs pairs;
    snprintf(home, sizeof home, "%s/home%d", test_directory(), homes++);
    CHECK(store_open(home, &(struct store_options){.create = true}, &store, &verdict) == STORE_OK);
    for (; *messages; messages++) {
        CHECK(append_begin(store, STR("INBOX"), &append, &verdict) == STORE_OK);
        CHECK(append_write(append, str_of(*messages), &verdict) == STORE_OK);
        CHECK(append_message(append, &(struct append_about){0}, &verdict) == STORE_OK);
        CHECK(append_commit(append, &pairs, &verdict) == STORE_OK);
        uid_pairs_finish(&pairs);
    }
    return store;
}

static struct mailbox *open_inbox(struct store *store)
{
    struct mailbox *mailbox = NULL;
    CHECK(mailbox_open(store, STR("INBOX"), false, &mailbox, &verdict) == STORE_OK);
    return mailbox;
}

static struct stream *start(struct pop3_session *session, struct mailbox *mailbox, const char *input)
{
    const struct pop3_limits limits = {.messages = 1000, .errors = 5, .mark_seen = true};
    if (!output.limit)
        buf_init(&output, 1 << 20);
    struct stream *stream = stream_over_memory(str_of(input), 4096, &output);
    pop3_session_init(session, stream, mailbox, &limits);
    return stream;
}

static struct str finish(struct pop3_session *session, struct stream *stream)
{
    buf_clear(&output);
    pop3_session_run(session);
    stream_flush(stream);
    pop3_session_finish(session);
    stream_destroy(stream);
    return buf_str(&output);
}

static struct str talk(struct store *store, const char *input)
{
    struct mailbox *mailbox = open_inbox(store);
    struct pop3_session session;
    struct stream *stream = start(&session, mailbox, input);
    struct str said = finish(&session, stream);
    mailbox_close(mailbox);
    return said;
}

static const char *const two[] = {"Subject: one\r\n\r\nfirst\r\n",
                                  "Subject: two\r\n\r\n.\r\n..dot\r\nlast\r\nline\r\n", NULL};
static const char *const none[] = {NULL};

TEST(an_empty_mailbox_has_nothing)
{
    struct store *store = new_store(none);
    CHECK_STR(talk(store, "STAT\r\nLIST\r\nUIDL\r\nQUIT\r\n"),
              "+OK Logged in, 0 messages\r\n+OK 0 0\r\n+OK 0 messages (0 octets)\r\n.\r\n+OK Ids "
              "follow\r\n.\r\n+OK Bye\r\n");
    store_close(store);
}

TEST(sizes_are_octets_without_stuffing)
{
    struct store *store = new_store(two);
    CHECK_STR(talk(store, "STAT\r\nLIST\r\nLIST 2\r\nLIST 3\r\nLIST 0\r\n"),
              "+OK Logged in, 2 messages\r\n+OK 2 61\r\n+OK 2 messages (61 octets)\r\n1 23\r\n2 "
              "38\r\n.\r\n+OK 2 38\r\n"
              "-ERR No such message\r\n-ERR No such message\r\n");
    store_close(store);
}

/* RFC 1939 3 */
TEST(a_dot_at_the_start_of_a_line_is_doubled)
{
    struct store *store = new_store(two);
    CHECK_STR(talk(store, "RETR 2\r\n"),
              "+OK Logged in, 2 messages\r\n+OK 38 octets\r\nSubject: two\r\n\r\n..\r\n...dot\r\n"
              "last\r\nline\r\n.\r\n");
    store_close(store);
}

/* RFC 1939 7 */
TEST(TOP_sends_the_header_the_empty_line_and_so_many_lines)
{
    struct store *store = new_store(two);
    CHECK_STR(talk(store, "TOP 2 0\r\n"),
              "+OK Logged in, 2 messages\r\n+OK 38 octets\r\nSubject: two\r\n\r\n.\r\n");
    CHECK_STR(talk(store, "TOP 2 2\r\n"),
              "+OK Logged in, 2 messages\r\n+OK 38 octets\r\nSubject: two\r\n\r\n..\r\n...dot\r\n.\r\n");
    CHECK_STR(talk(store, "TOP 1 99\r\n"),
              "+OK Logged in, 2 messages\r\n+OK 23 octets\r\nSubject: one\r\n\r\nfirst\r\n.\r\n");
    CHECK_STR(talk(store, "TOP 1\r\nTOP 1 -1\r\nTOP 1 x\r\n"),
              "+OK Logged in, 2 messages\r\n-ERR Wrong number of arguments\r\n-ERR Not a number of lines\r\n"
              "-ERR Not a number of lines\r\n");
    store_close(store);
}

TEST(a_message_without_a_last_line_end_gets_one)
{
    const char *const texts[] = {"Subject: x\r\n\r\nno end", NULL};
    struct store *store = new_store(texts);
    struct str said = talk(store, "RETR 1\r\n");
    CHECK(str_ends(said, STR("\r\nno end\r\n.\r\n")));
    store_close(store);
}

TEST(what_is_marked_is_gone_for_this_session_and_back_after_RSET)
{
    struct store *store = new_store(two);
    CHECK_STR(talk(store, "DELE 1\r\nDELE 1\r\nRETR 1\r\nSTAT\r\nLIST\r\nRSET\r\nSTAT\r\n"),
              "+OK Logged in, 2 messages\r\n+OK Marked to be deleted\r\n-ERR Message is marked as deleted\r\n"
              "-ERR Message is marked as deleted\r\n+OK 1 38\r\n+OK 1 messages (38 octets)\r\n2 38\r\n.\r\n"
              "+OK Marks removed\r\n+OK 2 61\r\n");
    store_close(store);
}

/* RFC 1939 6: the UPDATE state is entered by QUIT only */
TEST(only_QUIT_deletes)
{
    struct store *store = new_store(two);
    talk(store, "DELE 1\r\n");
    struct mailbox *mailbox = open_inbox(store);
    CHECK_INT(mailbox_count(mailbox), 2);
    mailbox_close(mailbox);
    CHECK(str_ends(talk(store, "DELE 1\r\nQUIT\r\n"), STR("+OK Bye\r\n")));
    mailbox = open_inbox(store);
    CHECK_INT(mailbox_count(mailbox), 1);
    CHECK_INT(mailbox_message(mailbox, 0)->uid, 2);
    mailbox_close(mailbox);
    store_close(store);
}

/* RFC 1939 7 */
TEST(an_id_is_the_same_in_every_session)
{
    struct store *store = new_store(two);
    char first[64];
    struct str said = talk(store, "UIDL 2\r\n");
    struct str line = str_from(said, str_find(said, '\n') + 1);
    CHECK_INT(line.len, strlen("+OK 2 0123456789abcdef\r\n"));
    snprintf(first, sizeof first, STR_FMT, STR_ARG(str_sub(line, 6, 16)));
    talk(store, "DELE 1\r\nQUIT\r\n");
    said = talk(store, "UIDL 1\r\n");
    line = str_from(said, str_find(said, '\n') + 1);
    CHECK_STR(str_sub(line, 6, 16), first);
    store_close(store);
}

TEST(two_sessions_see_each_its_own_picture)
{
    struct store *store = new_store(two);
    struct mailbox *mailbox = open_inbox(store);
    struct pop3_session early;
    struct stream *stream = start(&early, mailbox, "STAT\r\nRETR 1\r\nRETR 2\r\nDELE 1\r\nQUIT\r\n");
    talk(store, "DELE 1\r\nQUIT\r\n");
    CHECK_STR(finish(&early, stream),
              "+OK Logged in, 2 messages\r\n+OK 2 61\r\n-ERR Message is gone\r\n+OK 38 octets\r\nSubject: "
              "two\r\n\r\n"
              "..\r\n...dot\r\nlast\r\nline\r\n.\r\n+OK Marked to be deleted\r\n+OK Bye\r\n");
    mailbox_close(mailbox);
    mailbox = open_inbox(store);
    CHECK_INT(mailbox_count(mailbox), 1);
    CHECK(mailbox_message(mailbox, 0)->flags & MESSAGE_SEEN);
    mailbox_close(mailbox);
    store_close(store);
}

TEST(what_is_no_command_is_an_error_and_too_many_end_the_session)
{
    struct store *store = new_store(none);
    CHECK_STR(talk(store, "\r\nHELO x\r\nstat \r\nSTAT 1\r\nRETR 1 2\r\nUSER ann\r\nPASS x\r\nSTAT\r\n"),
              "+OK Logged in, 0 messages\r\n-ERR Empty command\r\n-ERR Unknown command\r\n+OK 0 0\r\n"
              "-ERR Wrong number of arguments\r\n-ERR Wrong number of arguments\r\n-ERR Unknown command\r\n"
              "-ERR Unknown command\r\n-ERR Too many errors\r\n");
    char line[600];
    memset(line, 'x', sizeof line);
    memcpy(line + sizeof line - 12, "\r\nSTAT\r\n\0", 9);
    CHECK_STR(talk(store, line), "+OK Logged in, 0 messages\r\n-ERR Line too long\r\n+OK 0 0\r\n");
    store_close(store);
}

/* RFC 2449 5 */
TEST(CAPA_says_what_there_is)
{
    struct store *store = new_store(none);
    CHECK_STR(talk(store, "CAPA\r\n"),
              "+OK Logged in, 0 messages\r\n+OK Capabilities\r\nUIDL\r\nTOP\r\nRESP-CODES\r\n"
              "AUTH-RESP-CODE\r\nPIPELINING\r\nEXPIRE NEVER\r\nIMPLEMENTATION Relais\r\n.\r\n");
    store_close(store);
}

TEST(a_long_message_comes_whole_however_its_pieces_fall)
{
    enum { LINES = 40000 };
    char *text = malloc(LINES * 5 + 64), *at = text;
    at += snprintf(at, 32, "Subject: x\r\n\r\n");
    for (int i = 0; i < LINES; i++)
        at += snprintf(at, 8, "%s", i % 3 ? ".a\r\n" : ".\r\n");
    const char *const texts[] = {text, NULL};
    struct store *store = new_store(texts);
    struct str said = talk(store, "RETR 1\r\n");
    size_t length = (size_t)(at - text);
    CHECK(str_ends(said, STR("\r\n.\r\n")));
    size_t header = str_find_str(said, STR("octets\r\n")) + 8;
    CHECK_INT(said.len - header - 3, length + LINES);
    store_close(store);
    free(text);
}
