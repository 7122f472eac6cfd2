/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine: libsasl2 set up so that it reads no configuration of its own and loads no plugin but those we
 * use. */
#include "auth/engine_state.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/random.h"

/* libsasl2 keeps all callbacks as one type. */
typedef void any_fn(void);
typedef int callback_fn(void);

/* --- what libsasl2 asks of us --- */

static void *mutex_create(void)
{
    pthread_mutex_t *mutex = memory_get(sizeof *mutex);
    pthread_mutex_init(mutex, NULL);
    return mutex;
}

static int mutex_lock(void *mutex)
{
    return pthread_mutex_lock(mutex) ? SASL_FAIL : SASL_OK;
}

static int mutex_unlock(void *mutex)
{
    return pthread_mutex_unlock(mutex) ? SASL_FAIL : SASL_OK;
}

static void mutex_destroy(void *mutex)
{
    pthread_mutex_destroy(mutex);
    free(mutex);
}

static int ask_option(void *context, const char *plugin, const char *option, const char **value,
                      unsigned *len)
{
    const struct engine *engine = context;
    (void)plugin;
    if (strcmp(option, "pwcheck_method") == 0)
        *value = engine->sasldb ? "auxprop" : "none";
    else if (strcmp(option, "auxprop_plugin") == 0)
        *value = engine->sasldb ? "sasldb " AUXPROP_NAME : AUXPROP_NAME;
    else if (strcmp(option, "sasldb_path") == 0)
        *value = engine->options->sasldb_path;
    else if (strcmp(option, "log_level") == 0)
        *value = "0";
    else
        return SASL_FAIL;
    if (len)
        *len = (unsigned)strlen(*value);
    return SASL_OK;
}

static int ask_file(void *context, const char *file, sasl_verify_type_t type)
{
    static const char *const wanted[] = {"libplain.", "liblogin.", "libscram."};
    const struct engine *engine = context;
    if (type != SASL_VRFY_PLUGIN)
        return SASL_CONTINUE;
    const char *slash = strrchr(file, '/');
    struct str name = str_of(slash ? slash + 1 : file);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (str_starts(name, str_of(wanted[i])))
            return SASL_OK;
    return engine->sasldb && str_starts(name, STR("libsasldb.")) ? SASL_OK : SASL_CONTINUE;
}

/* Texts of libsasl2 may hold what clients sent; why an attempt failed we know ourselves. */
static int take_log(void *context, int level, const char *message)
{
    (void)context, (void)level, (void)message;
    return SASL_OK;
}

/* --- start and end --- */

static bool choose_backends(struct engine *engine, struct verdict *verdict)
{
    struct str rest = engine->options->backends, word;
    size_t count = 0;
    while (str_word(&rest, ", \t", &word)) {
        const struct backend *backend = backend_find(word);
        if (!backend || count == BACKENDS_MAX)
            return verdict_set(verdict, 451, "3.5", "auth_backends: not a backend: " STR_FMT, STR_ARG(word));
        engine->backends[count++] = backend;
        engine->sasldb = engine->sasldb || strcmp(backend->name, "sasldb") == 0;
        if (backend->open && !backend->open(engine, verdict))
            return false;
    }
    return count > 0 || verdict_set(verdict, 451, "3.5", "auth_backends: empty");
}

static bool make_dummy(struct engine *engine, struct verdict *verdict)
{
    char password[33];
    struct arena *arena = arena_create(8192);
    struct str hash;
    random_text(password, 32);
    random_octets(engine->key, sizeof engine->key);
    bool good = password_hash(str_of(password), &engine->options->cost, arena, &hash);
    if (good)
        engine->dummy_hash = strdup(arena_cstr(arena, hash));
    memory_wipe(password, sizeof password);
    arena_destroy(arena);
    return good || verdict_set(verdict, 451, "3.5", "auth_argon2_memory, auth_argon2_passes: not possible");
}

static bool is_there(const char *list, struct str mechanism)
{
    struct str rest = str_of(list), word;
    while (str_word(&rest, " ", &word))
        if (str_eq_nocase(word, mechanism))
            return true;
    return false;
}

/* Of the allowed mechanisms those that libsasl2 has, asked with a channel binding so that it names -PLUS. */
static bool choose_mechanisms(struct engine *engine, struct verdict *verdict)
{
    sasl_conn_t *conn = NULL;
    const char *list = "";
    const sasl_channel_binding_t binding = {
        .name = "tls-exporter", .len = 1, .data = (const unsigned char *)"x"};
    sasl_security_properties_t security = {.max_ssf = 0};
    int result = sasl_server_new("imap", "localhost", NULL, NULL, NULL, NULL, SASL_SUCCESS_DATA, &conn);
    if (result == SASL_OK)
        result = sasl_setprop(conn, SASL_SEC_PROPS, &security);
    if (result == SASL_OK)
        sasl_setprop(conn, SASL_CHANNEL_BINDING, &binding);
    if (result == SASL_OK)
        result = sasl_listmech(conn, NULL, "", " ", "", &list, NULL, NULL);
    struct str rest = engine->options->mechanisms, word;
    while (result == SASL_OK && str_word(&rest, ", \t", &word))
        if (is_there(list, word))
            buf_printf(&engine->mechanisms, "%s" STR_FMT, engine->mechanisms.len ? " " : "", STR_ARG(word));
    if (conn)
        sasl_dispose(&conn);
    if (result != SASL_OK)
        return verdict_set(verdict, 451, "3.5", "libsasl2: %s", sasl_errstring(result, NULL, NULL));
    return engine->mechanisms.len > 0 ||
           verdict_set(verdict, 451, "3.5",
                       "auth_mechanisms: libsasl2 has none of them (plugins installed?)");
}

static void set_callbacks(struct engine *engine)
{
    const sasl_callback_t callbacks[] = {
        {SASL_CB_GETOPT, (callback_fn *)(any_fn *)ask_option, engine},
        {SASL_CB_VERIFYFILE, (callback_fn *)(any_fn *)ask_file, engine},
        {SASL_CB_LOG, (callback_fn *)(any_fn *)take_log, engine},
        {SASL_CB_LIST_END, NULL, NULL},
    };
    memcpy(engine->callbacks, callbacks, sizeof callbacks);
}

static bool start_sasl(struct engine *engine, struct verdict *verdict)
{
    set_callbacks(engine);
    sasl_set_mutex(mutex_create, mutex_lock, mutex_unlock, mutex_destroy);
    int result = sasl_server_init(engine->callbacks, "relais");
    if (result == SASL_OK)
        result = auxprop_add();
    if (result != SASL_OK)
        return verdict_set(verdict, 451, "3.5", "libsasl2: %s", sasl_errstring(result, NULL, NULL));
    return choose_mechanisms(engine, verdict);
}

struct engine *engine_create(const struct engine_options *options, struct verdict *verdict)
{
    struct engine *engine = memory_get(sizeof *engine);
    engine->options = options;
    engine->pam = -1;
    pthread_mutex_init(&engine->lock, NULL);
    pthread_mutex_init(&engine->pam_lock, NULL);
    buf_init(&engine->mechanisms, MECHANISMS_LIMIT);
    engine->users = users_open(options->data_directory);
    engine->cache = cache_create(options->cache_size, options->cache_ttl_ms);
    if (choose_backends(engine, verdict) && make_dummy(engine, verdict) && start_sasl(engine, verdict))
        return engine;
    engine_destroy(engine);
    return NULL;
}

void engine_destroy(struct engine *engine)
{
    if (!engine)
        return;
    if (engine->callbacks[0].id)
        sasl_server_done();
    users_close(engine->users);
    cache_destroy(engine->cache);
    buf_finish(&engine->mechanisms);
    memory_wipe(engine->key, sizeof engine->key);
    free(engine->dummy_hash);
    if (engine->pam >= 0)
        close(engine->pam);
    pthread_mutex_destroy(&engine->pam_lock);
    pthread_mutex_destroy(&engine->lock);
    free(engine);
}

/* --- what exchanges ask of it --- */

enum users_result engine_find(struct engine *engine, struct str name, struct arena *arena,
                              struct user_record *record, struct verdict *verdict)
{
    pthread_mutex_lock(&engine->lock);
    enum users_result result = users_find(engine->users, name, arena, record, verdict);
    pthread_mutex_unlock(&engine->lock);
    return result;
}

struct str engine_key(struct engine *engine, struct arena *arena)
{
    pthread_mutex_lock(&engine->lock);
    struct str key = users_key(engine->users, arena);
    pthread_mutex_unlock(&engine->lock);
    return key.len > 0 ? key : str_make(engine->key, sizeof engine->key);
}

static bool has_option(struct str options, const char *wanted)
{
    struct str word;
    while (str_word(&options, ", \t", &word))
        if (str_eq_nocase(word, str_of(wanted)))
            return true;
    return false;
}

void engine_mechanisms(const struct engine *engine, const struct auth_mechanisms_query *query,
                       struct buf *out)
{
    struct str rest = buf_str(&engine->mechanisms), word;
    bool no_plain = has_option(query->options, "noplaintext");
    while (str_word(&rest, " ", &word)) {
        bool plain = str_eq_nocase(word, STR("PLAIN")) || str_eq_nocase(word, STR("LOGIN"));
        bool plus = str_ends_nocase(word, STR("-PLUS"));
        if ((plain && no_plain) || (plus && !(query->tls && query->binding)))
            continue;
        buf_printf(out, "%s" STR_FMT, out->len ? " " : "", STR_ARG(word));
    }
}
