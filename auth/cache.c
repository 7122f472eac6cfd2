/* SPDX-License-Identifier: BSD-2-Clause */
/* A table of fixed size; an entry has one place, and the newer one stays there. */
#include "auth/cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/memory.h"
#include "base/random.h"
#include "io/task.h"

enum { MAC_SIZE = 32, LENGTH_SIZE = 8 };

struct entry {
    unsigned char mac[MAC_SIZE];
    int64_t until; /* monotonic ms; 0: empty */
};

struct cache {
    pthread_mutex_t lock;
    unsigned char key[MAC_SIZE];
    int64_t ttl_ms;
    size_t size;
    struct entry entries[];
};

struct cache *cache_create(size_t size, int64_t ttl_ms)
{
    struct cache *cache = memory_get(sizeof *cache + size * sizeof cache->entries[0]);
    pthread_mutex_init(&cache->lock, NULL);
    random_octets(cache->key, sizeof cache->key);
    cache->ttl_ms = ttl_ms;
    cache->size = size;
    return cache;
}

void cache_destroy(struct cache *cache)
{
    if (!cache)
        return;
    pthread_mutex_destroy(&cache->lock);
    memory_wipe(cache->key, sizeof cache->key);
    free(cache);
}

/* HMAC over length and octets of each part: no two lists of parts look the same. */
static void mac_of(const struct cache *cache, const struct str *parts, size_t count,
                   unsigned char mac[MAC_SIZE])
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += LENGTH_SIZE + parts[i].len;
    unsigned char *message = memory_get(size), *at = message;
    for (size_t i = 0; i < count; i++) {
        uint64_t len = parts[i].len;
        memcpy(at, &len, sizeof len);
        if (len > 0)
            memcpy(at + LENGTH_SIZE, parts[i].at, parts[i].len);
        at += LENGTH_SIZE + parts[i].len;
    }
    HMAC(EVP_sha256(), cache->key, MAC_SIZE, message, size, mac, NULL);
    memory_wipe(message, size);
    free(message);
}

static struct entry *place_of(struct cache *cache, const unsigned char mac[MAC_SIZE])
{
    uint64_t number;
    memcpy(&number, mac, sizeof number);
    return &cache->entries[number % cache->size];
}

bool cache_has(struct cache *cache, const struct str *parts, size_t count)
{
    unsigned char mac[MAC_SIZE];
    if (cache->ttl_ms <= 0)
        return false;
    mac_of(cache, parts, count, mac);
    pthread_mutex_lock(&cache->lock);
    const struct entry *entry = place_of(cache, mac);
    bool has = entry->until > time_monotonic_ms() && CRYPTO_memcmp(entry->mac, mac, MAC_SIZE) == 0;
    pthread_mutex_unlock(&cache->lock);
    return has;
}

void cache_add(struct cache *cache, const struct str *parts, size_t count)
{
    unsigned char mac[MAC_SIZE];
    if (cache->ttl_ms <= 0)
        return;
    mac_of(cache, parts, count, mac);
    pthread_mutex_lock(&cache->lock);
    struct entry *entry = place_of(cache, mac);
    memcpy(entry->mac, mac, MAC_SIZE);
    entry->until = deadline_in(cache->ttl_ms);
    pthread_mutex_unlock(&cache->lock);
}
