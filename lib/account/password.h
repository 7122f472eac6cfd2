/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Passwords and what is kept of them: argon2id (RFC 9106) for what we write, everything that crypt(3) of
 * libxcrypt knows (yescrypt, sha512crypt, bcrypt, ...) for what was written elsewhere, and SCRAM verifiers
 * (RFC 5802 3, RFC 7677, in the form of RFC 5803), from which no password can be read but which a client can
 * prove itself against.
 */
#ifndef ACCOUNT_PASSWORD_H
#define ACCOUNT_PASSWORD_H

#include "base/arena.h"
#include "base/str.h"

enum { PASSWORD_LIMIT = 1024, PASSWORD_HASH_LIMIT = 512 }; /* octets */

/* What making a hash costs, and with it each guess. */
struct password_cost {
    uint32_t memory_kib; /* argon2id */
    uint32_t passes;     /* argon2id */
    uint32_t iterations; /* SCRAM's PBKDF2; at least 4096 (RFC 7677 4) */
};

/* Not empty, not over the limit, no NUL, no CR or LF. */
bool password_is_usable(struct str password);
/* "$argon2id$v=19$..." with a fresh salt, from the arena. */
bool password_hash(struct str password, const struct password_cost *cost, struct arena *arena,
                   struct str *hash);
/* Whether the password fits the hash, in time that does not depend on the password. A hash that nobody knows
 * fits nothing. */
bool password_fits(struct str password, struct str hash);
/* Whether a hash is of a kind that password_fits can try. */
bool password_hash_is_known(struct str hash);

enum scram_digest { SCRAM_SHA_1, SCRAM_SHA_256 };
/* "iterations:salt$StoredKey:ServerKey" with a fresh salt, from the arena. */
bool scram_make(enum scram_digest digest, struct str password, uint32_t iterations, struct arena *arena,
                struct str *verifier);
/* A verifier that no password fits, always the same for the same name and key: what an unknown user is shown,
 * so that nobody learns from the salt who exists (RFC 5802 9). */
struct str scram_pretend(enum scram_digest digest, struct str name, struct str key, uint32_t iterations,
                         struct arena *arena);

#endif
