/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open mail stores, the least recently used one closed when there are too many. A handle is used by one task
 * at a time; others that deliver to the same user wait their turn.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "local/local.h"

struct open_store {
    struct open_store *newer, *older;
    char *home; /* owned */
    uint64_t hash;
    struct store *store; /* NULL while it is being opened or was broken */
    unsigned users;      /* who has it or waits for it */
    bool taken;
    struct gate gate;
};

struct stores {
    struct open_store *newest, *oldest;
    size_t count, limit;
};

struct stores *stores_create(size_t limit)
{
    struct stores *stores = memory_get(sizeof *stores);
    stores->limit = limit;
    return stores;
}

static void unlink_entry(struct stores *stores, struct open_store *entry)
{
    *(entry->newer ? &entry->newer->older : &stores->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &stores->oldest) = entry->newer;
    entry->newer = entry->older = NULL;
    stores->count--;
}

static void link_newest(struct stores *stores, struct open_store *entry)
{
    entry->older = stores->newest;
    *(stores->newest ? &stores->newest->newer : &stores->oldest) = entry;
    stores->newest = entry;
    stores->count++;
}

static void drop(struct stores *stores, struct open_store *entry)
{
    unlink_entry(stores, entry);
    store_close(entry->store);
    free(entry->home);
    free(entry);
}

void stores_destroy(struct stores *stores)
{
    while (stores && stores->newest)
        drop(stores, stores->newest);
    free(stores);
}

static void make_room(struct stores *stores)
{
    struct open_store *entry = stores->oldest;
    while (entry && stores->count >= stores->limit) {
        struct open_store *next = entry->newer;
        if (entry->users == 0)
            drop(stores, entry);
        entry = next;
    }
}

static struct open_store *find_or_add(struct stores *stores, const char *home)
{
    uint64_t hash = str_fnv(str_of(home));
    struct open_store *entry = stores->newest;
    while (entry && (entry->hash != hash || strcmp(entry->home, home) != 0))
        entry = entry->older;
    if (entry) {
        unlink_entry(stores, entry);
    } else {
        make_room(stores);
        entry = memory_get(sizeof *entry);
        size_t size = strlen(home) + 1;
        entry->home = memory_get(size);
        memcpy(entry->home, home, size);
        entry->hash = hash;
    }
    link_newest(stores, entry);
    return entry;
}

struct open_store *stores_take(struct stores *stores, const char *home, const struct store_options *options,
                               struct verdict *verdict)
{
    struct open_store *entry = find_or_add(stores, home);
    entry->users++;
    while (entry->taken)
        gate_wait(&entry->gate, DEADLINE_NEVER); /* bounded: who has it waits for nothing but the lock */
    entry->taken = true;
    if (!entry->store && store_open(home, options, &entry->store, verdict) != STORE_OK) {
        entry->store = NULL;
        stores_release(stores, entry, true);
        return NULL;
    }
    return entry;
}

struct store *open_store_of(struct open_store *entry)
{
    return entry->store;
}

void stores_release(struct stores *stores, struct open_store *entry, bool broken)
{
    entry->taken = false;
    entry->users--;
    if (broken) {
        store_close(entry->store);
        entry->store = NULL;
    }
    if (entry->users)
        gate_wake(&entry->gate);
    else if (!entry->store)
        drop(stores, entry);
}
