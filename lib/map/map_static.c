/* SPDX-License-Identifier: BSD-2-Clause */
/* static:text or static:{ text with blanks }: the same answer for every key. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/memory.h"
#include "base/list.h"
#include "map/map.h"

static bool static_load(const struct map_source *source, void **contents, struct verdict *verdict)
{
    (void)verdict;
    struct str text;
    if (!list_unbrace(source->name, &text))
        text = source->name;
    struct buf *answer = memory_get(sizeof *answer);
    buf_init(answer, MAP_NAME_LIMIT);
    buf_add(answer, text);
    *contents = answer;
    return true;
}

static void static_unload(void *contents)
{
    buf_finish(contents);
    free(contents);
}

static enum map_result static_find(void *contents, struct str key, struct arena *arena, struct str *value,
                                   struct verdict *verdict)
{
    (void)key;
    return map_give(arena, buf_str(contents), value, verdict);
}

const struct map_type map_static = {
    .name = "static",
    .flags = MAP_WHOLE_KEY,
    .load = static_load,
    .unload = static_unload,
    .find = static_find,
};
