/* SPDX-License-Identifier: BSD-2-Clause */
/* randmap:{one, two}: one of the values, whatever the key. */
#include <stdlib.h>
#include <sys/random.h>

#include "base/arena.h"
#include "base/memory.h"
#include "base/list.h"
#include "map/map.h"

enum { RANDMAP_LIMIT = 10000 };

struct randmap {
    struct arena *texts;
    struct str *values; /* owned */
    size_t count;
};

static void randmap_unload(void *contents)
{
    struct randmap *randmap = contents;
    arena_destroy(randmap->texts);
    free(randmap->values);
    free(randmap);
}

static bool randmap_load(const struct map_source *source, void **contents, struct verdict *verdict)
{
    struct str rest, item, text;
    bool broken = false;
    if (!list_unbrace(source->name, &rest) || !rest.len)
        return verdict_set(verdict, 451, "3.5", "expected values in braces, not \"" STR_FMT "\"",
                           STR_ARG(source->name));
    struct randmap *randmap = memory_get(sizeof *randmap);
    randmap->texts = arena_create(32 * (size_t)MAP_NAME_LIMIT);
    while (randmap->count < RANDMAP_LIMIT && list_next(&rest, &item, &broken)) {
        randmap->values = memory_resize(randmap->values, randmap->count + 1, sizeof *randmap->values);
        randmap->values[randmap->count++] =
            arena_copy(randmap->texts, list_unbrace(item, &text) ? text : item);
    }
    if (broken || str_trim(rest).len) {
        randmap_unload(randmap);
        return verdict_set(verdict, 451, "3.5", "a brace is not closed, or too many values");
    }
    *contents = randmap;
    return true;
}

static enum map_result randmap_find(void *contents, struct str key, struct arena *arena, struct str *value,
                                    struct verdict *verdict)
{
    (void)key;
    const struct randmap *randmap = contents;
    uint32_t number;
    if (getrandom(&number, sizeof number, 0) != sizeof number) {
        verdict_set(verdict, 451, "3.0", "no random number to be had");
        return MAP_ERROR;
    }
    return map_give(arena, randmap->values[number % randmap->count], value, verdict);
}

const struct map_type map_randmap = {
    .name = "randmap",
    .flags = MAP_WHOLE_KEY,
    .load = randmap_load,
    .unload = randmap_unload,
    .find = randmap_find,
};
