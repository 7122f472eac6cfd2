/* SPDX-License-Identifier: BSD-2-Clause */
/* unionmap:{first, second}: what all tables answer, joined by commas; not found when none finds. */
#include "base/buf.h"
#include "map/map.h"
#include "map/parts.h"

enum { UNION_LIMIT = 1024 * 1024 };

static enum map_result gather(const struct map_parts *parts, struct str key, struct arena *arena,
                              struct buf *joined, struct verdict *verdict)
{
    enum map_result all = MAP_NOT_FOUND;
    for (size_t i = 0; i < parts->count; i++) {
        struct str answer;
        enum map_result result = map_find(parts->at[i], key, arena, &answer, verdict);
        if (result == MAP_ERROR)
            return MAP_ERROR;
        if (result == MAP_NOT_FOUND)
            continue;
        if (all == MAP_FOUND)
            buf_add_char(joined, ',');
        buf_add(joined, answer);
        all = MAP_FOUND;
    }
    if (!joined->over)
        return all;
    verdict_set(verdict, 451, "3.1", "no room for the values of a union of tables");
    return MAP_ERROR;
}

static enum map_result unionmap_find(void *contents, struct str key, struct arena *arena, struct str *value,
                                     struct verdict *verdict)
{
    struct buf joined;
    buf_init(&joined, UNION_LIMIT);
    enum map_result result = gather(contents, key, arena, &joined, verdict);
    if (result == MAP_FOUND)
        result = map_give(arena, buf_str(&joined), value, verdict);
    buf_finish(&joined);
    return result;
}

const struct map_type map_unionmap = {
    .name = "unionmap",
    .flags = MAP_WHOLE_KEY,
    .load = map_parts_load,
    .unload = map_parts_unload,
    .find = unionmap_find,
    .part = map_parts_part,
};
