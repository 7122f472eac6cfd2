/* SPDX-License-Identifier: BSD-2-Clause */
/* What is known of a TLS connection that stands: for Received fields, logs, policy, and channel binding. */
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "io/tls_state.h"

enum { PEER_NAME_LIMIT = 255, EXPORTED = 32, FINISHED_LIMIT = 64 };

/* --- info --- */

/* Names of outsiders go into logs and headers: only printable ASCII is taken. */
static bool is_plain(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (!char_is_print(name.at[i]))
            return false;
    }
    return name.len > 0 && name.len <= PEER_NAME_LIMIT;
}

static struct str asn1_str(const ASN1_STRING *string)
{
    return str_make((const char *)ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string));
}

static struct str common_name(X509 *certificate)
{
    X509_NAME *subject = X509_get_subject_name(certificate);
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at < 0)
        return (struct str){NULL, 0};
    struct str name = asn1_str(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    return is_plain(name) ? name : (struct str){NULL, 0};
}

static void add_dns_name(struct buf *words, X509 *certificate)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names); i++) {
        GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_DNS && is_plain(asn1_str(name->d.dNSName))) {
            buf_add(words, asn1_str(name->d.dNSName));
            break;
        }
    }
    GENERAL_NAMES_free(names);
}

static void add_fingerprint(struct buf *words, X509 *certificate)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (!X509_digest(certificate, EVP_sha256(), digest, &len))
        return;
    for (unsigned i = 0; i < len; i++)
        buf_printf(words, "%s%02X", i ? ":" : "", digest[i]);
}

void tls_info_fill(struct stream_tls *tls)
{
    struct tls_info *info = &tls->info;
    struct buf *words = &tls->words;
    const char *asked = SSL_get_servername(tls->ssl, TLSEXT_NAMETYPE_host_name);
    X509 *peer = SSL_get0_peer_certificate(tls->ssl);
    info->protocol = SSL_get_version(tls->ssl);
    info->cipher = SSL_get_cipher_name(tls->ssl);
    info->bits = SSL_get_cipher_bits(tls->ssl, NULL);
    info->resumed = SSL_session_reused(tls->ssl);
    info->peer_verified = peer && SSL_get_verify_result(tls->ssl) == X509_V_OK;
    if (asked && is_plain(str_of(asked)))
        buf_add_text(words, asked);
    size_t name_at = words->len;
    if (peer) {
        buf_add(words, common_name(peer));
        if (words->len == name_at)
            add_dns_name(words, peer);
    }
    size_t print_at = words->len;
    if (peer)
        add_fingerprint(words, peer);
    info->server_name = str_sub(buf_str(words), 0, name_at);
    info->peer_name = str_sub(buf_str(words), name_at, print_at - name_at);
    info->peer_sha256 = str_from(buf_str(words), print_at);
}

/* --- channel binding --- */

static bool keep(struct arena *arena, const unsigned char *octets, size_t len, struct str *out)
{
    return len > 0 && arena_try_copy(arena, str_make((const char *)octets, len), out);
}

/* RFC 9266 2: 32 octets with an empty context; before TLS 1.3 only with an extended master secret. */
static bool bind_exporter(SSL *ssl, struct arena *arena, struct str *octets)
{
    static const char label[] = "EXPORTER-Channel-Binding";
    unsigned char exported[EXPORTED];
    if (SSL_version(ssl) < TLS1_3_VERSION && SSL_get_extms_support(ssl) != 1)
        return false;
    if (SSL_export_keying_material(ssl, exported, sizeof exported, label, strlen(label),
                                   (const unsigned char *)"", 0, 1) != 1)
        return false;
    return keep(arena, exported, sizeof exported, octets);
}

/* RFC 5929 4.1: the server certificate's hash by its own signature's hash function, SHA-256 for the weak
 * ones, none where the signature has no hash of its own. */
static bool bind_end_point(SSL *ssl, struct arena *arena, struct str *octets)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    int hash = NID_undef;
    X509 *certificate = SSL_is_server(ssl) ? SSL_get_certificate(ssl) : SSL_get0_peer_certificate(ssl);
    if (!certificate || X509_get_signature_info(certificate, &hash, NULL, NULL, NULL) != 1)
        return false;
    if (hash == NID_md5 || hash == NID_sha1)
        hash = NID_sha256;
    const EVP_MD *function = hash == NID_undef ? NULL : EVP_get_digestbynid(hash);
    if (!function || X509_digest(certificate, function, digest, &len) != 1)
        return false;
    return keep(arena, digest, len, octets);
}

/* RFC 5929 3.1: the first Finished message of the latest handshake: the client's, or, when a session was
 * resumed, the server's. Without an extended master secret it is not unique (RFC 7627 1). */
static bool bind_unique(SSL *ssl, struct arena *arena, struct str *octets)
{
    unsigned char finished[FINISHED_LIMIT];
    if (SSL_version(ssl) != TLS1_2_VERSION || SSL_get_extms_support(ssl) != 1)
        return false;
    bool ours = (SSL_is_server(ssl) != 0) == (SSL_session_reused(ssl) != 0);
    size_t len = ours ? SSL_get_finished(ssl, finished, sizeof finished)
                      : SSL_get_peer_finished(ssl, finished, sizeof finished);
    return len <= sizeof finished && keep(arena, finished, len, octets);
}

bool tls_channel_binding(const struct stream *stream, const char *type, struct arena *arena,
                         struct str *octets)
{
    if (!stream->tls || !stream->tls->standing)
        return false;
    SSL *ssl = stream->tls->ssl;
    if (strcmp(type, "tls-exporter") == 0)
        return bind_exporter(ssl, arena, octets);
    if (strcmp(type, "tls-server-end-point") == 0)
        return bind_end_point(ssl, arena, octets);
    if (strcmp(type, "tls-unique") == 0)
        return bind_unique(ssl, arena, octets);
    return false;
}
