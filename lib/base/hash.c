/* SPDX-License-Identifier: BSD-2-Clause */
/* Chained buckets that double when they are full; SipHash-1-3 (Aumasson and Bernstein 2012). */
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"

struct entry {
    struct entry *next;
    uint64_t sum;
    void *value;
    size_t len;
    char key[];
};

struct hash {
    struct entry **buckets; /* owned */
    size_t bucket_count;    /* a power of two */
    size_t count;
    uint64_t key[2];
};

static uint64_t rotate(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static uint64_t word_at(const char *at, size_t len)
{
    uint64_t word = 0;
    for (size_t i = 0; i < len; i++)
        word |= (uint64_t)(unsigned char)at[i] << (8 * i);
    return word;
}

uint64_t siphash(struct str octets, const uint64_t key[2])
{
    uint64_t v[4] = {key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du, key[0] ^ 0x6c7967656e657261u,
                     key[1] ^ 0x7465646279746573u};
    size_t at = 0;
    for (; at + 8 <= octets.len; at += 8) {
        uint64_t word = word_at(octets.at + at, 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    uint64_t last = (uint64_t)octets.len << 56 | word_at(octets.at + at, octets.len - at);
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

struct hash *hash_create(void)
{
    struct hash *hash = memory_get(sizeof *hash);
    hash->bucket_count = 16;
    hash->buckets = memory_array(hash->bucket_count, sizeof(struct entry *));
    random_octets(hash->key, sizeof hash->key);
    return hash;
}

void hash_clear(struct hash *hash)
{
    for (size_t i = 0; i < hash->bucket_count; i++) {
        while (hash->buckets[i]) {
            struct entry *entry = hash->buckets[i];
            hash->buckets[i] = entry->next;
            free(entry);
        }
    }
    hash->count = 0;
}

void hash_destroy(struct hash *hash)
{
    if (!hash)
        return;
    hash_clear(hash);
    free(hash->buckets);
    free(hash);
}

size_t hash_count(const struct hash *hash)
{
    return hash->count;
}

/* Where the entry hangs, or where it would. */
static struct entry **find_link(const struct hash *hash, struct str key, uint64_t sum)
{
    struct entry **link = &hash->buckets[sum & (hash->bucket_count - 1)];
    while (*link && ((*link)->sum != sum || !str_eq(str_make((*link)->key, (*link)->len), key)))
        link = &(*link)->next;
    return link;
}

void *hash_get(const struct hash *hash, struct str key)
{
    struct entry *entry = *find_link(hash, key, siphash(key, hash->key));
    return entry ? entry->value : NULL;
}

static void grow(struct hash *hash)
{
    size_t count = hash->bucket_count * 2;
    struct entry **buckets = memory_array(count, sizeof(struct entry *));
    for (size_t i = 0; i < hash->bucket_count; i++) {
        while (hash->buckets[i]) {
            struct entry *entry = hash->buckets[i];
            hash->buckets[i] = entry->next;
            entry->next = buckets[entry->sum & (count - 1)];
            buckets[entry->sum & (count - 1)] = entry;
        }
    }
    free(hash->buckets);
    hash->buckets = buckets;
    hash->bucket_count = count;
}

void hash_put(struct hash *hash, struct str key, void *value)
{
    uint64_t sum = siphash(key, hash->key);
    struct entry **link = find_link(hash, key, sum);
    if (*link) {
        (*link)->value = value;
        return;
    }
    struct entry *entry = memory_get(sizeof *entry + key.len);
    entry->sum = sum;
    entry->value = value;
    entry->len = key.len;
    if (key.len)
        memcpy(entry->key, key.at, key.len);
    *link = entry;
    if (++hash->count > hash->bucket_count)
        grow(hash);
}

void *hash_remove(struct hash *hash, struct str key)
{
    struct entry **link = find_link(hash, key, siphash(key, hash->key));
    struct entry *entry = *link;
    if (!entry)
        return NULL;
    void *value = entry->value;
    *link = entry->next;
    free(entry);
    hash->count--;
    return value;
}

struct hash_walk hash_walk_start(const struct hash *hash)
{
    return (struct hash_walk){.hash = hash};
}

void *hash_walk_next(struct hash_walk *walk, struct str *key)
{
    const struct entry *entry = walk->entry;
    while (!entry && walk->bucket < walk->hash->bucket_count)
        entry = walk->hash->buckets[walk->bucket++];
    if (!entry)
        return NULL;
    *key = str_make(entry->key, entry->len);
    walk->entry = entry->next;
    return entry->value;
}
