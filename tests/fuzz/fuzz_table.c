/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of tables, and the destinations of aliases and of .forward files, which users write themselves. */
#include "fuzz/fuzz.h"
#include "map/alias.h"
#include "map/table_text.h"

enum { MEMORY = 8 << 20, INPUT_LIMIT = 64 * 1024 };

static void try_destinations(struct str rest, struct arena *arena)
{
    struct alias_item item;
    size_t before = rest.len + 1;
    while (alias_next(&rest, arena, &item) == ALIAS_ITEM) {
        assert(item.text.len > 0 && rest.len < before);
        assert(item.kind != ALIAS_FILE || item.text.at[0] == '/');
        before = rest.len;
    }
}

static void try_lines(struct str octets, struct arena *arena)
{
    const struct map_source source = {.name = STR_INIT("table"), .path = "table"};
    struct table_text text;
    struct str line, key, value;
    size_t number, before = 0;
    const char *why = NULL;
    table_text_over(&text, &source, octets);
    while (table_text_next(&text, &line, &number)) {
        assert(number > before && line.len > 0);
        before = number;
        if (!table_entry_split(line, &key, &value, &why))
            assert(why);
        if (alias_split(line, arena, &key, &value, &why))
            try_destinations(value, arena);
    }
    table_text_close(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    struct str input = str_make(octets, size);
    uint8_t choice = fuzz_choice(&input);
    if (size > INPUT_LIMIT)
        return 0;
    struct arena *arena = arena_create(MEMORY);
    if (choice & 1)
        try_destinations(input, arena);
    else
        try_lines(input, arena);
    arena_destroy(arena);
    return 0;
}
