/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was verified a moment ago, so that a client that logs in every ten seconds does not cost a slow hash
 * each time. It keeps keyed hashes only (HMAC-SHA-256 under a key drawn at start), over all that decided: who
 * reads the memory of a dead process learns nothing, and two users can never share an entry. Safe to use from
 * several threads.
 */
#ifndef AUTH_CACHE_H
#define AUTH_CACHE_H

#include "base/str.h"

struct cache;

/* ttl_ms 0: nothing is ever remembered. size: number of entries; old ones make room. */
struct cache *cache_create(size_t size, int64_t ttl_ms);
void cache_destroy(struct cache *cache); /* NULL is fine */
/* Whether these texts, each in its place, were added within the time to live. */
bool cache_has(struct cache *cache, const struct str *parts, size_t count);
void cache_add(struct cache *cache, const struct str *parts, size_t count);

#endif
