/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A table from octet strings to pointers. Keys are copied, values borrowed. The hash is SipHash with a random
 * key of the process's own, so that strangers who choose keys cannot make it slow.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/str.h"

struct hash;

struct hash *hash_create(void);
void hash_destroy(struct hash *hash); /* NULL is fine */
void hash_clear(struct hash *hash);
size_t hash_count(const struct hash *hash);

/* NULL when the key is not there. */
void *hash_get(const struct hash *hash, struct str key);
/* Replaces the value of a key that is there. value is not NULL. */
void hash_put(struct hash *hash, struct str key, void *value);
/* The value that was there; NULL when there was none. */
void *hash_remove(struct hash *hash, struct str key);

/* All entries, in no order. The table must not change during a walk. */
struct hash_walk {
    const struct hash *hash;
    size_t bucket;
    const void *entry;
};
struct hash_walk hash_walk_start(const struct hash *hash);
/* The next value and its key (valid while it is in the table); NULL at the end. */
void *hash_walk_next(struct hash_walk *walk, struct str *key);

/* SipHash-1-3 of the octets with the 128-bit key. */
uint64_t siphash(struct str octets, const uint64_t key[2]);

#endif
