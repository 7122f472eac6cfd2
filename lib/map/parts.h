/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables made of tables, type:{table, table}: what pipemap and unionmap share. */
#ifndef MAP_PARTS_H
#define MAP_PARTS_H

#include "map/map.h"

struct map_parts {
    struct map **at; /* owned, each too */
    size_t count;
};

enum { MAP_PARTS_LIMIT = 64 };

/* For struct map_type; the contents are a struct map_parts. */
bool map_parts_load(const struct map_source *source, void **contents, struct verdict *verdict);
void map_parts_unload(void *contents);
struct map *map_parts_part(void *contents, size_t index);

#endif
