/* SPDX-License-Identifier: BSD-2-Clause */
/* A sandbox's certificate: self-made, P-256, for its host, its domains and localhost (RFC 5280, RFC 9525). */
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file.h"
#include "tools/sandbox.h"

enum { VALID_DAYS = 3650, SERIAL_OCTETS = 16, NAMES_LIMIT = 1024 * 1024 };

static bool add_extension(X509 *certificate, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool good = extension && X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return good;
}

static bool add_names(const struct sandbox *sandbox, X509 *certificate)
{
    struct buf names;
    buf_init(&names, NAMES_LIMIT);
    buf_printf(&names, "DNS:localhost,IP:%s", sandbox->host);
    for (size_t i = 0; i < sandbox->domain_count; i++)
        buf_printf(&names, ",DNS:mail." STR_FMT ",DNS:" STR_FMT, STR_ARG(sandbox->domains[i]),
                   STR_ARG(sandbox->domains[i]));
    bool good = !names.over && add_extension(certificate, NID_subject_alt_name, buf_cstr(&names));
    buf_finish(&names);
    return good;
}

static bool add_serial(X509 *certificate)
{
    unsigned char octets[SERIAL_OCTETS];
    if (RAND_bytes(octets, sizeof octets) != 1)
        return false;
    octets[0] &= 0x7f;
    BIGNUM *number = BN_bin2bn(octets, sizeof octets, NULL);
    bool good = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
    BN_free(number);
    return good;
}

/* Everybody's own authority: clients may be told to trust this very certificate. */
static bool fill(const struct sandbox *sandbox, X509 *certificate, EVP_PKEY *key)
{
    const char *host = arena_printf(sandbox->arena, "mail." STR_FMT, STR_ARG(sandbox->domains[0])).at;
    X509_NAME *name = X509_get_subject_name(certificate);
    return X509_set_version(certificate, X509_VERSION_3) && add_serial(certificate) &&
           X509_gmtime_adj(X509_getm_notBefore(certificate), -3600) &&
           X509_time_adj_ex(X509_getm_notAfter(certificate), VALID_DAYS, 0, NULL) &&
           X509_set_pubkey(certificate, key) &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)host, -1, -1, 0) &&
           X509_set_issuer_name(certificate, name) &&
           add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE") &&
           add_extension(certificate, NID_subject_key_identifier, "hash") &&
           add_names(sandbox, certificate) && X509_sign(certificate, key, EVP_sha256()) > 0;
}

static bool write_out(const struct sandbox *sandbox, const char *name, BIO *text, mode_t mode,
                      struct verdict *verdict)
{
    char *at;
    long len = BIO_get_mem_data(text, &at);
    const char *path = sandbox_path(sandbox, name);
    return file_replace(AT_FDCWD, path, str_make(at, (size_t)len), mode) ||
           verdict_system(verdict, path, errno);
}

static bool write_both(const struct sandbox *sandbox, X509 *certificate, EVP_PKEY *key,
                       struct verdict *verdict)
{
    BIO *public = BIO_new(BIO_s_mem()), *secret = BIO_new(BIO_s_mem());
    bool good = public && secret && PEM_write_bio_X509(public, certificate) &&
                PEM_write_bio_PrivateKey(secret, key, NULL, NULL, 0, NULL, NULL);
    if (!good)
        verdict_set(verdict, 451, "3.0", "OpenSSL could not write the certificate");
    good = good && write_out(sandbox, "tls/key.pem", secret, 0600, verdict) &&
           write_out(sandbox, "tls/cert.pem", public, 0644, verdict);
    BIO_free(public);
    BIO_free(secret);
    return good;
}

bool sandbox_make_certificate(const struct sandbox *sandbox, struct verdict *verdict)
{
    if (access(sandbox_path(sandbox, "tls/cert.pem"), F_OK) == 0)
        return true;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    bool good = key && certificate && fill(sandbox, certificate, key);
    if (!good)
        verdict_set(verdict, 451, "3.0", "OpenSSL could not make a certificate");
    good = good && write_both(sandbox, certificate, key, verdict);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return good;
}
