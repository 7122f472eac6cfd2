/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtual aliases: an address stands for a list of others, which may stand for others again. The walk is a
 * work list, not recursion; its depth and its size are bounded by parameters.
 */
#include <stdlib.h>
#include <string.h>

#include "mail/address.h"
#include "route/tables.h"

struct work {
    struct str address;
    int64_t depth;
};

struct walk {
    struct router *router;
    const struct recipient *given;
    struct route_expansion *out;
    struct work *list; /* addresses that may still stand for others */
    size_t count, room;
    int64_t results;
};

static void *grown(struct arena *arena, const void *old, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return (void *)(uintptr_t)old;
    size_t wanted = *room ? *room * 2 : 8;
    void *fresh = arena_try_get(arena, wanted * size);
    if (fresh && count)
        memcpy(fresh, old, count * size);
    *room = fresh ? wanted : *room;
    return fresh;
}

static bool too_much(struct verdict *verdict)
{
    return verdict_set(verdict, 554, "4.6", "Alias expansion is larger or deeper than allowed");
}

static bool push(struct walk *walk, struct str address, int64_t depth, struct verdict *verdict)
{
    struct work *list = grown(walk->out->arena, walk->list, walk->count, &walk->room, sizeof *list);
    if (!list || depth > walk->router->params->recursion_limit ||
        (int64_t)walk->count >= walk->router->params->expansion_limit)
        return too_much(verdict);
    walk->list = list;
    walk->list[walk->count++] = (struct work){address, depth};
    return true;
}

/* RFC 3461 5.2.7.1: to an alias the terms of the recipient go along, and ORCPT says where it was addressed.
 */
static bool emit(struct walk *walk, struct str address, struct verdict *verdict)
{
    struct route_expansion *out = walk->out;
    struct recipient *rcpts = grown(out->arena, out->rcpts, out->count, &out->room, sizeof *rcpts);
    if (!rcpts || ++walk->results > walk->router->params->expansion_limit)
        return too_much(verdict);
    out->rcpts = rcpts;
    struct recipient *rcpt = &rcpts[out->count++];
    *rcpt = *walk->given;
    rcpt->address = address;
    if (str_eq(address, walk->given->address))
        return true;
    rcpt->original = walk->given->address;
    if (rcpt->orcpt.len == 0)
        rcpt->orcpt = arena_printf(out->arena, "rfc822;" STR_FMT, STR_ARG(walk->given->address));
    return true;
}

static bool keeps_extension(const struct router *router)
{
    struct str rest = router->params->propagate_unmatched, word;
    while (str_word(&rest, ", \t", &word))
        if (str_eq_nocase(word, STR("virtual")))
            return true;
    return false;
}

/* One address of a table's value, made canonical: "@domain" keeps the user part, a bare name gets $myorigin.
 */
static bool read_result(const struct walk *walk, struct str text, struct str old, struct str extension,
                        struct str *address)
{
    struct arena *arena = walk->out->arena;
    struct address_parts parts;
    struct verdict ignored;
    struct str old_local, old_domain;
    address_cut(old, &old_local, &old_domain);
    if (str_starts(text, STR("@")))
        text = arena_printf(arena, STR_FMT STR_FMT, STR_ARG(old_local), STR_ARG(text));
    if (!address_parse(text, ADDRESS_UTF8 | ADDRESS_TAKE_LOCAL, arena, &parts, &ignored) || parts.null)
        return false;
    if (parts.domain.len == 0)
        parts.domain = walk->router->conf->myorigin;
    if (extension.len && keeps_extension(walk->router))
        parts.local = arena_printf(arena, STR_FMT STR_FMT, STR_ARG(parts.local), STR_ARG(extension));
    *address = address_text(&parts, arena);
    return true;
}

static bool push_results(struct walk *walk, const struct work *from, const struct address_match *match,
                         struct verdict *verdict)
{
    struct str rest = match->value, word, address;
    while (str_word(&rest, ", \t\r\n", &word)) {
        if (!read_result(walk, word, from->address, match->extension, &address))
            return verdict_set(verdict, 451, "3.5", "Alias table has a bad address for <" STR_FMT ">",
                               STR_ARG(from->address));
        bool itself = str_eq_nocase(address, from->address);
        if (itself ? !emit(walk, address, verdict) : !push(walk, address, from->depth + 1, verdict))
            return false;
    }
    return true;
}

bool router_expand(struct router *router, const struct recipient *given, struct route_expansion *expansion,
                   struct verdict *verdict)
{
    struct walk walk = {.router = router, .given = given, .out = expansion};
    if (maps_is_empty(router->aliases))
        return emit(&walk, given->address, verdict);
    if (!push(&walk, given->address, 1, verdict))
        return false;
    for (size_t next = 0; next < walk.count; next++) {
        struct work work = walk.list[next];
        struct address_match match;
        enum map_result result = router_find(router, router->aliases, work.address, ADDRESS_FOR_VIRTUAL,
                                             expansion->arena, &match, verdict);
        if (result == MAP_ERROR)
            return false;
        if (result == MAP_FOUND ? !push_results(&walk, &work, &match, verdict)
                                : !emit(&walk, work.address, verdict))
            return false;
    }
    return true;
}

static int by_address(const void *left, const void *right)
{
    const struct recipient *a = left, *b = right;
    int order = str_compare_nocase(a->address, b->address);
    return order ? order : a->index < b->index ? -1 : a->index > b->index;
}

static int by_index(const void *left, const void *right)
{
    const struct recipient *a = left, *b = right;
    return a->index < b->index ? -1 : a->index > b->index;
}

void route_expansion_end(struct route_expansion *expansion)
{
    struct recipient *rcpts = expansion->rcpts;
    size_t kept = 0;
    if (expansion->count == 0)
        return;
    for (size_t i = 0; i < expansion->count; i++)
        rcpts[i].index = i;
    qsort(rcpts, expansion->count, sizeof *rcpts, by_address);
    for (size_t i = 0; i < expansion->count; i++)
        if (kept == 0 || !str_eq_nocase(rcpts[kept - 1].address, rcpts[i].address))
            rcpts[kept++] = rcpts[i];
    qsort(rcpts, kept, sizeof *rcpts, by_index);
    expansion->count = kept;
    for (size_t i = 0; i < kept; i++)
        rcpts[i].index = i;
}
