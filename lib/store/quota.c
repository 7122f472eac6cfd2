/* SPDX-License-Identifier: BSD-2-Clause */
/* The octets an account may fill. What counts is the size of every message in every mailbox, as the state has
 * it. */
#include "store/parts.h"

void store_set_quota(struct store *store, uint64_t octets)
{
    store->quota = octets;
}

static uint64_t used_octets(const struct store *store)
{
    uint64_t used = 0;
    for (size_t i = 0; i < store->state.folder_count; i++)
        used += store->state.folders[i]->size;
    return used;
}

enum store_result store_usage(struct store *store, uint64_t *octets, uint64_t *quota, struct verdict *verdict)
{
    enum store_result result = store_refresh(store, verdict);
    *octets = used_octets(store);
    *quota = store->quota;
    return result;
}

enum store_result store_has_room(const struct store *store, uint64_t octets, struct verdict *verdict)
{
    if (!store->quota)
        return STORE_OK;
    uint64_t used = used_octets(store);
    if (used <= store->quota && octets <= store->quota - used)
        return STORE_OK;
    verdict_set(verdict, 552, "2.2", "mailbox is full: %llu of %llu octets used", (unsigned long long)used,
                (unsigned long long)store->quota);
    return STORE_OVER_QUOTA;
}
