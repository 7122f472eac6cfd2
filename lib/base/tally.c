/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts by name, over the table from strings to pointers: a count is owned by its entry. */
#include "base/tally.h"

#include <assert.h>
#include <stdlib.h>
#include "base/hash.h"
#include "base/memory.h"

struct tally {
    struct hash *counts; /* name -> size_t, never 0 */
};

struct tally *tally_create(void)
{
    struct tally *tally = memory_get(sizeof *tally);
    tally->counts = hash_create();
    return tally;
}

void tally_destroy(struct tally *tally)
{
    if (!tally)
        return;
    struct hash_walk walk = hash_walk_start(tally->counts);
    struct str name;
    for (void *count; (count = hash_walk_next(&walk, &name));)
        free(count);
    hash_destroy(tally->counts);
    free(tally);
}

size_t tally_add(struct tally *tally, struct str name)
{
    size_t *count = hash_get(tally->counts, name);
    if (!count) {
        count = memory_get(sizeof *count);
        hash_put(tally->counts, name, count);
    }
    return ++*count;
}

void tally_drop(struct tally *tally, struct str name)
{
    size_t *count = hash_get(tally->counts, name);
    assert(count);
    if (--*count > 0)
        return;
    hash_remove(tally->counts, name);
    free(count);
}
