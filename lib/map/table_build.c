/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines into a table writer. */
#include "map/table_build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "map/alias.h"

enum { LINE_ARENA_LIMIT = 64 * 1024 * 1024, TABLE_MODE = 0644 };

/* One line taken apart. */
struct entry {
    struct str key, value;
};

static bool values_are_good(struct str values, struct arena *arena)
{
    struct alias_item item;
    enum alias_result result;
    while ((result = alias_next(&values, arena, &item)) == ALIAS_ITEM)
        continue;
    return result == ALIAS_END;
}

static bool split_alias(struct str line, struct arena *arena, struct entry *entry, const char **why)
{
    if (!alias_split(line, arena, &entry->key, &entry->value, why))
        return false;
    *why = "a quote, parenthesis or bracket is not closed, or a destination is empty";
    return values_are_good(entry->value, arena);
}

static bool split_line(const struct build_terms *terms, struct str line, struct arena *arena,
                       struct entry *entry, const char **why)
{
    if (terms->aliases)
        return split_alias(line, arena, entry, why);
    if (!table_entry_split(line, &entry->key, &entry->value, why))
        return false;
    *why = "the key is too long";
    if (entry->key.len > TABLE_KEY_LIMIT)
        return false;
    if (!terms->keep_case)
        entry->key = arena_lower(arena, entry->key);
    return true;
}

/* One run over a text. */
struct build {
    struct table_text *text;
    struct table_writer *writer;
    const struct build_terms *terms;
    struct verdict *verdict;
};

static bool put_entry(struct build *build, size_t number, const struct entry *entry)
{
    const struct map_source *source = build->text->source;
    bool replace = build->terms->on_duplicate == DUPLICATE_REPLACES;
    switch (table_writer_put(build->writer, entry->key, entry->value, replace, build->verdict)) {
    case PUT_DONE:
        return true;
    case PUT_DUPLICATE:
        if (build->terms->on_duplicate == DUPLICATE_NOTED)
            map_note(source, number, "duplicate entry \"" STR_FMT "\"; skipped", STR_ARG(entry->key));
        return true;
    case PUT_KEY_TOO_LONG:
        map_note(source, number, "the key is too long; skipped");
        return true;
    case PUT_ERROR:
        break;
    }
    return false;
}

bool table_build(struct table_text *text, struct table_writer *writer, const struct build_terms *terms,
                 struct verdict *verdict)
{
    struct build build = {text, writer, terms, verdict};
    struct arena *arena = arena_create(LINE_ARENA_LIMIT);
    struct str line;
    size_t number;
    bool good = true;
    while (good && table_text_next(text, &line, &number)) {
        struct entry entry;
        const char *why = "";
        arena_reset(arena);
        if (!split_line(terms, line, arena, &entry, &why)) {
            map_note(text->source, number, "%s; skipped", why);
            continue;
        }
        if (!terms->aliases && str_ends(entry.key, STR(":")))
            map_note(text->source, number, "\"" STR_FMT "\" ends in a colon: is this a file of aliases?",
                     STR_ARG(entry.key));
        good = put_entry(&build, number, &entry);
    }
    arena_destroy(arena);
    return good;
}

static struct table_access access_for(const struct stat *text, const struct build_terms *terms)
{
    if (!terms->default_access)
        return (struct table_access){text->st_mode & TABLE_MODE, text->st_gid};
    mode_t mask = umask(0);
    umask(mask);
    return (struct table_access){TABLE_MODE & ~mask, (gid_t)-1};
}

bool table_make(const char *path, const struct build_terms *terms, const struct map_notes *notes,
                struct verdict *verdict)
{
    struct stat st;
    struct map_source source = {.path = path, .notes = notes};
    struct table_text text;
    if (stat(path, &st) != 0)
        return verdict_system(verdict, path, errno);
    if (!table_text_open(&text, &source, verdict)) {
        table_text_close(&text);
        return false;
    }
    size_t size = strlen(path) + sizeof ".lmdb";
    char *table = memory_get(size);
    snprintf(table, size, "%s.lmdb", path);
    struct table_access access = access_for(&st, terms);
    struct table_writer *writer = table_writer_begin(table, TABLE_NEW, &access, verdict);
    bool good = writer && table_build(&text, writer, terms, verdict);
    if (good)
        good = table_writer_commit(writer, verdict);
    else
        table_writer_discard(writer);
    free(table);
    table_text_close(&text);
    return good;
}
