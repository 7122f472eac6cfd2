/* SPDX-License-Identifier: BSD-2-Clause */
/* texthash:/file: the text of a postmap(1) table, read as it is and kept in memory. */
#include "map/keytable.h"
#include "map/map.h"
#include "map/table_text.h"

static bool texthash_load(const struct map_source *source, void **contents, struct verdict *verdict)
{
    struct table_text text;
    if (!table_text_open(&text, source, verdict)) {
        table_text_close(&text);
        return false;
    }
    struct keytable *table = keytable_create();
    struct str line, key, value;
    size_t number;
    const char *why;
    while (table_text_next(&text, &line, &number)) {
        if (!table_entry_split(line, &key, &value, &why))
            map_note(source, number, "%s; skipped", why);
        else if (!keytable_add(table, key, value))
            map_note(source, number, "duplicate entry \"" STR_FMT "\"; skipped", STR_ARG(key));
    }
    table_text_close(&text);
    *contents = table;
    return true;
}

const struct map_type map_texthash = {
    .name = "texthash",
    .flags = MAP_HAS_FILE,
    .suffix = "",
    .load = texthash_load,
    .unload = keytable_unload,
    .find = keytable_look_up,
    .each = keytable_each,
};
