/* SPDX-License-Identifier: BSD-2-Clause */
/* Hashes and verifiers of passwords. */
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "account/password.h"
#include "unit/test.h"

static const struct password_cost cheap = {.memory_kib = 64, .passes = 1, .iterations = 4096};

TEST(only_the_password_fits_its_hash)
{
    struct arena *arena = arena_create(1 << 16);
    struct str hash, other;
    CHECK(password_hash(STR("s\xc3\xa9"
                            "cret"),
                        &cheap, arena, &hash));
    CHECK(password_hash(STR("s\xc3\xa9"
                            "cret"),
                        &cheap, arena, &other));
    CHECK(str_starts(hash, STR("$argon2id$v=19$m=64,t=1,p=1$")));
    CHECK(!str_eq(hash, other));
    CHECK(password_fits(STR("s\xc3\xa9"
                            "cret"),
                        hash));
    CHECK(!password_fits(STR("s\xc3\xa9"
                             "cret "),
                         hash));
    CHECK(!password_fits(STR(""), hash));
    CHECK(!password_fits(STR("x"), STR("")));
    CHECK(!password_fits(STR("x"), STR("*")));
    CHECK(!password_fits(STR("x"), STR("$argon2id$v=19$m=64,t=1,p=1$")));
    arena_destroy(arena);
}

TEST(hashes_of_crypt_are_understood)
{
    struct str hash = STR("$6$saltstring$adDbXs"
                          "JjcDlq2662QPgd.tkSOVmnG9Tt3oXl4HR60SusC3AGjirnDenVZp3DGwLwqy6iYKCzannhaX9DR72nN1");
    CHECK(password_fits(STR("password"), hash));
    CHECK(!password_fits(STR("Password"), hash));
    CHECK(password_hash_is_known(
        STR("$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7")));
    CHECK(password_hash_is_known(hash));
    CHECK(!password_hash_is_known(str_sub(hash, 0, hash.len - 1)));
    CHECK(!password_hash_is_known(STR("$6$saltstring$")));
    CHECK(password_hash_is_known(STR("ab1FlLfE/WpWQ")));
    CHECK(!password_hash_is_known(STR("foo")));
    CHECK(!password_hash_is_known(STR("plain text")));
    CHECK(!password_hash_is_known(STR("")));
}

TEST(a_password_may_not_hold_line_ends_or_NUL)
{
    char longest[PASSWORD_LIMIT + 1];
    memset(longest, 'x', sizeof longest);
    CHECK(password_is_usable(str_make(longest, PASSWORD_LIMIT)));
    CHECK(!password_is_usable(str_make(longest, PASSWORD_LIMIT + 1)));
    CHECK(!password_is_usable(STR("a\nb")));
    CHECK(!password_is_usable(str_make("a\0b", 3)));
    CHECK(!password_is_usable(STR("")));
}

/* RFC 5803: iterations:salt$StoredKey:ServerKey */
TEST(a_verifier_has_the_keys_of_RFC_5802)
{
    struct arena *arena = arena_create(1 << 16);
    struct str verifier, iterations, salt, stored;
    CHECK(scram_make(SCRAM_SHA_256, STR("pencil"), 4096, arena, &verifier));
    struct str rest = verifier;
    CHECK(str_cut(&rest, ':', &iterations) && str_cut(&rest, '$', &salt) && str_cut(&rest, ':', &stored));
    CHECK_STR(iterations, "4096");
    unsigned char octets[64], salted[32], client[32], key[32], text[64];
    int len = EVP_DecodeBlock(octets, (const unsigned char *)salt.at, (int)salt.len);
    CHECK_INT(len, 18);
    PKCS5_PBKDF2_HMAC("pencil", 6, octets, 16, 4096, EVP_sha256(), 32, salted);
    HMAC(EVP_sha256(), salted, 32, (const unsigned char *)"Client Key", 10, client, NULL);
    EVP_Digest(client, 32, key, NULL, EVP_sha256(), NULL);
    EVP_EncodeBlock(text, key, 32);
    CHECK_STR(stored, (const char *)text);
    arena_destroy(arena);
}

TEST(a_pretended_verifier_is_always_the_same_and_looks_real)
{
    struct arena *arena = arena_create(1 << 16);
    struct str key = STR("0123456789abcdef0123456789abcdef"), real;
    struct str one = scram_pretend(SCRAM_SHA_1, STR("nobody@x"), key, 4096, arena);
    CHECK(str_eq(one, scram_pretend(SCRAM_SHA_1, STR("nobody@x"), key, 4096, arena)));
    CHECK(!str_eq(one, scram_pretend(SCRAM_SHA_1, STR("nobody@y"), key, 4096, arena)));
    CHECK(scram_make(SCRAM_SHA_1, STR("x"), 4096, arena, &real));
    CHECK_INT(one.len, real.len);
    arena_destroy(arena);
}
