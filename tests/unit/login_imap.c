/* SPDX-License-Identifier: BSD-2-Clause */
/* IMAP before login, over memory: RFC 3501 6.1, 6.2 and its grammar. auth cannot be asked here. */
#include "conf/params.h"
#include "login/imap.h"
#include "login/params.h"
#include "unit/test.h"

static struct conf_params conf;
static struct login_params params = {
    .greeting = STR_INIT("ready"), .failure_limit = 3, .error_limit = 5, .timeout = 1000, .time_limit = 1000};
static struct server server;
static struct buf output;
static struct client client;

static struct str talk(bool allow_plaintext, struct str input)
{
    params.allow_plaintext = allow_plaintext;
    server = (struct server){.params = &params,
                             .conf = &conf,
                             .protocol = protocol_find(STR("imap")),
                             .auth_socket = "/nonexistent/auth",
                             .master.fd = -1};
    for (int i = 0; i < 2; i++)
        server.offers[i] = (struct offer){.text = "SCRAM-SHA-256 PLAIN", .until = INT64_MAX};
    if (!output.limit)
        buf_init(&output, 1 << 20);
    buf_clear(&output);
    arena_destroy(client.arena);
    client = (struct client){.server = &server, .auth = -1, .arena = arena_create(CLIENT_ARENA_LIMIT)};
    client.stream = stream_over_memory(input, CLIENT_LINE_LIMIT, &output);
    while (!client.over && stream_status(client.stream) == STREAM_OK)
        server.protocol->step(&client);
    stream_flush(client.stream);
    stream_destroy(client.stream);
    return buf_str(&output);
}

TEST(without_TLS_no_password_is_taken)
{
    CHECK_STR(
        talk(false, STR("a CAPABILITY\r\nb login ann secret\r\nc NOOP\r\n")),
        "* CAPABILITY IMAP4rev1 SASL-IR LITERAL+ ID ENABLE IDLE LOGINDISABLED AUTH=SCRAM-SHA-256 "
        "AUTH=PLAIN\r\n"
        "a OK Capabilities listed\r\nb NO [PRIVACYREQUIRED] LOGIN only under TLS\r\nc OK Nothing done\r\n");
}

TEST(what_cannot_be_asked_is_not_refused_for_good)
{
    CHECK_STR(talk(true, STR("a LOGIN ann secret\r\n")),
              "a NO [UNAVAILABLE] Temporary authentication failure\r\n");
    CHECK_STR(talk(true, STR("a AUTHENTICATE PLAIN AGFubgBzZWNyZXQ=\r\n")),
              "a NO [UNAVAILABLE] Temporary authentication failure\r\n");
}

TEST(arguments_may_be_atoms_quoted_strings_and_literals)
{
    CHECK_STR(talk(true, STR("a LOGIN \"an\\\"n\" {6}\r\nsecret\r\nb NOOP\r\n")),
              "+ OK\r\na NO [UNAVAILABLE] Temporary authentication failure\r\nb OK Nothing done\r\n");
    CHECK_STR(talk(true, STR("a LOGIN {3+}\r\nann {6+}\r\nsecret\r\n")),
              "a NO [UNAVAILABLE] Temporary authentication failure\r\n");
}

TEST(what_is_not_by_the_grammar_is_BAD)
{
    static const char *const bad[] = {"a\r\n",
                                      "a LOGIN \"x\r\n",
                                      "a LOGIN x\\\"\" y\r\n",
                                      "a LOGIN x {999}\r\n1",
                                      "a LOGIN x {y}\r\n",
                                      "a LOGIN \"\\x\" y\r\n",
                                      "a NOOP x\r\n",
                                      "a LOGIN x\r\n",
                                      "a SELECT INBOX\r\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct str said = talk(true, str_of(bad[i]));
        CHECK(str_starts(said, STR("a BAD ")) || str_starts(said, STR("* BAD ")) ||
              str_starts(said, STR("+ OK")));
    }
    CHECK(str_starts(talk(true, STR("a+ NOOP\r\n")), STR("* BAD ")));
    CHECK(str_starts(talk(true, STR("\r\n")), STR("* BAD ")));
}

/* RFC 7888 4: a literal that nobody was asked for and that is too large ends the connection. */
TEST(literals_have_limits)
{
    CHECK_STR(talk(true, STR("a ID {513}\r\n")), "a BAD Not a command\r\n");
    CHECK_STR(talk(true, STR("a ID {513+}\r\nxxx")), "* BYE Literal too large before login\r\n");
    CHECK_STR(talk(true, STR("a LOGIN ann {99999999999999999999}\r\n")), "a BAD Not a command\r\n");
}

TEST(a_canceled_exchange_is_BAD)
{
    CHECK_STR(talk(true, STR("a AUTHENTICATE PLAIN !!!\r\n")), "a BAD Authentication canceled\r\n");
    CHECK_STR(talk(true, STR("a AUTHENTICATE PLAIN *\r\n")), "a BAD Authentication canceled\r\n");
    CHECK_STR(talk(true, STR("a AUTHENTICATE CRAM-MD5\r\n")), "a NO Mechanism not offered\r\n");
}

TEST(too_many_errors_end_the_connection)
{
    CHECK(str_ends(talk(true, STR("x\r\nx\r\nx\r\nx\r\nx\r\nx NOOP\r\n")), STR("* BYE Too many errors\r\n")));
    CHECK(client.over);
}

TEST(a_client_has_a_budget_before_login)
{
    enum { SIZE = 80 * 1024 };
    char *text = malloc(SIZE);
    for (size_t i = 0; i < SIZE; i += 8)
        memcpy(text + i, "a NOOP\r\n", 8);
    CHECK(str_ends(talk(true, str_make(text, SIZE)), STR("* BYE Too much said without a login\r\n")));
    memset(text, 'x', SIZE);
    CHECK(str_ends(talk(true, str_make(text, SIZE)), STR("")));
    free(text);
}

/* RFC 2971 */
TEST(ID_is_kept_for_the_log)
{
    CHECK_STR(talk(true, STR("a ID (\"name\" \"mutt\" \"version\" \"2\")\r\nb ID NIL\r\nc ID x\r\n")),
              "* ID (\"name\" \"Relais\")\r\na OK ID taken\r\n* ID (\"name\" \"Relais\")\r\nb OK ID taken\r\n"
              "c BAD ID takes a list or NIL\r\n");
    talk(true, STR("a ID (\"name\" \"mutt\" \"version\" \"2\")\r\n"));
    CHECK_STR(client.client_id, "name=mutt, version=2");
}

TEST(a_web_client_gets_no_answer)
{
    CHECK_STR(talk(true, STR("POST / HTTP/1.1\r\na NOOP\r\n")), "");
    CHECK_STR(talk(true, STR("a NOOP\r\nGET / HTTP/1.1\r\n")),
              "a OK Nothing done\r\nGET BAD Not a command before login\r\n");
}

TEST(LOGOUT_says_BYE)
{
    CHECK_STR(talk(true, STR("a LOGOUT\r\nb NOOP\r\n")), "* BYE Logging out\r\na OK Logged out\r\n");
}
