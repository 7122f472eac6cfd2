/* SPDX-License-Identifier: BSD-2-Clause */
/* pipemap:{first, second}: what one table answers is the next one's key; found only when all find. */
#include "map/map.h"
#include "map/parts.h"

static enum map_result pipemap_find(void *contents, struct str key, struct arena *arena, struct str *value,
                                    struct verdict *verdict)
{
    const struct map_parts *parts = contents;
    for (size_t i = 0; i < parts->count; i++) {
        struct str answer;
        enum map_result result = map_find(parts->at[i], key, arena, &answer, verdict);
        if (result != MAP_FOUND)
            return result;
        key = answer;
    }
    *value = key;
    return MAP_FOUND;
}

const struct map_type map_pipemap = {
    .name = "pipemap",
    .flags = MAP_WHOLE_KEY,
    .load = map_parts_load,
    .unload = map_parts_unload,
    .find = pipemap_find,
    .part = map_parts_part,
};
