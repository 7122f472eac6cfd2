/* SPDX-License-Identifier: BSD-2-Clause */
/* SCRAM verifiers: RFC 5802 3, RFC 7677; their text RFC 5803 2. */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <utf8proc.h>

#include "account/password.h"
#include "base/memory.h"
#include "base/random.h"

enum { SALT_SIZE = 16, DIGEST_LIMIT = 32, BASE64_LIMIT = 48 };

static const EVP_MD *md_of(enum scram_digest digest)
{
    return digest == SCRAM_SHA_1 ? EVP_sha1() : EVP_sha256();
}

/* The heart of SASLprep (RFC 4013): NFKC. ASCII stays as it is; what is no UTF-8 is taken as it is. Freed
 * with free after wiping *len octets. */
static char *normalize(struct str password, size_t *len)
{
    utf8proc_uint8_t *out = NULL;
    utf8proc_ssize_t made =
        utf8proc_map((const utf8proc_uint8_t *)password.at, (utf8proc_ssize_t)password.len, &out,
                     UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT);
    if (made > 0) {
        *len = (size_t)made;
        return (char *)out;
    }
    free(out);
    char *copy = memory_get(password.len + 1);
    memcpy(copy, password.at, password.len);
    *len = password.len;
    return copy;
}

static void base64(const unsigned char *octets, size_t len, char out[BASE64_LIMIT])
{
    EVP_EncodeBlock((unsigned char *)out, octets, (int)len);
}

static struct str print(const EVP_MD *md, uint32_t iterations, const unsigned char salt[SALT_SIZE],
                        const unsigned char *keys[2], struct arena *arena)
{
    char text[3][BASE64_LIMIT];
    size_t size = (size_t)EVP_MD_get_size(md);
    base64(salt, SALT_SIZE, text[0]);
    base64(keys[0], size, text[1]);
    base64(keys[1], size, text[2]);
    return arena_printf(arena, "%u:%s$%s:%s", iterations, text[0], text[1], text[2]);
}

/* StoredKey and ServerKey of a salted password. */
static bool derive(const EVP_MD *md, const unsigned char *salted, unsigned char *stored,
                   unsigned char *server)
{
    unsigned char client[DIGEST_LIMIT];
    int size = EVP_MD_get_size(md);
    bool good = HMAC(md, salted, size, (const unsigned char *)"Client Key", 10, client, NULL) &&
                EVP_Digest(client, (size_t)size, stored, NULL, md, NULL) == 1 &&
                HMAC(md, salted, size, (const unsigned char *)"Server Key", 10, server, NULL);
    memory_wipe(client, sizeof client);
    return good;
}

bool scram_make(enum scram_digest digest, struct str password, uint32_t iterations, struct arena *arena,
                struct str *verifier)
{
    const EVP_MD *md = md_of(digest);
    unsigned char salt[SALT_SIZE], salted[DIGEST_LIMIT], stored[DIGEST_LIMIT], server[DIGEST_LIMIT];
    size_t len;
    if (iterations < 1)
        return false;
    random_octets(salt, sizeof salt);
    char *prepared = normalize(password, &len);
    bool good = PKCS5_PBKDF2_HMAC(prepared, (int)len, salt, SALT_SIZE, (int)iterations, md,
                                  EVP_MD_get_size(md), salted) == 1 &&
                derive(md, salted, stored, server);
    memory_wipe(prepared, len);
    memory_wipe(salted, sizeof salted);
    free(prepared);
    if (good)
        *verifier = print(md, iterations, salt, (const unsigned char *[]){stored, server}, arena);
    return good;
}

static void stretch(struct str key, char what, struct str name, unsigned char out[DIGEST_LIMIT])
{
    char message[1 + 320];
    size_t len = name.len < sizeof message - 1 ? name.len : sizeof message - 1;
    message[0] = what;
    memcpy(message + 1, name.at, len);
    HMAC(EVP_sha256(), key.at, (int)key.len, (const unsigned char *)message, len + 1, out, NULL);
}

struct str scram_pretend(enum scram_digest digest, struct str name, struct str key, uint32_t iterations,
                         struct arena *arena)
{
    unsigned char salt[DIGEST_LIMIT], stored[DIGEST_LIMIT], server[DIGEST_LIMIT];
    bool sha1 = digest == SCRAM_SHA_1;
    stretch(key, sha1 ? 'a' : 'A', name, salt);
    stretch(key, sha1 ? 'b' : 'B', name, stored);
    stretch(key, sha1 ? 'c' : 'C', name, server);
    return print(md_of(digest), iterations, salt, (const unsigned char *[]){stored, server}, arena);
}
