/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS contexts: OpenSSL's rules set once. A server has one chain, and more for names asked by SNI; each is an
 * SSL_CTX of its own, made anew when its files change. A chain that cannot be read (half written, key and
 * certificate of different age) leaves the one in use where it is.
 */
#include "io/tls.h"

#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/verdict.h"
#include "io/tls_state.h"

enum { LOOK_EVERY_MS = 1000, TICKET_KEYS = 80, ALPN_LIMIT = 255 };

/* What tells a file from its successor. */
struct stamp {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified;
};

struct chain {
    char *name; /* SNI; NULL for the one that serves all others */
    char *chain_file, *key_file;
    struct stamp chain_stamp, key_stamp; /* when last read or tried */
    int64_t looked_ms;
    const char *blamed, *why; /* the file that did not do, and words where OpenSSL has none */
    SSL_CTX *ctx;
};

struct tls_context {
    unsigned holders; /* who made it, and the streams */
    bool server, ask_client_cert, verify;
    char *alpn, *ticket_name;
    BIO_METHOD *method;
    struct chain main; /* a client uses main.ctx only */
    struct chain **names;
    size_t name_count; /* sorted without case */
};

const char *tls_last_error(const char *otherwise)
{
    unsigned long error = ERR_peek_error();
    const char *words = error ? ERR_reason_error_string(error) : NULL;
    if (!words && ERR_SYSTEM_ERROR(error))
        words = strerror(ERR_GET_REASON(error));
    return words ? words : otherwise;
}

/* --- what a server is asked --- */

/* The protocols of a ClientHello: length-prefixed names that OpenSSL has found well-formed. */
static bool next_protocol(struct str *list, struct str *protocol)
{
    if (list->len == 0)
        return false;
    *protocol = str_sub(*list, 1, (unsigned char)list->at[0]);
    *list = str_from(*list, 1 + protocol->len);
    return true;
}

static bool is_of_the_web(struct str protocol)
{
    return str_eq(protocol, STR("h2")) || str_eq(protocol, STR("http/1.1")) || str_eq(protocol, STR("ftp"));
}

/* RFC 7301 3.2; a browser that was led here must not get an answer it could take for its own protocol's. */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                           const unsigned char *in, unsigned in_len, void *arg)
{
    const struct tls_context *context = arg;
    struct str list = str_make(in, in_len), protocol;
    (void)ssl;
    while (next_protocol(&list, &protocol)) {
        if (context->alpn && str_eq(protocol, str_of(context->alpn))) {
            *out = (const unsigned char *)protocol.at;
            *out_len = (unsigned char)protocol.len;
            return SSL_TLSEXT_ERR_OK;
        }
        if (!context->alpn && is_of_the_web(protocol))
            return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    return context->alpn ? SSL_TLSEXT_ERR_ALERT_FATAL : SSL_TLSEXT_ERR_NOACK;
}

/* Where the name is, or would be put. */
static size_t name_index(const struct tls_context *context, struct str name)
{
    size_t low = 0, high = context->name_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (str_compare_nocase(str_of(context->names[middle]->name), name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct chain *chain_of_name(const struct tls_context *context, struct str name)
{
    size_t at = name_index(context, name);
    bool found = at < context->name_count && str_eq_nocase(str_of(context->names[at]->name), name);
    return found ? context->names[at] : NULL;
}

static void chain_refresh(struct tls_context *context, struct chain *chain);

static int choose_name(SSL *ssl, int *alert, void *arg)
{
    struct tls_context *context = arg;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    (void)alert;
    struct chain *chain = name ? chain_of_name(context, str_of(name)) : NULL;
    if (chain) {
        chain_refresh(context, chain);
        SSL_set_SSL_CTX(ssl, chain->ctx);
    }
    return SSL_TLSEXT_ERR_OK;
}

/* Which certificates of clients are good enough is not TLS's question. */
static int take_any_certificate(int good, X509_STORE_CTX *store)
{
    (void)good, (void)store;
    return 1;
}

static int no_passphrase(char *into, int size, int writing, void *arg)
{
    (void)into, (void)size, (void)writing, (void)arg;
    return -1;
}

/* --- SSL_CTX --- */

static SSL_CTX *make_ctx(const SSL_METHOD *method)
{
    SSL_CTX *ctx = SSL_CTX_new(method);
    if (!ctx)
        return NULL;
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(ctx, 1);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
    return ctx;
}

/* A session of one service is none of another's, whoever shares the keys of the tickets. */
static bool bind_tickets(SSL_CTX *ctx, const char *ticket_name)
{
    unsigned char id[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    const char *name = ticket_name ? ticket_name : "";
    return EVP_Digest(name, strlen(name), id, &len, EVP_sha256(), NULL) == 1 &&
           len <= SSL_MAX_SID_CTX_LENGTH && SSL_CTX_set_session_id_context(ctx, id, len) == 1 &&
           SSL_CTX_set_num_tickets(ctx, 1) == 1;
}

/* A key of another kind than the certificate's is taken by OpenSSL, as if its certificate were still to come.
 */
static bool use_files(SSL_CTX *ctx, struct chain *chain)
{
    chain->blamed = chain->chain_file;
    chain->why = NULL;
    if (SSL_CTX_use_certificate_chain_file(ctx, chain->chain_file) != 1)
        return false;
    chain->blamed = chain->key_file;
    if (SSL_CTX_use_PrivateKey_file(ctx, chain->key_file, SSL_FILETYPE_PEM) != 1)
        return false;
    chain->why = "is not the key of the certificate";
    return SSL_CTX_check_private_key(ctx) == 1;
}

static SSL_CTX *make_server_ctx(struct tls_context *context, struct chain *chain)
{
    SSL_CTX *ctx = make_ctx(TLS_server_method());
    if (!ctx)
        return NULL;
    SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, context);
    SSL_CTX_set_tlsext_servername_callback(ctx, choose_name);
    SSL_CTX_set_tlsext_servername_arg(ctx, context);
    if (context->ask_client_cert) {
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE, take_any_certificate);
        SSL_CTX_set_default_verify_paths(ctx);
        ERR_clear_error();
    }
    if (bind_tickets(ctx, context->ticket_name) && use_files(ctx, chain))
        return ctx;
    SSL_CTX_free(ctx);
    return NULL;
}

/* --- chains --- */

static struct stamp stamp_of(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return (struct stamp){0};
    return (struct stamp){status.st_dev, status.st_ino, status.st_size, status.st_mtim};
}

static bool stamp_eq(struct stamp a, struct stamp b)
{
    return a.device == b.device && a.inode == b.inode && a.size == b.size &&
           a.modified.tv_sec == b.modified.tv_sec && a.modified.tv_nsec == b.modified.tv_nsec;
}

static bool copy_ticket_keys(SSL_CTX *from, SSL_CTX *to)
{
    unsigned char keys[TICKET_KEYS];
    bool copied = SSL_CTX_get_tlsext_ticket_keys(from, keys, sizeof keys) == 1 &&
                  SSL_CTX_set_tlsext_ticket_keys(to, keys, sizeof keys) == 1;
    memory_wipe(keys, sizeof keys);
    return copied;
}

/* The stamps are taken before the files are read: what changes meanwhile is seen by the next look. */
static bool chain_load(struct tls_context *context, struct chain *chain)
{
    chain->chain_stamp = stamp_of(chain->chain_file);
    chain->key_stamp = stamp_of(chain->key_file);
    ERR_clear_error();
    SSL_CTX *ctx = make_server_ctx(context, chain);
    if (!ctx)
        return false;
    if (chain->ctx) {
        copy_ticket_keys(chain->ctx, ctx);
        SSL_CTX_free(chain->ctx);
    }
    chain->ctx = ctx;
    return true;
}

static void chain_refresh(struct tls_context *context, struct chain *chain)
{
    int64_t now = time_monotonic_ms();
    if (chain->looked_ms && now - chain->looked_ms < LOOK_EVERY_MS)
        return;
    chain->looked_ms = now;
    if (!stamp_eq(chain->chain_stamp, stamp_of(chain->chain_file)) ||
        !stamp_eq(chain->key_stamp, stamp_of(chain->key_file)))
        chain_load(context, chain);
    ERR_clear_error();
}

static char *copy_text(const char *text)
{
    char *copy = text ? strdup(text) : NULL;
    assert(!text || copy);
    return copy;
}

static void chain_name_files(struct chain *chain, const char *chain_file, const char *key_file)
{
    chain->chain_file = copy_text(chain_file);
    chain->key_file = copy_text(key_file ? key_file : chain_file);
}

static void chain_finish(struct chain *chain)
{
    SSL_CTX_free(chain->ctx);
    free(chain->name);
    free(chain->chain_file);
    free(chain->key_file);
}

static bool not_available(struct verdict *verdict, const char *what, const char *why)
{
    verdict_set(verdict, 454, "7.0", "TLS not available: %s: %s", what,
                why ? why : tls_last_error("cannot be used"));
    ERR_clear_error();
    return false;
}

/* --- contexts --- */

static struct tls_context *create_context(const char *alpn)
{
    struct tls_context *context = memory_get(sizeof *context);
    assert(!alpn || (*alpn && strlen(alpn) <= ALPN_LIMIT));
    context->holders = 1;
    context->alpn = copy_text(alpn);
    context->method = stream_tls_method();
    assert(context->method);
    return context;
}

void tls_context_destroy(struct tls_context *context)
{
    if (!context || --context->holders > 0)
        return;
    for (size_t i = 0; i < context->name_count; i++) {
        chain_finish(context->names[i]);
        free(context->names[i]);
    }
    free(context->names);
    chain_finish(&context->main);
    BIO_meth_free(context->method);
    free(context->alpn);
    free(context->ticket_name);
    free(context);
}

struct tls_context *tls_server_create(const struct tls_server_options *options, struct verdict *verdict)
{
    assert(options->chain_file);
    struct tls_context *context = create_context(options->alpn);
    context->server = true;
    context->ask_client_cert = options->ask_client_cert;
    context->ticket_name = copy_text(options->ticket_name);
    chain_name_files(&context->main, options->chain_file, options->key_file);
    if (chain_load(context, &context->main))
        return context;
    not_available(verdict, context->main.blamed ? context->main.blamed : options->chain_file,
                  context->main.why);
    tls_context_destroy(context);
    return NULL;
}

bool tls_server_add_name(struct tls_context *context, const char *name, const char *chain_file,
                         const char *key_file, struct verdict *verdict)
{
    assert(context->server);
    struct chain *chain = memory_get(sizeof *chain), *old = chain_of_name(context, str_of(name));
    size_t at = name_index(context, str_of(name));
    chain->name = copy_text(name);
    chain_name_files(chain, chain_file, key_file);
    if (!chain_load(context, chain)) {
        not_available(verdict, chain->blamed ? chain->blamed : chain_file, chain->why);
        chain_finish(chain);
        free(chain);
        return false;
    }
    if (old) {
        chain_finish(old);
        free(old);
    } else {
        context->names = memory_resize(context->names, context->name_count + 1, sizeof *context->names);
        memmove(context->names + at + 1, context->names + at,
                (context->name_count - at) * sizeof *context->names);
        context->name_count++;
    }
    context->names[at] = chain;
    return true;
}

static bool offer_protocol(SSL_CTX *ctx, const char *alpn)
{
    unsigned char list[1 + ALPN_LIMIT];
    size_t len = alpn ? strlen(alpn) : 0;
    if (len == 0)
        return true;
    list[0] = (unsigned char)len;
    memcpy(list + 1, alpn, len);
    return SSL_CTX_set_alpn_protos(ctx, list, (unsigned)len + 1) == 0;
}

struct tls_context *tls_client_create(const struct tls_client_options *options, struct verdict *verdict)
{
    struct tls_context *context = create_context(options->alpn);
    ERR_clear_error();
    SSL_CTX *ctx = context->main.ctx = make_ctx(TLS_client_method());
    context->verify = options->verify;
    bool good = ctx && offer_protocol(ctx, options->alpn);
    if (good && options->ca_file)
        good = SSL_CTX_load_verify_locations(ctx, options->ca_file, NULL) == 1;
    else if (good)
        good = SSL_CTX_set_default_verify_paths(ctx) == 1 || !options->verify;
    if (!good) {
        not_available(verdict, options->ca_file ? options->ca_file : "certificate authorities", NULL);
        tls_context_destroy(context);
        return NULL;
    }
    if (options->verify)
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    else
        SSL_CTX_set_security_level(ctx, 1); /* weak encryption is still better than none */
    ERR_clear_error();
    return context;
}

bool tls_context_is_server(const struct tls_context *context)
{
    return context->server;
}

/* --- connections --- */

/* RFC 6066 3: a literal address is never sent as a name. With `verify`, the certificate must match. */
static bool ask_name(SSL *ssl, struct str server_name, bool verify)
{
    char name[256];
    if (server_name.len == 0)
        return true;
    if (server_name.len >= sizeof name || str_contains(server_name, '\0'))
        return false;
    memcpy(name, server_name.at, server_name.len);
    name[server_name.len] = '\0';
    X509_VERIFY_PARAM *rules = SSL_get0_param(ssl);
    ASN1_OCTET_STRING *address = a2i_IPADDRESS(name);
    if (address) {
        ASN1_OCTET_STRING_free(address);
        return !verify || X509_VERIFY_PARAM_set1_ip_asc(rules, name) == 1;
    }
    ERR_clear_error();
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set_tlsext_host_name(ssl, name) == 1 && (!verify || SSL_set1_host(ssl, name) == 1);
}

SSL *tls_context_open(struct tls_context *context, struct stream *stream, struct str server_name)
{
    if (context->server)
        chain_refresh(context, &context->main);
    SSL *ssl = SSL_new(context->main.ctx);
    BIO *bio = BIO_new(context->method);
    if (!ssl || !bio || (!context->server && !ask_name(ssl, server_name, context->verify))) {
        SSL_free(ssl);
        BIO_free(bio);
        return NULL;
    }
    BIO_set_data(bio, stream);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    if (context->server)
        SSL_set_accept_state(ssl);
    else
        SSL_set_connect_state(ssl);
    context->holders++;
    return ssl;
}

void tls_context_close(struct tls_context *context, SSL *ssl)
{
    SSL_free(ssl);
    tls_context_destroy(context);
}
