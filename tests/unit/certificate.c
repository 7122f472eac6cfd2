/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates for tests: self-signed, good for an hour, with their key in the same file. */
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "unit/test.h"

static void add_extension(X509 *certificate, int what, const char *value)
{
    X509V3_CTX v3;
    X509V3_set_ctx(&v3, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &v3, what, value);
    CHECK(extension && X509_add_ext(certificate, extension, -1));
    X509_EXTENSION_free(extension);
}

void test_certificate(const char *path, const char *common_name, const char *dns_name)
{
    char alternative[100], fresh[300];
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509_NAME *subject = X509_get_subject_name(certificate);
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    if (common_name)
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)common_name, -1, -1,
                                   0);
    X509_set_issuer_name(certificate, subject);
    snprintf(alternative, sizeof alternative, "DNS:%s", dns_name);
    add_extension(certificate, NID_subject_alt_name, alternative);
    add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
    CHECK(X509_sign(certificate, key, EVP_sha384()) > 0);
    snprintf(fresh, sizeof fresh, "%s.new", path);
    FILE *out = fopen(fresh, "w");
    CHECK(out && PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) &&
          PEM_write_X509(out, certificate));
    fclose(out);
    CHECK(rename(fresh, path) == 0);
    X509_free(certificate);
    EVP_PKEY_free(key);
}
