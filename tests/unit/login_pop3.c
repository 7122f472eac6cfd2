/* SPDX-License-Identifier: BSD-2-Clause */
/* POP3 before login, over memory: RFC 1939 4 and 7, RFC 2449, RFC 5034. auth cannot be asked here. */
#include "conf/params.h"
#include "login/params.h"
#include "login/pop3.h"
#include "unit/test.h"

static struct conf_params conf;
static struct login_params params = {.greeting = STR_INIT("ready"), .failure_limit = 3, .error_limit = 5};
static struct server server;
static struct buf output;

static struct str talk(bool allow_plaintext, const char *input)
{
    struct client client = {.server = &server, .auth = -1};
    params.allow_plaintext = allow_plaintext;
    server = (struct server){.params = &params,
                             .conf = &conf,
                             .protocol = protocol_find(STR("pop3")),
                             .auth_socket = "/nonexistent/auth",
                             .master.fd = -1};
    for (int i = 0; i < 2; i++)
        server.offers[i] = (struct offer){.text = "SCRAM-SHA-256 PLAIN", .until = INT64_MAX};
    if (!output.limit)
        buf_init(&output, 1 << 20);
    buf_clear(&output);
    client.arena = arena_create(CLIENT_ARENA_LIMIT);
    client.stream = stream_over_memory(str_of(input), CLIENT_LINE_LIMIT, &output);
    server.protocol->greet(&client);
    while (!client.over && stream_status(client.stream) == STREAM_OK)
        server.protocol->step(&client);
    stream_flush(client.stream);
    stream_destroy(client.stream);
    arena_destroy(client.arena);
    return buf_str(&output);
}

TEST(CAPA_names_USER_only_where_it_may_be_used)
{
    CHECK_STR(talk(false, "CAPA\r\n"),
              "+OK ready\r\n+OK Capabilities\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\n"
              "EXPIRE NEVER\r\nSASL SCRAM-SHA-256 PLAIN\r\nIMPLEMENTATION Relais\r\n.\r\n");
    CHECK(str_find_str(talk(true, "CAPA\r\n"), STR("\r\nUSER\r\n")) != SIZE_MAX);
}

TEST(without_TLS_no_name_is_taken)
{
    CHECK_STR(talk(false, "USER ann\r\nPASS secret\r\nSTLS\r\n"),
              "+OK ready\r\n-ERR [AUTH] USER only under TLS\r\n-ERR USER comes first\r\n-ERR TLS is not "
              "available\r\n");
}

TEST(PASS_follows_USER)
{
    CHECK_STR(talk(true, "PASS x\r\nUSER\r\nUSER ann\r\nPASS a b \r\nPASS x\r\n"),
              "+OK ready\r\n-ERR USER comes first\r\n-ERR USER takes a name\r\n+OK Now the password\r\n"
              "-ERR [SYS/TEMP] Temporary authentication failure\r\n-ERR USER comes first\r\n");
}

/* RFC 1939 7: no timestamp in the greeting, so no APOP. */
TEST(commands_of_the_session_and_APOP_are_refused)
{
    CHECK_STR(talk(true, "APOP ann c4c9334bac560ecc979e58001b3e22fb\r\nSTAT\r\nNOOP\r\nQUIT\r\n"),
              "+OK ready\r\n-ERR Not a command before login\r\n-ERR Not a command before login\r\n"
              "-ERR Not a command before login\r\n+OK Bye\r\n");
}

TEST(AUTH_alone_lists_and_takes_only_what_is_offered)
{
    CHECK_STR(talk(true, "AUTH\r\nAUTH CRAM-MD5\r\nAUTH PLAIN ?\r\n"),
              "+OK ready\r\n+OK Mechanisms\r\nSCRAM-SHA-256\r\nPLAIN\r\n.\r\n-ERR Mechanism not offered\r\n"
              "-ERR Authentication canceled\r\n");
}
