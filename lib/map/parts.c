/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables made of tables. */
#include "map/parts.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/list.h"

static bool add_part(struct map_parts *parts, const struct map_source *source, struct str spec,
                     struct verdict *verdict)
{
    if (parts->count == MAP_PARTS_LIMIT)
        return verdict_set(verdict, 451, "3.5", "more than %d tables in a table", MAP_PARTS_LIMIT);
    struct map *map = map_open_part(source, spec, verdict);
    if (!map)
        return false;
    parts->at = memory_resize(parts->at, parts->count + 1, sizeof *parts->at);
    parts->at[parts->count++] = map;
    return true;
}

bool map_parts_load(const struct map_source *source, void **contents, struct verdict *verdict)
{
    struct str rest, spec;
    if (!list_unbrace(source->name, &rest) || !rest.len)
        return verdict_set(verdict, 451, "3.5", "expected tables in braces, not \"" STR_FMT "\"",
                           STR_ARG(source->name));
    struct map_parts *parts = memory_get(sizeof *parts);
    bool broken = false, good = true;
    while (good && list_next(&rest, &spec, &broken))
        good = add_part(parts, source, spec, verdict);
    if (good && broken)
        good = verdict_set(verdict, 451, "3.5", "a brace is not closed");
    if (good)
        *contents = parts;
    else
        map_parts_unload(parts);
    return good;
}

void map_parts_unload(void *contents)
{
    struct map_parts *parts = contents;
    for (size_t i = 0; i < parts->count; i++)
        map_close(parts->at[i]);
    free(parts->at);
    free(parts);
}

struct map *map_parts_part(void *contents, size_t index)
{
    struct map_parts *parts = contents;
    return index < parts->count ? parts->at[index] : NULL;
}
