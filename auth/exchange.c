/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One attempt to log in: a sasl_conn_t that sees the client's octets and tells us, through callbacks, who is
 * meant and which password was said. Whatever libsasl2 answers, the reply is made here, and it is the same
 * for an unknown user and a wrong password.
 */
#include "auth/engine_state.h"

#include <stdlib.h>
#include <string.h>

#include "account/name.h"
#include "base/memory.h"

enum { EXCHANGE_ARENA_LIMIT = 128 * 1024, MECHANISM_NAME_LIMIT = 20 /* RFC 4422 3.1 */ };

/* libsasl2 keeps all callbacks as one type. */
typedef void any_fn(void);
typedef int callback_fn(void);

/* --- what libsasl2 asks of us --- */

/* The first backend that knows a user decides, also against sasldb, which libsasl2 asks by itself. */
static bool is_ours(struct exchange *exchange)
{
    struct user_record record;
    struct verdict verdict;
    return exchange->user.len > 0 && engine_find(exchange->engine, exchange->user, exchange->arena, &record,
                                                 &verdict) != USERS_NOT_FOUND;
}

static int ask_option(void *context, const char *plugin, const char *option, const char **value,
                      unsigned *len)
{
    struct exchange *exchange = context;
    (void)plugin;
    if (strcmp(option, OPTION_EXCHANGE) == 0) {
        *value = (const char *)&exchange->self;
        if (len)
            *len = sizeof exchange->self;
        return SASL_OK;
    }
    if (strcmp(option, "pwcheck_method") == 0 && exchange->verified != VERIFIED_UNKNOWN)
        *value = "none";
    else if (strcmp(option, "auxprop_plugin") == 0 && exchange->engine->sasldb && is_ours(exchange))
        *value = AUXPROP_NAME;
    else
        return SASL_FAIL; /* then the engine is asked */
    if (len)
        *len = (unsigned)strlen(*value);
    return SASL_OK;
}

static int ask_name(sasl_conn_t *conn, void *context, const char *in, unsigned in_len, unsigned flags,
                    const char *realm, char *out, unsigned out_limit, unsigned *out_len)
{
    struct exchange *exchange = context;
    struct str name;
    (void)conn, (void)realm;
    if (!account_name(str_make(in, in_len), exchange->engine->options->realm, exchange->arena, &name) ||
        name.len >= out_limit) {
        exchange->why = "not a user name";
        return SASL_BADAUTH;
    }
    if (flags & SASL_CU_AUTHID)
        exchange->user = name;
    memcpy(out, name.at, name.len);
    out[name.len] = '\0';
    *out_len = (unsigned)name.len;
    return SASL_OK;
}

static int ask_password(sasl_conn_t *conn, void *context, const char *user, const char *password,
                        unsigned len, struct propctx *properties)
{
    struct exchange *exchange = context;
    (void)conn, (void)properties;
    struct str name = str_of(user);
    exchange->verified =
        engine_verify(exchange->engine, name, str_make(password, len), exchange->arena, &exchange->trouble);
    switch (exchange->verified) {
    case VERIFIED_RIGHT:
    case VERIFIED_DISABLED: /* said when libsasl2 has done its part */
        return SASL_OK;
    case VERIFIED_UNKNOWN:
        exchange->why = "unknown user";
        return SASL_NOUSER;
    case VERIFIED_TROUBLE:
        return SASL_UNAVAIL;
    default:
        exchange->why = "wrong password";
        return SASL_BADAUTH;
    }
}

/* --- its life --- */

static void set_callbacks(struct exchange *exchange)
{
    const sasl_callback_t callbacks[] = {
        {SASL_CB_GETOPT, (callback_fn *)(any_fn *)ask_option, exchange},
        {SASL_CB_CANON_USER, (callback_fn *)(any_fn *)ask_name, exchange},
        {SASL_CB_SERVER_USERDB_CHECKPASS, (callback_fn *)(any_fn *)ask_password, exchange},
        {SASL_CB_LIST_END, NULL, NULL},
    };
    memcpy(exchange->callbacks, callbacks, sizeof callbacks);
}

struct exchange *exchange_create(struct engine *engine, const struct auth_request *start)
{
    struct exchange *exchange = memory_get(sizeof *exchange);
    struct arena *arena = arena_create(EXCHANGE_ARENA_LIMIT);
    exchange->self = exchange;
    exchange->engine = engine;
    exchange->arena = arena;
    exchange->mechanism = arena_copy(arena, str_sub(start->mechanism, 0, MECHANISM_NAME_LIMIT + 1));
    exchange->service = arena_copy(arena, str_sub(start->service, 0, 16));
    exchange->client_ip = arena_copy(arena, str_sub(start->client_ip, 0, 64));
    exchange->tls = start->tls;
    exchange->wants_ticket = start->ticket;
    exchange->why = "";
    if (start->tls && start->binding_data.len > 0 && start->binding_data.len <= 1024 &&
        start->binding_type.len <= 64) {
        exchange->binding.name = arena_cstr(arena, start->binding_type);
        exchange->binding.data = (const unsigned char *)arena_copy(arena, start->binding_data).at;
        exchange->binding.len = start->binding_data.len;
    }
    set_callbacks(exchange);
    return exchange;
}

void exchange_destroy(struct exchange *exchange)
{
    if (!exchange)
        return;
    if (exchange->conn)
        sasl_dispose(&exchange->conn);
    arena_destroy(exchange->arena);
    free(exchange);
}

static bool mechanism_is_allowed(const struct exchange *exchange)
{
    struct str rest = buf_str(&exchange->engine->mechanisms), word;
    while (str_word(&rest, " ", &word))
        if (str_eq_nocase(word, exchange->mechanism))
            return !str_ends(word, STR("-PLUS")) || exchange->binding.len > 0;
    return false;
}

static int open_conn(struct exchange *exchange, const struct auth_request *request)
{
    sasl_security_properties_t security = {.security_flags = SASL_SEC_NOANONYMOUS};
    sasl_ssf_t ssf = exchange->tls ? 128 : 0;
    const char *service = arena_cstr(exchange->arena, exchange->service);
    const char *server = arena_cstr(exchange->arena, str_sub(request->server_name, 0, 255));
    int result = sasl_server_new(service, server[0] ? server : "localhost", NULL, NULL, NULL,
                                 exchange->callbacks, SASL_SUCCESS_DATA, &exchange->conn);
    if (result == SASL_OK)
        result = sasl_setprop(exchange->conn, SASL_SEC_PROPS, &security);
    if (result == SASL_OK)
        result = sasl_setprop(exchange->conn, SASL_SSF_EXTERNAL, &ssf);
    if (result == SASL_OK && exchange->binding.len > 0)
        result = sasl_setprop(exchange->conn, SASL_CHANNEL_BINDING, &exchange->binding);
    return result;
}

/* --- replies --- */

static void say_no(struct exchange *exchange, enum auth_status status, struct auth_reply *reply)
{
    reply->status = status;
    reply->user = exchange->user;
    reply->text =
        status == AUTH_TEMPFAIL ? STR("Temporary authentication failure") : STR("Authentication failed");
}

static void say_yes(struct exchange *exchange, const char *data, unsigned len, struct auth_reply *reply)
{
    const void *name = NULL;
    if (sasl_getprop(exchange->conn, SASL_USERNAME, &name) != SASL_OK || !name ||
        !str_eq(str_of(name), exchange->user)) {
        exchange->why = "authorization as another user";
        say_no(exchange, AUTH_FAIL, reply);
        return;
    }
    enum users_result found =
        engine_find(exchange->engine, exchange->user, exchange->arena, &exchange->record, &exchange->trouble);
    if (found == USERS_ERROR) {
        exchange->why = exchange->trouble.text;
        say_no(exchange, AUTH_TEMPFAIL, reply);
        return;
    }
    if (exchange->record.disabled || exchange->verified == VERIFIED_DISABLED) {
        exchange->why = "account is disabled";
        say_no(exchange, AUTH_FAIL, reply);
        reply->disabled = true;
        return;
    }
    reply->status = AUTH_OK;
    reply->user = exchange->user;
    reply->last = data != NULL;
    reply->data = str_make(data, len);
}

static void answer(struct exchange *exchange, int result, const char *data, unsigned len,
                   struct auth_reply *reply)
{
    if (result == SASL_CONTINUE) {
        reply->status = AUTH_CONTINUE;
        reply->data = str_make(data, len);
        return;
    }
    if (result == SASL_OK) {
        say_yes(exchange, data, len, reply);
        return;
    }
    bool trouble = exchange->verified == VERIFIED_TROUBLE || result == SASL_UNAVAIL ||
                   result == SASL_TRYAGAIN || result == SASL_NOMEM;
    if (trouble)
        exchange->why =
            exchange->trouble.text[0] ? exchange->trouble.text : sasl_errstring(result, NULL, NULL);
    else if (!exchange->why[0])
        exchange->why = result == SASL_BADPROT ? "not the messages of this mechanism" : "refused by libsasl2";
    say_no(exchange, trouble ? AUTH_TEMPFAIL : AUTH_FAIL, reply);
}

static void refuse(struct exchange *exchange, const char *why, struct auth_reply *reply)
{
    exchange->why = why;
    say_no(exchange, AUTH_FAIL, reply);
}

static bool first_is_good(struct exchange *exchange, const struct auth_request *request,
                          struct auth_reply *reply)
{
    const char *why = "";
    bool has_octets = request->step == AUTH_RESPONSE || request->initial;
    if (exchange->first_seen || !has_octets)
        return true;
    exchange->first_seen = true;
    if (guard_first(exchange, request->response, &why))
        return true;
    refuse(exchange, why, reply);
    return false;
}

void exchange_step(struct exchange *exchange, const struct auth_request *request, struct auth_reply *reply)
{
    const char *data = NULL, *why = NULL;
    unsigned len = 0;
    int result = SASL_OK;
    *reply = (struct auth_reply){0};
    if (request->step == AUTH_CANCEL) {
        refuse(exchange, "canceled by the client", reply);
        return;
    }
    if (request->response.len > AUTH_RESPONSE_LIMIT) {
        refuse(exchange, "response too long", reply);
        return;
    }
    if (!mechanism_is_allowed(exchange)) {
        refuse(exchange, "mechanism not offered", reply);
        return;
    }
    if (!first_is_good(exchange, request, reply))
        return;
    if (!guard_login(exchange, request, &why)) {
        refuse(exchange, why, reply);
        return;
    }
    /* libsasl2 gets a copy with a NUL behind it, which is wiped. */
    size_t size = request->response.len;
    char *octets = memory_get(size + 1);
    if (size > 0)
        memcpy(octets, request->response.at, size);
    if (!exchange->conn) {
        const char *initial = request->initial ? octets : NULL;
        result = open_conn(exchange, request);
        if (result == SASL_OK)
            result = sasl_server_start(exchange->conn, arena_cstr(exchange->arena, exchange->mechanism),
                                       initial, (unsigned)size, &data, &len);
    } else {
        result = sasl_server_step(exchange->conn, octets, (unsigned)size, &data, &len);
    }
    memory_wipe(octets, size);
    free(octets);
    answer(exchange, result, data, len, reply);
}

/* --- what is known of it --- */

struct str exchange_mechanism(const struct exchange *exchange)
{
    return exchange->mechanism;
}

struct str exchange_service(const struct exchange *exchange)
{
    return exchange->service;
}

struct str exchange_client_ip(const struct exchange *exchange)
{
    return exchange->client_ip;
}

bool exchange_wants_ticket(const struct exchange *exchange)
{
    return exchange->wants_ticket;
}

struct str exchange_user(const struct exchange *exchange)
{
    return exchange->user;
}

const struct user_record *exchange_record(const struct exchange *exchange)
{
    return &exchange->record;
}

const char *exchange_why(const struct exchange *exchange)
{
    return exchange->why;
}
