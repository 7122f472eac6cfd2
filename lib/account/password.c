/* SPDX-License-Identifier: BSD-2-Clause */
/* Hashing and trying passwords. */
#include "account/password.h"

#include <argon2.h>
#include <crypt.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/memory.h"
#include "base/random.h"

enum { SALT_SIZE = 16, HASH_SIZE = 32 };

bool password_is_usable(struct str password)
{
    if (password.len == 0 || password.len > PASSWORD_LIMIT)
        return false;
    for (size_t i = 0; i < password.len; i++)
        if (password.at[i] == '\0' || password.at[i] == '\r' || password.at[i] == '\n')
            return false;
    return true;
}

bool password_hash(struct str password, const struct password_cost *cost, struct arena *arena,
                   struct str *hash)
{
    unsigned char salt[SALT_SIZE];
    char encoded[PASSWORD_HASH_LIMIT];
    random_octets(salt, sizeof salt);
    if (argon2id_hash_encoded(cost->passes, cost->memory_kib, 1, password.at, password.len, salt, sizeof salt,
                              HASH_SIZE, encoded, sizeof encoded) != ARGON2_OK)
        return false;
    *hash = arena_copy(arena, str_of(encoded));
    return true;
}

/* *whole: the hash is as long as one of its kind is, not a salt alone or a word that could be one. */
static bool crypt_fits(const char *password, const char *hash, bool *whole)
{
    struct crypt_data *data = memory_get(sizeof *data);
    const char *made = crypt_rn(password, hash, data, (int)sizeof *data);
    *whole = made && made[0] != '*' && strlen(made) == strlen(hash);
    bool fits = *whole && CRYPTO_memcmp(made, hash, strlen(hash)) == 0;
    memory_wipe(data, sizeof *data);
    free(data);
    return fits;
}

bool password_fits(struct str password, struct str hash)
{
    char secret[PASSWORD_LIMIT + 1], known[PASSWORD_HASH_LIMIT + 1];
    if (!password_is_usable(password) || hash.len == 0 || hash.len > PASSWORD_HASH_LIMIT ||
        str_contains(hash, '\0'))
        return false;
    memcpy(known, hash.at, hash.len);
    known[hash.len] = '\0';
    if (str_starts(hash, STR("$argon2id$")))
        return argon2id_verify(known, password.at, password.len) == ARGON2_OK;
    if (str_starts(hash, STR("$argon2i$")))
        return argon2i_verify(known, password.at, password.len) == ARGON2_OK;
    memcpy(secret, password.at, password.len);
    secret[password.len] = '\0';
    bool whole, fits = crypt_fits(secret, known, &whole);
    memory_wipe(secret, sizeof secret);
    return fits;
}

bool password_hash_is_known(struct str hash)
{
    char known[PASSWORD_HASH_LIMIT + 1];
    if (hash.len == 0 || hash.len > PASSWORD_HASH_LIMIT || str_contains(hash, '\0'))
        return false;
    if (str_starts(hash, STR("$argon2id$")) || str_starts(hash, STR("$argon2i$")))
        return true;
    memcpy(known, hash.at, hash.len);
    known[hash.len] = '\0';
    bool whole;
    crypt_fits("", known, &whole);
    return whole;
}
