/* SPDX-License-Identifier: BSD-2-Clause */
/* IMAP and POP3 before login. There is no auth to be asked, so nobody may get in, and nobody may spend more
 * than what a client has before it has logged in. */
#include "conf/params.h"
#include "fuzz/fuzz.h"
#include "login/client.h"
#include "login/params.h"

enum { OUTPUT_LIMIT = 8 << 20, INPUT_LIMIT = 96 * 1024 };

static const struct conf_params conf;

static void converse(const struct login_params *params, const char *protocol, struct str said,
                     struct buf *output)
{
    struct server server = {.params = params,
                            .conf = &conf,
                            .protocol = protocol_find(str_of(protocol)),
                            .auth_socket = "/nonexistent/auth",
                            .master.fd = -1};
    struct client client = {.server = &server, .auth = -1, .arena = arena_create(CLIENT_ARENA_LIMIT)};
    for (int i = 0; i < 2; i++)
        server.offers[i] = (struct offer){.text = "SCRAM-SHA-256 PLAIN LOGIN", .until = INT64_MAX};
    client.stream = stream_over_memory(said, CLIENT_LINE_LIMIT, output);
    server.protocol->greet(&client);
    while (!client.over && stream_status(client.stream) == STREAM_OK)
        server.protocol->step(&client);
    stream_flush(client.stream);
    assert(!client.handed_over && client.octets <= CLIENT_INPUT_LIMIT + CLIENT_LINE_LIMIT);
    stream_destroy(client.stream);
    arena_destroy(client.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    struct str said = str_make(octets, size);
    uint8_t choice = fuzz_choice(&said);
    struct buf output;
    const struct login_params params = {.greeting = STR_INIT("ready"),
                                        .allow_plaintext = choice & 2,
                                        .failure_limit = 3,
                                        .error_limit = 5,
                                        .timeout = 1000,
                                        .time_limit = 1000};
    if (size > INPUT_LIMIT)
        return 0;
    buf_init(&output, OUTPUT_LIMIT);
    converse(&params, choice & 1 ? "imap" : "pop3", said, &output);
    buf_finish(&output);
    return 0;
}
