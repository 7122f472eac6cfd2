/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine, spoken to by libsasl2's own client and by octets of our choosing. */
#include <malloc.h>
#include <sasl/sasl.h>

#include "account/users.h"
#include "auth/engine.h"
#include "unit/test.h"

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

static void put_user(const char *name, const char *password, bool disabled, bool scram)
{
    struct verdict verdict = {0};
    struct user_record record = {.disabled = disabled, .quota = 5};
    struct arena *arena = arena_create(1 << 16);
    CHECK(password_hash(str_of(password), &options.cost, arena, &record.password));
    if (scram) {
        CHECK(scram_make(SCRAM_SHA_256, str_of(password), 4096, arena, &record.scram_sha256));
        CHECK(scram_make(SCRAM_SHA_1, str_of(password), 4096, arena, &record.scram_sha1));
    }
    struct users_change *change = users_begin(options.data_directory, (uid_t)-1, (gid_t)-1, &verdict);
    CHECK(change && users_put(change, str_of(name), &record, &verdict) && users_commit(change, &verdict));
    arena_destroy(arena);
}

/* One for the program: libsasl2 is one. */
static struct engine *engine(void)
{
    static struct engine *one;
    struct verdict verdict = {0};
    if (one)
        return one;
    options.data_directory = str_of(test_directory());
    put_user("ann@example.org", "secret", false, true);
    put_user("off@example.org", "secret", true, true);
    put_user("plain@example.org", "secret", false, false);
    one = engine_create(&options, &verdict);
    if (!one)
        test_failed(__FILE__, __LINE__, "%s", verdict.text);
    return one;
}

static struct auth_request request_for(const char *mechanism)
{
    return (struct auth_request){
        .step = AUTH_START,
        .service = STR("imap"),
        .mechanism = str_of(mechanism),
        .client_ip = STR("192.0.2.1"),
        .server_name = STR("mail.example.org"),
    };
}

/* One step with an initial response. */
static enum auth_status try_once(const char *mechanism, struct str initial)
{
    struct auth_reply reply;
    struct auth_request request = request_for(mechanism);
    request.initial = true;
    request.response = initial;
    struct exchange *exchange = exchange_create(engine(), &request);
    exchange_step(exchange, &request, &reply);
    if (reply.status == AUTH_OK)
        CHECK(str_eq(reply.user, STR("ann@example.org")) || str_eq(reply.user, STR("plain@example.org")));
    if (reply.status == AUTH_FAIL)
        CHECK_STR(reply.text, "Authentication failed");
    enum auth_status status = reply.status;
    exchange_destroy(exchange);
    return status;
}

TEST(the_password_opens_and_no_other_does)
{
    CHECK_INT(try_once("PLAIN", STR("\0ann@example.org\0secret")), AUTH_OK);
    CHECK_INT(try_once("PLAIN", STR("\0ann@example.org\0secret")), AUTH_OK); /* from the cache */
    CHECK_INT(try_once("plain", STR("\0Ann@EXAMPLE.org\0secret")), AUTH_OK);
    CHECK_INT(try_once("PLAIN", STR("\0ann\0secret")), AUTH_OK);
    CHECK_INT(try_once("PLAIN", STR("\0ann@example.org\0Secret")), AUTH_FAIL);
    CHECK_INT(try_once("PLAIN", STR("\0ann@example.org\0")), AUTH_FAIL);
    CHECK_INT(try_once("PLAIN", STR("\0nobody@example.org\0secret")), AUTH_FAIL);
    CHECK_INT(try_once("PLAIN", STR("\0ann@example.net\0secret")), AUTH_FAIL);
}

TEST(nobody_becomes_another_user)
{
    CHECK_INT(try_once("PLAIN", STR("plain@example.org\0ann@example.org\0secret")), AUTH_FAIL);
    CHECK_INT(try_once("PLAIN", STR("ann@example.org\0ann@example.org\0secret")), AUTH_OK);
}

TEST(what_is_no_message_of_PLAIN_fails)
{
    static const struct str bad[] = {STR_INIT("x"),
                                     STR_INIT("\0ann@example.org"),
                                     STR_INIT("\0\0secret"),
                                     STR_INIT("\0\0\0\0\0\0"),
                                     STR_INIT("\0ann\r\nx: y\0secret"),
                                     STR_INIT("\0../ann@example.org\0secret"),
                                     STR_INIT("\0.key\0secret")};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_INT(try_once("PLAIN", bad[i]), AUTH_FAIL);
}

TEST(a_mechanism_outside_the_list_is_never_run)
{
    static const char *const others[] = {"ANONYMOUS", "EXTERNAL", "CRAM-MD5", "DIGEST-MD5", "NTLM",
                                         "GSSAPI",    "",         "PLAIN ",   "PLAIN\r\n",  "SCRAM-SHA-512"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        CHECK_INT(try_once(others[i], STR("x")), AUTH_FAIL);
    /* -PLUS needs a binding (RFC 5802 6) */
    CHECK_INT(try_once("SCRAM-SHA-256-PLUS", STR("p=tls-exporter,,n=ann,r=abcdefgh")), AUTH_FAIL);
}

TEST(a_disabled_account_is_told_so_only_with_its_password)
{
    struct auth_reply reply;
    for (int right = 0; right < 2; right++) {
        struct auth_request request = request_for("PLAIN");
        request.initial = true;
        request.response = right ? STR("\0off@example.org\0secret") : STR("\0off@example.org\0wrong");
        struct exchange *exchange = exchange_create(engine(), &request);
        exchange_step(exchange, &request, &reply);
        CHECK_INT(reply.status, AUTH_FAIL);
        CHECK_INT(reply.disabled, right);
        exchange_destroy(exchange);
    }
}

TEST(LOGIN_asks_for_name_and_password)
{
    struct auth_reply reply;
    struct auth_request request = request_for("LOGIN");
    struct exchange *exchange = exchange_create(engine(), &request);
    exchange_step(exchange, &request, &reply);
    CHECK_INT(reply.status, AUTH_CONTINUE);
    CHECK_STR(reply.data, "Username:");
    request.step = AUTH_RESPONSE;
    request.response = STR("ann@example.org");
    exchange_step(exchange, &request, &reply);
    CHECK_INT(reply.status, AUTH_CONTINUE);
    CHECK_STR(reply.data, "Password:");
    request.response = STR("secret");
    exchange_step(exchange, &request, &reply);
    CHECK_INT(reply.status, AUTH_OK);
    CHECK_INT(exchange_record(exchange)->quota, 5);
    exchange_destroy(exchange);
}

/* The plugin of libsasl2 would not free the password behind such a name; LeakSanitizer says so when it is
 * asked. */
TEST(LOGIN_asks_for_the_password_of_a_name_that_is_none_and_does_not_keep_it)
{
    static const struct str names[] = {STR_INIT(""), STR_INIT("a b"), STR_INIT("../x"), STR_INIT("ann\0x")};
    struct auth_reply reply;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct auth_request request = request_for("LOGIN");
        struct exchange *exchange = exchange_create(engine(), &request);
        exchange_step(exchange, &request, &reply);
        request.step = AUTH_RESPONSE;
        request.response = names[i];
        exchange_step(exchange, &request, &reply);
        CHECK_INT(reply.status, AUTH_CONTINUE);
        CHECK_STR(reply.data, "Password:");
        struct mallinfo2 before = mallinfo2();
        request.response =
            STR("a password that is long enough to be seen in what the process has taken of memory");
        exchange_step(exchange, &request, &reply);
        CHECK_INT(reply.status, AUTH_FAIL);
        CHECK_STR(reply.text, "Authentication failed");
        CHECK_STR(str_of(exchange_why(exchange)), "not a user name");
        CHECK(mallinfo2().uordblks <= before.uordblks);
        exchange_destroy(exchange);
    }
}

TEST(a_changed_password_counts_at_once)
{
    put_user("plain@example.org", "first", false, false);
    CHECK_INT(try_once("PLAIN", STR("\0plain@example.org\0first")), AUTH_OK);
    put_user("plain@example.org", "second", false, false);
    CHECK_INT(try_once("PLAIN", STR("\0plain@example.org\0first")), AUTH_FAIL);
    CHECK_INT(try_once("PLAIN", STR("\0plain@example.org\0second")), AUTH_OK);
}

/* --- SCRAM, with libsasl2's client --- */

struct secret_and_name {
    const char *name;
    sasl_secret_t *secret;
};

static int give_name(void *context, int id, const char **result, unsigned *len)
{
    (void)id;
    *result = ((struct secret_and_name *)context)->name;
    if (len)
        *len = (unsigned)strlen(*result);
    return SASL_OK;
}

static int give_secret(sasl_conn_t *conn, void *context, int id, sasl_secret_t **secret)
{
    (void)conn, (void)id;
    *secret = ((struct secret_and_name *)context)->secret;
    return SASL_OK;
}

struct scram_try {
    const char *mechanism, *name, *password;
    const char *client_binding, *server_binding; /* octets of tls-exporter; NULL: none */
};

static enum auth_status scram(const struct scram_try *try)
{
    static bool ready;
    size_t len = strlen(try->password);
    struct secret_and_name about = {try->name, calloc(1, sizeof(sasl_secret_t) + len + 1)};
    about.secret->len = len;
    memcpy(about.secret->data, try->password, len);
    sasl_callback_t callbacks[] = {{SASL_CB_AUTHNAME, (int (*)(void))(void (*)(void))give_name, &about},
                                   {SASL_CB_PASS, (int (*)(void))(void (*)(void))give_secret, &about},
                                   {SASL_CB_LIST_END, NULL, NULL}};
    sasl_conn_t *client = NULL;
    const char *out = NULL, *used = NULL;
    unsigned out_len = 0;
    (void)engine();
    if (!ready)
        ready = sasl_client_init(NULL) == SASL_OK;
    CHECK(sasl_client_new("imap", "mail.example.org", NULL, NULL, callbacks, SASL_SUCCESS_DATA, &client) ==
          SASL_OK);
    sasl_channel_binding_t binding = {.name = "tls-exporter"};
    if (try->client_binding) {
        binding.data = (const unsigned char *)try->client_binding;
        binding.len = strlen(try->client_binding);
        binding.critical = strstr(try->mechanism, "PLUS") != NULL;
        sasl_setprop(client, SASL_CHANNEL_BINDING, &binding);
    }
    int result = sasl_client_start(client, try->mechanism, NULL, &out, &out_len, &used);
    CHECK(result == SASL_OK || result == SASL_CONTINUE);
    struct auth_request request = request_for(try->mechanism);
    if (try->server_binding) {
        request.tls = true;
        request.binding_type = STR("tls-exporter");
        request.binding_data = str_of(try->server_binding);
    }
    request.initial = true;
    request.response = str_make(out, out_len);
    struct exchange *exchange = exchange_create(engine(), &request);
    struct auth_reply reply;
    exchange_step(exchange, &request, &reply);
    while (reply.status == AUTH_CONTINUE) {
        result = sasl_client_step(client, reply.data.at, (unsigned)reply.data.len, NULL, &out, &out_len);
        if (result != SASL_OK && result != SASL_CONTINUE)
            break;
        request.step = AUTH_RESPONSE;
        request.response = str_make(out, out_len);
        exchange_step(exchange, &request, &reply);
    }
    if (reply.status == AUTH_OK) {
        CHECK(reply.last);
        CHECK(str_starts(reply.data, STR("v=")));
        CHECK_INT(sasl_client_step(client, reply.data.at, (unsigned)reply.data.len, NULL, &out, &out_len),
                  SASL_OK);
    }
    enum auth_status status = reply.status;
    exchange_destroy(exchange);
    sasl_dispose(&client);
    free(about.secret);
    return status;
}

TEST(SCRAM_opens_with_the_password_only)
{
    static const char *const mechanisms[] = {"SCRAM-SHA-256", "SCRAM-SHA-1"};
    for (size_t i = 0; i < 2; i++) {
        CHECK_INT(scram(&(struct scram_try){mechanisms[i], "ann@example.org", "secret", NULL, NULL}),
                  AUTH_OK);
        CHECK_INT(scram(&(struct scram_try){mechanisms[i], "ann@example.org", "wrong", NULL, NULL}),
                  AUTH_FAIL);
        CHECK_INT(scram(&(struct scram_try){mechanisms[i], "nobody@example.org", "secret", NULL, NULL}),
                  AUTH_FAIL);
        CHECK_INT(scram(&(struct scram_try){mechanisms[i], "plain@example.org", "second", NULL, NULL}),
                  AUTH_FAIL);
        CHECK_INT(scram(&(struct scram_try){mechanisms[i], "off@example.org", "secret", NULL, NULL}),
                  AUTH_FAIL);
    }
}

TEST(SCRAM_PLUS_holds_only_on_the_same_connection)
{
    CHECK_INT(scram(&(struct scram_try){"SCRAM-SHA-256-PLUS", "ann@example.org", "secret", "abc", "abc"}),
              AUTH_OK);
    CHECK_INT(scram(&(struct scram_try){"SCRAM-SHA-256-PLUS", "ann@example.org", "secret", "abc", "abd"}),
              AUTH_FAIL);
}

TEST(an_unknown_user_is_shown_a_salt_that_stays)
{
    struct auth_reply reply;
    char first[512] = "";
    for (int i = 0; i < 2; i++) {
        struct auth_request request = request_for("SCRAM-SHA-256");
        request.initial = true;
        request.response = STR("n,,n=nobody,r=abcdefgh");
        struct exchange *exchange = exchange_create(engine(), &request);
        exchange_step(exchange, &request, &reply);
        CHECK_INT(reply.status, AUTH_CONTINUE);
        struct str salt = str_from(reply.data, str_find_str(reply.data, STR(",s=")));
        if (i == 0)
            snprintf(first, sizeof first, STR_FMT, STR_ARG(salt));
        CHECK_STR(salt, first);
        CHECK(str_ends(salt, STR(",i=4096")));
        exchange_destroy(exchange);
    }
}

/* RFC 5802 6 */
TEST(a_binding_flag_that_does_not_fit_is_refused_before_libsasl2_sees_it)
{
    CHECK_INT(try_once("SCRAM-SHA-256", STR("p=tls-exporter,,n=ann,r=abcdefgh")), AUTH_FAIL);
    CHECK_INT(try_once("SCRAM-SHA-256", STR("p")), AUTH_FAIL);
    CHECK_INT(try_once("SCRAM-SHA-256", STR("n,,n=a\0nn,r=abcdefgh")), AUTH_FAIL);
    struct auth_reply reply;
    struct auth_request request = request_for("SCRAM-SHA-256");
    request.tls = request.initial = true;
    request.binding_type = STR("tls-exporter");
    request.binding_data = STR("abc");
    request.response = STR("y,,n=ann@example.org,r=abcdefgh"); /* a client that was told there is no -PLUS */
    struct exchange *exchange = exchange_create(engine(), &request);
    exchange_step(exchange, &request, &reply);
    CHECK_INT(reply.status, AUTH_FAIL);
    exchange_destroy(exchange);
    request.response = STR("n,,n=ann@example.org,r=abcdefgh"); /* one that cannot */
    exchange = exchange_create(engine(), &request);
    exchange_step(exchange, &request, &reply);
    CHECK_INT(reply.status, AUTH_CONTINUE);
    exchange_destroy(exchange);
}

TEST(mechanisms_are_offered_as_the_connection_allows)
{
    struct buf out;
    buf_init(&out, 256);
    struct auth_mechanisms_query query = {.service = STR("smtp"), .tls = true, .binding = true};
    engine_mechanisms(engine(), &query, &out);
    CHECK_STR(buf_str(&out), "SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN");
    buf_clear(&out);
    query.binding = false;
    engine_mechanisms(engine(), &query, &out);
    CHECK_STR(buf_str(&out), "SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN");
    buf_clear(&out);
    query.tls = false;
    query.options = STR("noanonymous, noplaintext");
    engine_mechanisms(engine(), &query, &out);
    CHECK_STR(buf_str(&out), "SCRAM-SHA-256 SCRAM-SHA-1");
    buf_finish(&out);
}
