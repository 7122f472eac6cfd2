/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Our auxiliary property plugin: libsasl2's SCRAM asks for "*authPassword" of a user, and gets
 * "SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey" (RFC 5803) out of the user database. Unknown users, and
 * those without a verifier, get one that looks the same and that nothing fits.
 */
#include "auth/engine_state.h"

#include <sasl/saslplug.h>
#include <string.h>

static struct exchange *exchange_of(sasl_server_params_t *sparams)
{
    const char *address = NULL;
    unsigned len = 0;
    struct exchange *exchange = NULL;
    if (sparams->utils->getopt(sparams->utils->getopt_context, AUXPROP_NAME, OPTION_EXCHANGE, &address,
                               &len) == SASL_OK &&
        address && len == sizeof exchange)
        memcpy(&exchange, address, sizeof exchange);
    return exchange;
}

static bool wants_verifiers(sasl_server_params_t *sparams)
{
    const struct propval *wanted = sparams->utils->prop_get(sparams->propctx);
    for (; wanted && wanted->name; wanted++)
        if (strcmp(wanted->name, SASL_AUX_PASSWORD_PROP) == 0 || strcmp(wanted->name, "*authPassword") == 0)
            return true;
    return false;
}

/* property NULL: one more value of the same. */
static void serve(sasl_server_params_t *sparams, const char *property, struct str value)
{
    sparams->utils->prop_set(sparams->propctx, property, value.at, (int)value.len);
}

static int lookup(void *context, sasl_server_params_t *sparams, unsigned flags, const char *user,
                  unsigned len)
{
    (void)context;
    struct exchange *exchange = exchange_of(sparams);
    if (!exchange || (flags & SASL_AUXPROP_AUTHZID) || !wants_verifiers(sparams))
        return SASL_OK;
    struct str name = str_make(user, len);
    struct user_record record = {0};
    struct arena *arena = exchange->arena;
    switch (engine_find(exchange->engine, name, arena, &record, &exchange->trouble)) {
    case USERS_ERROR:
        exchange->verified = VERIFIED_TROUBLE;
        return SASL_UNAVAIL;
    case USERS_NOT_FOUND:
        exchange->why = "unknown user";
        break;
    case USERS_FOUND:
        exchange->why = record.scram_sha256.len ? "wrong password" : "no SCRAM verifier";
        break;
    }
    struct str key = engine_key(exchange->engine, arena);
    uint32_t iterations = exchange->engine->options->cost.iterations;
    if (record.scram_sha1.len == 0)
        record.scram_sha1 = scram_pretend(SCRAM_SHA_1, name, key, iterations, arena);
    if (record.scram_sha256.len == 0)
        record.scram_sha256 = scram_pretend(SCRAM_SHA_256, name, key, iterations, arena);
    serve(sparams, "*authPassword",
          arena_printf(arena, "SCRAM-SHA-256$" STR_FMT, STR_ARG(record.scram_sha256)));
    serve(sparams, NULL, arena_printf(arena, "SCRAM-SHA-1$" STR_FMT, STR_ARG(record.scram_sha1)));
    return SASL_OK;
}

static int init(const sasl_utils_t *utils, int max_version, int *out_version, sasl_auxprop_plug_t **plug,
                const char *name)
{
    (void)name;
    if (max_version < SASL_AUXPROP_PLUG_VERSION)
        return SASL_BADVERS;
    /* libsasl2 keeps the pointer and calls auxprop_free, which is not needed: a constant in all but type. */
    static char plugin_name[] = AUXPROP_NAME;
    static sasl_auxprop_plug_t plugin = {.auxprop_lookup = lookup, .name = plugin_name};
    (void)utils;
    *out_version = SASL_AUXPROP_PLUG_VERSION;
    *plug = &plugin;
    return SASL_OK;
}

int auxprop_add(void)
{
    return sasl_auxprop_add_plugin(AUXPROP_NAME, init);
}
