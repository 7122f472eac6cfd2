/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cache of a mailbox, index/<id>.cache: records of UID, kind and octets, appended, each with its
 * checksum. It may be lost or cut at any time; what does not check is passed over. When it has grown far
 * beyond the mailbox it is thrown away and fills again.
 */
#include <stdlib.h>

#include "base/memory.h"
#include "base/crc.h"
#include "store/parts.h"

enum {
    CACHE_RECORD = 20,        /* length, checksum, UIDVALIDITY, UID, kind */
    CACHE_LIMIT = 256 << 20,  /* octets of the file */
    CACHE_GATHER = 64 * 1024, /* written out from here on */
    CACHE_SPARE = 1 << 20,    /* so much more than its share is fine */
    CACHE_SHARE = 8 * 1024    /* octets for each message */
};

struct place_of {
    uint32_t uid;
    uint8_t kind;
    struct str blob; /* in the mapping or the arena */
};

struct cache {
    struct str mapped;
    struct arena *arena;     /* of what was put by this session; owned */
    struct place_of *places; /* owned; a hash table with open addressing, at == NULL is free */
    size_t count, room;      /* room: a power of two */
    struct buf out;          /* not yet written */
};

static size_t slot_of(const struct cache *cache, uint32_t uid, uint8_t kind)
{
    size_t mask = cache->room - 1;
    size_t slot = ((uid * 0x9e3779b1u) ^ (kind * 0x85ebca6bu)) & mask;
    while (cache->places[slot].blob.at &&
           (cache->places[slot].uid != uid || cache->places[slot].kind != kind))
        slot = (slot + 1) & mask;
    return slot;
}

static void place_put(struct cache *cache, struct place_of place);

static void grow(struct cache *cache)
{
    struct place_of *old = cache->places;
    size_t room = cache->room;
    cache->room = room ? room * 2 : 256;
    cache->places = memory_array(cache->room, sizeof *cache->places);
    cache->count = 0;
    for (size_t i = 0; i < room; i++) {
        if (old[i].blob.at)
            place_put(cache, old[i]);
    }
    free(old);
}

static void place_put(struct cache *cache, struct place_of place)
{
    if ((cache->count + 1) * 2 > cache->room)
        grow(cache);
    size_t slot = slot_of(cache, place.uid, place.kind);
    cache->count += !cache->places[slot].blob.at;
    cache->places[slot] = place;
}

/* Takes in the records that check; the first that does not ends it. */
static void index_records(struct cache *cache, uint32_t uidvalidity)
{
    struct cursor cursor = cursor_over(cache->mapped);
    while (cursor.rest.len) {
        uint32_t len = cursor_u32(&cursor), sum = cursor_u32(&cursor);
        struct str body = cursor_bytes(&cursor, len);
        if (!cursor_ok(&cursor) || len < CACHE_RECORD - 8 || crc32c(0, body) != sum)
            return;
        struct cursor inner = cursor_over(body);
        uint32_t validity = cursor_u32(&inner);
        struct place_of place = {.uid = cursor_u32(&inner)};
        place.kind = (uint8_t)cursor_u32(&inner);
        place.blob = inner.rest;
        if (validity == uidvalidity && place.blob.at)
            place_put(cache, place);
    }
}

static struct cache *cache_of(struct mailbox *mailbox)
{
    char name[32];
    if (mailbox->cache)
        return mailbox->cache;
    struct cache *cache = memory_get(sizeof *cache);
    cache->arena = arena_create(CACHE_LIMIT);
    buf_init(&cache->out, CACHE_GATHER + CACHE_BLOB_LIMIT + CACHE_RECORD);
    grow(cache);
    mailbox->cache = cache;
    mailbox_blob_name(mailbox->id, "cache", name);
    struct backend *backend = mailbox->store->backend;
    if (!backend_blob_map(backend, name, &cache->mapped))
        return cache;
    uint64_t share = CACHE_SPARE + (uint64_t)mailbox->count * CACHE_SHARE;
    if (cache->mapped.len <= CACHE_LIMIT && cache->mapped.len <= share) {
        index_records(cache, mailbox->uidvalidity);
        return cache;
    }
    backend_blob_unmap(cache->mapped);
    cache->mapped = (struct str){NULL, 0};
    backend_blob_remove(backend, name);
    return cache;
}

bool cache_get(struct mailbox *mailbox, uint32_t uid, uint8_t kind, struct str *blob)
{
    struct cache *cache = cache_of(mailbox);
    const struct place_of *place = &cache->places[slot_of(cache, uid, kind)];
    *blob = place->blob;
    return place->blob.at != NULL;
}

void cache_put(struct mailbox *mailbox, uint32_t uid, uint8_t kind, struct str blob)
{
    struct cache *cache = cache_of(mailbox);
    struct place_of place = {.uid = uid, .kind = kind};
    if (blob.len > CACHE_BLOB_LIMIT || !arena_try_copy(cache->arena, blob, &place.blob))
        return;
    size_t start = cache->out.len;
    put_u32(&cache->out, (uint32_t)blob.len + CACHE_RECORD - 8);
    put_u32(&cache->out, 0);
    put_u32(&cache->out, mailbox->uidvalidity);
    put_u32(&cache->out, uid);
    put_u32(&cache->out, kind);
    buf_add(&cache->out, blob);
    put_u32_at(&cache->out, start + 4, crc32c(0, str_from(buf_str(&cache->out), start + 8)));
    place_put(cache, place);
    if (cache->out.len >= CACHE_GATHER)
        cache_flush(mailbox);
}

void cache_flush(struct mailbox *mailbox)
{
    char name[32];
    struct cache *cache = mailbox->cache;
    if (!cache || cache->out.len == 0)
        return;
    mailbox_blob_name(mailbox->id, "cache", name);
    backend_blob_append(mailbox->store->backend, name, buf_str(&cache->out));
    buf_clear(&cache->out);
}

void cache_drop(struct mailbox *mailbox)
{
    struct cache *cache = mailbox->cache;
    if (!cache)
        return;
    backend_blob_unmap(cache->mapped);
    arena_destroy(cache->arena);
    free(cache->places);
    buf_finish(&cache->out);
    free(cache);
    mailbox->cache = NULL;
}
