/* SPDX-License-Identifier: BSD-2-Clause */
/* fail:text: every lookup is an error; for tests, and to close a service. */
#include "map/map.h"

static bool fail_load(const struct map_source *source, void **contents, struct verdict *verdict)
{
    (void)source;
    (void)verdict;
    static const char nothing;
    *contents = (void *)(uintptr_t)&nothing;
    return true;
}

static void fail_unload(void *contents)
{
    (void)contents;
}

static enum map_result fail_find(void *contents, struct str key, struct arena *arena, struct str *value,
                                 struct verdict *verdict)
{
    (void)contents;
    (void)key;
    (void)arena;
    (void)value;
    verdict_set(verdict, 451, "3.0", "table of type fail");
    return MAP_ERROR;
}

const struct map_type map_fail = {
    .name = "fail",
    .flags = MAP_WHOLE_KEY,
    .load = fail_load,
    .unload = fail_unload,
    .find = fail_find,
};
