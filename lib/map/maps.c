/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of tables, and the keys made of addresses and domains. */
#include "map/maps.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/list.h"

enum { MAPS_LIMIT = 256 };

struct maps {
    struct map **at; /* owned, each too */
    size_t count;
};

/* --- the list --- */

static bool add_map(struct maps *maps, struct str spec, struct verdict *verdict)
{
    if (maps->count == MAPS_LIMIT)
        return verdict_set(verdict, 451, "3.5", "more than %d tables in a list", MAPS_LIMIT);
    struct map *map = map_open(spec, verdict);
    if (!map)
        return false;
    maps->at = memory_resize(maps->at, maps->count + 1, sizeof *maps->at);
    maps->at[maps->count++] = map;
    return true;
}

struct maps *maps_open(struct str text, struct verdict *verdict)
{
    struct maps *maps = memory_get(sizeof *maps);
    struct str rest = text, spec;
    bool broken = false, good = true;
    while (good && list_next(&rest, &spec, &broken))
        good = add_map(maps, spec, verdict);
    if (good && broken)
        good = verdict_set(verdict, 451, "3.5", "a brace is not closed in \"" STR_FMT "\"", STR_ARG(text));
    if (good)
        return maps;
    maps_close(maps);
    return NULL;
}

void maps_close(struct maps *maps)
{
    if (!maps)
        return;
    for (size_t i = 0; i < maps->count; i++)
        map_close(maps->at[i]);
    free(maps->at);
    free(maps);
}

bool maps_is_empty(const struct maps *maps)
{
    return !maps || maps->count == 0;
}

size_t maps_count(const struct maps *maps)
{
    return maps ? maps->count : 0;
}

struct map *maps_at(const struct maps *maps, size_t index)
{
    return maps->at[index];
}

bool maps_probe(struct maps *maps, struct verdict *verdict)
{
    for (size_t i = 0; i < maps_count(maps); i++)
        if (!map_probe(maps->at[i], verdict))
            return false;
    return true;
}

void maps_take_notes(struct maps *maps, map_note_fn *fn, void *arg)
{
    for (size_t i = 0; i < maps_count(maps); i++)
        map_take_notes(maps->at[i], fn, arg);
}

void maps_set_recheck(struct maps *maps, int64_t recheck_ms)
{
    for (size_t i = 0; i < maps_count(maps); i++)
        map_set_recheck(maps->at[i], recheck_ms);
}

void maps_each_path(struct maps *maps, map_note_fn *fn, void *arg)
{
    for (size_t i = 0; i < maps_count(maps); i++)
        map_each_path(maps->at[i], fn, arg);
}

/* --- one key --- */

/* Which tables a key is for: patterns see the whole key only. */
enum which { EVERY_TABLE, NOT_PATTERNS };

/* Who asks, and where the answer goes. */
struct asker {
    struct maps *maps;
    struct arena *arena;
    struct str *value;
    struct verdict *verdict;
};

static enum map_result find_key(const struct asker *asker, struct str key, enum which which)
{
    struct maps *maps = asker->maps;
    for (size_t i = 0; i < maps_count(maps); i++) {
        if (which == NOT_PATTERNS && map_wants_whole_key(maps->at[i]))
            continue;
        enum map_result result = map_find(maps->at[i], key, asker->arena, asker->value, asker->verdict);
        if (result == MAP_FOUND && asker->value->len == 0) {
            struct str spec = map_spec(maps->at[i]);
            verdict_set(asker->verdict, 451, "3.5", "table " STR_FMT " has an empty value for " STR_FMT,
                        STR_ARG(spec), STR_ARG(key));
            return MAP_ERROR;
        }
        if (result != MAP_NOT_FOUND)
            return result;
    }
    return MAP_NOT_FOUND;
}

enum map_result maps_find(struct maps *maps, struct str key, struct arena *arena, struct str *value,
                          struct verdict *verdict)
{
    return find_key(&(struct asker){maps, arena, value, verdict}, key, EVERY_TABLE);
}

/* --- domains --- */

/* Cuts the first label off; false when only one was left. */
static bool parent_domain(struct str *domain, bool bare)
{
    size_t dot = str_find(str_from(*domain, 1), '.');
    if (dot == SIZE_MAX)
        return false;
    *domain = str_from(*domain, dot + (bare ? 2 : 1));
    return domain->len > 0;
}

enum map_result maps_find_domain(struct maps *maps, struct domain_query query, struct arena *arena,
                                 struct str *value, struct verdict *verdict)
{
    struct asker asker = {maps, arena, value, verdict};
    struct str domain = query.domain;
    enum which which = EVERY_TABLE;
    while (domain.len) {
        enum map_result result = find_key(&asker, domain, which);
        if (result != MAP_NOT_FOUND || !parent_domain(&domain, query.parents_bare))
            return result;
        which = NOT_PATTERNS;
    }
    return MAP_NOT_FOUND;
}

/* --- addresses --- */

static bool starts_and_ends(struct str s, struct str start, struct str end)
{
    return s.len > start.len + end.len && str_starts_nocase(s, start) && str_ends_nocase(s, end);
}

size_t local_part_base(struct str local_part, struct str delimiters)
{
    static const struct str whole[] = {STR_INIT("postmaster"), STR_INIT("mailer-daemon"),
                                       STR_INIT("double-bounce")};
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        if (str_eq_nocase(local_part, whole[i]))
            return local_part.len;
    if (str_contains(delimiters, '-') && (starts_and_ends(local_part, STR("owner-"), STR("")) ||
                                          starts_and_ends(local_part, STR(""), STR("-request"))))
        return local_part.len;
    for (size_t i = 1; i < local_part.len; i++)
        if (str_contains(delimiters, local_part.at[i]))
            return i;
    return local_part.len;
}

/* An address taken apart, all borrowed from the query. */
struct parts {
    struct str local, base, extension, domain, at_domain;
};

static struct parts take_apart(const struct address_query *query)
{
    struct parts parts = {.local = query->address};
    size_t at = str_find_last(query->address, '@');
    if (at != SIZE_MAX) {
        parts.local = str_sub(query->address, 0, at);
        parts.at_domain = str_from(query->address, at);
        parts.domain = str_from(query->address, at + 1);
    }
    size_t base = local_part_base(parts.local, query->delimiters);
    parts.base = str_sub(parts.local, 0, base);
    parts.extension = str_from(parts.local, base);
    return parts;
}

/* One search: what all its steps need. */
struct search {
    struct asker asker;
    const struct address_query *query;
    struct parts parts;
    struct address_match *match;
    bool asked; /* some key went to tables of patterns already */
};

static enum map_result ask(struct search *search, struct str key, enum address_key kind, struct str extension)
{
    if (!key.len)
        return MAP_NOT_FOUND;
    enum which which = search->asked ? NOT_PATTERNS : EVERY_TABLE;
    search->asked = true;
    enum map_result result = find_key(&search->asker, key, which);
    if (result == MAP_FOUND) {
        search->match->key = kind;
        search->match->extension = extension;
    }
    return result;
}

/* The key is two pieces put together. */
static enum map_result ask_joined(struct search *search, struct str head, struct str tail,
                                  enum address_key kind)
{
    if (!arena_has_room(search->asker.arena, head.len + tail.len + 1)) {
        verdict_set(search->asker.verdict, 451, "3.1", "no room for the key of a table");
        return MAP_ERROR;
    }
    struct str key = arena_printf(search->asker.arena, STR_FMT STR_FMT, STR_ARG(head), STR_ARG(tail));
    return ask(search, key, kind, search->parts.extension);
}

static enum map_result ask_plain(struct search *search)
{
    if (!search->parts.extension.len)
        return MAP_NOT_FOUND;
    return ask_joined(search, search->parts.base, search->parts.at_domain, ADDRESS_PLAIN);
}

static enum map_result ask_local_part(struct search *search)
{
    const struct parts *parts = &search->parts;
    if (!search->query->domain_is_local)
        return MAP_NOT_FOUND;
    enum map_result result = ask(search, parts->local, ADDRESS_LOCAL_PART, STR(""));
    if (result != MAP_NOT_FOUND || !parts->extension.len)
        return result;
    return ask(search, parts->base, ADDRESS_LOCAL_PART, parts->extension);
}

static enum map_result ask_domain(struct search *search)
{
    struct str domain = search->parts.domain;
    while (domain.len) {
        enum map_result result = ask(search, domain, ADDRESS_DOMAIN, STR(""));
        if (result != MAP_NOT_FOUND || !parent_domain(&domain, search->query->parents_bare))
            return result;
    }
    return MAP_NOT_FOUND;
}

static enum map_result ask_local_part_at(struct search *search)
{
    struct str extension = search->parts.extension;
    search->parts.extension = STR("");
    enum map_result result = ask_joined(search, search->parts.local, STR("@"), ADDRESS_LOCAL_PART_AT);
    search->parts.extension = extension;
    if (result != MAP_NOT_FOUND || !extension.len)
        return result;
    return ask_joined(search, search->parts.base, STR("@"), ADDRESS_LOCAL_PART_AT);
}

enum map_result maps_find_address(struct maps *maps, const struct address_query *query, struct arena *arena,
                                  struct address_match *match, struct verdict *verdict)
{
    struct search search = {
        .asker = {maps, arena, &match->value, verdict},
        .query = query,
        .parts = take_apart(query),
        .match = match,
    };
    unsigned keys = query->keys;
    enum map_result result = MAP_NOT_FOUND;
    if (maps_is_empty(maps))
        return MAP_NOT_FOUND;
    if (keys & ADDRESS_FULL)
        result = ask(&search, query->address, ADDRESS_FULL, STR(""));
    if (result == MAP_NOT_FOUND && (keys & ADDRESS_PLAIN))
        result = ask_plain(&search);
    if (result == MAP_NOT_FOUND && (keys & ADDRESS_LOCAL_PART))
        result = ask_local_part(&search);
    if (result == MAP_NOT_FOUND && (keys & ADDRESS_AT_DOMAIN))
        result = ask(&search, search.parts.at_domain, ADDRESS_AT_DOMAIN, STR(""));
    if (result == MAP_NOT_FOUND && (keys & ADDRESS_DOMAIN))
        result = ask_domain(&search);
    if (result == MAP_NOT_FOUND && (keys & ADDRESS_LOCAL_PART_AT))
        result = ask_local_part_at(&search);
    return result;
}
