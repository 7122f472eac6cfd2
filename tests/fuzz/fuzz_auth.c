/* SPDX-License-Identifier: BSD-2-Clause */
/* SASL exchanges: a mechanism and the client's responses, a length of two octets before each. Whoever gets in
 * is the user whose password was said. */
#include <stdlib.h>

#include "account/users.h"
#include "auth/engine.h"
#include "base/cursor.h"
#include "fuzz/fuzz.h"

enum { MEMORY = 1 << 20, STEPS = 8, INPUT_LIMIT = 32 * 1024 };

static struct engine_options options = {
    .backends = STR_INIT("internal"),
    .mechanisms = STR_INIT("SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN"),
    .realm = STR_INIT("example.org"),
    .pam_service = "relais",
    .sasldb_path = "/nonexistent",
    .cost = {.memory_kib = 64, .passes = 1, .iterations = 4096},
    .cache_ttl_ms = 60000,
    .cache_size = 64,
};
static char directory[64];

static void remove_directory(void)
{
    fuzz_directory_remove(directory);
}

static void put_user(const char *name)
{
    struct verdict verdict;
    struct user_record record = {.quota = 5};
    struct arena *arena = arena_create(MEMORY);
    bool made = password_hash(STR("secret"), &options.cost, arena, &record.password) &&
                scram_make(SCRAM_SHA_256, STR("secret"), 4096, arena, &record.scram_sha256);
    struct users_change *change = users_begin(options.data_directory, (uid_t)-1, (gid_t)-1, &verdict);
    made = made && change && users_put(change, str_of(name), &record, &verdict) &&
           users_commit(change, &verdict);
    assert(made);
    arena_destroy(arena);
}

/* One for the program: libsasl2 is one. */
static struct engine *engine(void)
{
    static struct engine *one;
    struct verdict verdict;
    if (one)
        return one;
    fuzz_directory_make(directory);
    atexit(remove_directory);
    options.data_directory = str_of(directory);
    put_user("ann@example.org");
    one = engine_create(&options, &verdict);
    assert(one);
    return one;
}

static void converse(struct auth_request *request, struct cursor *input)
{
    struct auth_reply reply;
    struct exchange *exchange = exchange_create(engine(), request);
    for (int step = 0; step < STEPS; step++) {
        exchange_step(exchange, request, &reply);
        assert(reply.status != AUTH_OK || str_eq(reply.user, STR("ann@example.org")));
        if (reply.status != AUTH_CONTINUE)
            break;
        request->step = AUTH_RESPONSE;
        request->response = cursor_bytes(input, cursor_u16(input) % AUTH_RESPONSE_LIMIT);
        if (!cursor_ok(input))
            break;
    }
    exchange_destroy(exchange);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    static const struct str mechanisms[] = {STR_INIT("PLAIN"), STR_INIT("LOGIN"), STR_INIT("SCRAM-SHA-256"),
                                            STR_INIT("SCRAM-SHA-256-PLUS"), STR_INIT("SCRAM-SHA-1")};
    struct cursor input = cursor_over(str_make(octets, size));
    uint8_t choice = cursor_u8(&input);
    struct auth_request request = {.step = AUTH_START,
                                   .service = STR("imap"),
                                   .mechanism = mechanisms[choice % 5],
                                   .client_ip = STR("192.0.2.1"),
                                   .server_name = STR("mail.example.org"),
                                   .initial = choice & 128,
                                   .tls = choice & 64};
    if (size > INPUT_LIMIT)
        return 0;
    if (request.tls) {
        request.binding_type = STR("tls-exporter");
        request.binding_data = STR("01234567890123456789012345678901");
    }
    request.response = cursor_bytes(&input, cursor_u16(&input) % AUTH_RESPONSE_LIMIT);
    if (cursor_ok(&input))
        converse(&request, &input);
    return 0;
}
