/* SPDX-License-Identifier: BSD-2-Clause */
/* inline:{ key=value, { key = text with blanks } }: a small table written in the parameter itself. */
#include "map/keytable.h"
#include "base/list.h"
#include "map/map.h"

static bool add_item(struct keytable *table, struct str item, struct verdict *verdict)
{
    struct str text;
    if (!list_unbrace(item, &text))
        text = item;
    size_t equals = str_find(text, '=');
    struct str key = str_trim(str_sub(text, 0, equals));
    if (equals == SIZE_MAX || !key.len)
        return verdict_set(verdict, 451, "3.5", "inline table: \"" STR_FMT "\" is not key=value",
                           STR_ARG(item));
    if (!keytable_add(table, key, str_trim(str_from(text, equals + 1))))
        return verdict_set(verdict, 451, "3.5", "inline table: duplicate entry \"" STR_FMT "\"",
                           STR_ARG(key));
    return true;
}

static bool inline_load(const struct map_source *source, void **contents, struct verdict *verdict)
{
    struct str rest, item;
    if (!list_unbrace(source->name, &rest))
        return verdict_set(verdict, 451, "3.5", "inline table: \"" STR_FMT "\" is not in braces",
                           STR_ARG(source->name));
    struct keytable *table = keytable_create();
    bool broken = false, good = true;
    while (good && list_next(&rest, &item, &broken))
        good = add_item(table, item, verdict);
    if (good && broken)
        good = verdict_set(verdict, 451, "3.5", "inline table: a brace is not closed");
    if (!good) {
        keytable_destroy(table);
        return false;
    }
    *contents = table;
    return true;
}

const struct map_type map_inline = {
    .name = "inline",
    .load = inline_load,
    .unload = keytable_unload,
    .find = keytable_look_up,
    .each = keytable_each,
};
