/* SPDX-License-Identifier: BSD-2-Clause */
/* An open-addressed table of indices into the entries, at most half full. */
#include "map/keytable.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/memory.h"

struct entry {
    struct str key, value;
    uint64_t hash;
};

struct keytable {
    struct arena *texts;
    struct entry *entries;
    size_t count, room;
    size_t *slots;     /* 0: free; else index + 1 */
    size_t slot_count; /* a power of two */
};

struct keytable *keytable_create(void)
{
    struct keytable *table = memory_get(sizeof *table);
    table->texts = arena_create(SIZE_MAX / 2);
    table->slot_count = 16;
    table->slots = memory_array(table->slot_count, sizeof *table->slots);
    return table;
}

void keytable_destroy(struct keytable *table)
{
    if (!table)
        return;
    arena_destroy(table->texts);
    free(table->entries);
    free(table->slots);
    free(table);
}

/* The slot that has the key, or the free one where it would go. */
static size_t *slot_for(const struct keytable *table, struct str key, uint64_t hash)
{
    size_t mask = table->slot_count - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        size_t *slot = &table->slots[i];
        if (*slot == 0)
            return slot;
        const struct entry *entry = &table->entries[*slot - 1];
        if (entry->hash == hash && str_eq(entry->key, key))
            return slot;
    }
}

static void grow(struct keytable *table)
{
    if (table->count == table->room) {
        table->room = table->room ? table->room * 2 : 8;
        table->entries = memory_resize(table->entries, table->room, sizeof *table->entries);
    }
    if ((table->count + 1) * 2 <= table->slot_count)
        return;
    free(table->slots);
    table->slot_count *= 2;
    table->slots = memory_array(table->slot_count, sizeof *table->slots);
    for (size_t i = 0; i < table->count; i++)
        *slot_for(table, table->entries[i].key, table->entries[i].hash) = i + 1;
}

bool keytable_add(struct keytable *table, struct str key, struct str value)
{
    grow(table);
    struct str folded = arena_lower(table->texts, key);
    uint64_t hash = str_fnv(folded);
    size_t *slot = slot_for(table, folded, hash);
    if (*slot)
        return false;
    table->entries[table->count++] = (struct entry){folded, arena_copy(table->texts, value), hash};
    *slot = table->count;
    return true;
}

bool keytable_find(const struct keytable *table, struct str key, struct str *value)
{
    size_t slot = *slot_for(table, key, str_fnv(key));
    if (slot)
        *value = table->entries[slot - 1].value;
    return slot != 0;
}

size_t keytable_count(const struct keytable *table)
{
    return table->count;
}

void keytable_at(const struct keytable *table, size_t index, struct str *key, struct str *value)
{
    *key = table->entries[index].key;
    *value = table->entries[index].value;
}

void keytable_unload(void *contents)
{
    keytable_destroy(contents);
}

enum map_result keytable_look_up(void *contents, struct str key, struct arena *arena, struct str *value,
                                 struct verdict *verdict)
{
    struct str found;
    if (!keytable_find(contents, key, &found))
        return MAP_NOT_FOUND;
    return map_give(arena, found, value, verdict);
}

bool keytable_each(void *contents, map_entry_fn *fn, void *arg, struct verdict *verdict)
{
    (void)verdict;
    struct str key, value;
    for (size_t i = 0; i < keytable_count(contents); i++) {
        keytable_at(contents, i, &key, &value);
        if (!fn(arg, key, value))
            break;
    }
    return true;
}
