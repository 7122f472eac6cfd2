/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtual aliases: an address stands for a list of others, which may stand for others again. The walk is a
 * work list, not recursion; its depth and its size are bounded by parameters.
 */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "mail/address.h"
#include "mail/dsn.h"
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
    struct hash *settled; /* those that stand for themselves among others: they do so once; NULL: none yet */
};

/* More than one step takes of the arena, the addresses in it apart. */
enum { STEP_MEMORY = 8 * ADDRESS_LIMIT };

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

/* RFC 3463 4.5.3: the arena is the transaction's, and other recipients are in it too. */
static bool no_memory(struct verdict *verdict)
{
    return verdict_set(verdict, 452, "5.3", "Too many recipients after alias expansion");
}

static bool has_room(const struct walk *walk, struct str text, struct verdict *verdict)
{
    return arena_has_room(walk->out->arena, STEP_MEMORY + 2 * text.len) || no_memory(verdict);
}

static bool push(struct walk *walk, struct str address, int64_t depth, struct verdict *verdict)
{
    if (depth > walk->router->params->recursion_limit ||
        (int64_t)walk->count >= walk->router->params->expansion_limit)
        return too_much(verdict);
    struct work *list = grown(walk->out->arena, walk->list, walk->count, &walk->room, sizeof *list);
    if (!list)
        return no_memory(verdict);
    walk->list = list;
    walk->list[walk->count++] = (struct work){address, depth};
    return true;
}

static struct recipient *add_copy(struct walk *walk, struct verdict *verdict)
{
    struct route_expansion *out = walk->out;
    struct recipient *rcpts = grown(out->arena, out->rcpts, out->count, &out->room, sizeof *rcpts);
    if (!rcpts || !has_room(walk, walk->given->address, verdict)) {
        no_memory(verdict);
        return NULL;
    }
    out->rcpts = rcpts;
    rcpts[out->count] = *walk->given;
    return &rcpts[out->count++];
}

/* RFC 3461 5.2.7.2: to an alias the terms of the recipient go along, and ORCPT says where it was addressed.
 */
static bool emit(struct walk *walk, struct str address, struct verdict *verdict)
{
    struct route_expansion *out = walk->out;
    if (++walk->results > walk->router->params->expansion_limit)
        return too_much(verdict);
    struct recipient *rcpt = add_copy(walk, verdict);
    if (!rcpt)
        return false;
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

/* One address of a table's value, made canonical: "@domain" keeps the user part with its extension, a bare
 * name gets $myorigin. */
static bool read_result(const struct walk *walk, struct str text, struct str old, struct str extension,
                        struct str *address)
{
    struct arena *arena = walk->out->arena;
    struct address_parts parts;
    struct verdict ignored;
    struct str old_local, old_domain;
    address_cut(old, &old_local, &old_domain);
    bool only_domain = str_starts(text, STR("@"));
    if (only_domain)
        text = arena_printf(arena, STR_FMT STR_FMT, STR_ARG(old_local), STR_ARG(text));
    if (!address_parse(text, ADDRESS_UTF8 | ADDRESS_TAKE_LOCAL, arena, &parts, &ignored) || parts.null)
        return false;
    if (parts.domain.len == 0)
        parts.domain = walk->router->conf->myorigin;
    if (extension.len && !only_domain && keeps_extension(walk->router))
        parts.local = arena_printf(arena, STR_FMT STR_FMT, STR_ARG(parts.local), STR_ARG(extension));
    *address = address_text(&parts, arena);
    return true;
}

/* Without case, as addresses are compared here. */
static struct str fold(struct str address, char space[ADDRESS_LIMIT])
{
    size_t len = address.len < ADDRESS_LIMIT ? address.len : ADDRESS_LIMIT;
    for (size_t i = 0; i < len; i++)
        space[i] = char_lower(address.at[i]);
    return str_make(space, len);
}

static void settle(struct walk *walk, struct str address)
{
    char space[ADDRESS_LIMIT];
    if (!walk->settled)
        walk->settled = hash_create();
    hash_put(walk->settled, fold(address, space), walk);
}

static bool is_settled(const struct walk *walk, struct str address)
{
    char space[ADDRESS_LIMIT];
    return walk->settled && hash_get(walk->settled, fold(address, space));
}

static bool push_results(struct walk *walk, const struct work *from, const struct address_match *match,
                         struct verdict *verdict)
{
    struct str rest = match->value, word, address;
    while (str_word(&rest, ", \t\r\n", &word)) {
        if (!has_room(walk, word, verdict))
            return false;
        if (!read_result(walk, word, from->address, match->extension, &address))
            return verdict_set(verdict, 451, "3.5", "Alias table has a bad address for <" STR_FMT ">",
                               STR_ARG(from->address));
        bool itself = str_eq_nocase(address, from->address);
        if (itself)
            settle(walk, address);
        if (itself ? !emit(walk, address, verdict) : !push(walk, address, from->depth + 1, verdict))
            return false;
    }
    return true;
}

/* What no alias stands for: itself, but for a postmaster that is not there. */
static bool end_at(struct walk *walk, const struct work *work, struct verdict *verdict)
{
    struct arena *arena = walk->out->arena;
    bool stands_in;
    if (!router_postmaster_stands_in(walk->router, work->address, &stands_in, verdict))
        return false;
    if (!stands_in)
        return emit(walk, work->address, verdict);
    if (!has_room(walk, walk->router->conf->myorigin, verdict))
        return false;
    struct str system = arena_printf(arena, "postmaster@" STR_FMT, STR_ARG(walk->router->conf->myorigin));
    return push(walk, system, work->depth + 1, verdict);
}

static bool walk_list(struct walk *walk, struct verdict *verdict)
{
    for (size_t next = 0; next < walk->count; next++) {
        struct work work = walk->list[next];
        struct address_match match;
        if (is_settled(walk, work.address))
            continue;
        enum map_result result = router_find(walk->router, walk->router->aliases, work.address,
                                             ADDRESS_FOR_VIRTUAL, walk->out->arena, &match, verdict);
        if (result == MAP_ERROR)
            return false;
        if (result == MAP_FOUND ? !push_results(walk, &work, &match, verdict) : !end_at(walk, &work, verdict))
            return false;
    }
    return true;
}

/* RFC 3461 5.2.7.3: one that stands for several is reported as expanded, and their success is not. */
static bool settle_success(struct walk *walk, struct verdict *verdict)
{
    if (walk->results < 2 || !(walk->given->notify & DSN_NOTIFY_SUCCESS))
        return true;
    for (size_t i = 0; i < (size_t)walk->results; i++) {
        struct recipient *member = &walk->out->rcpts[walk->out->count - 1 - i];
        member->notify = dsn_notify_of_members(member->notify);
    }
    struct recipient *alias = add_copy(walk, verdict);
    if (!alias)
        return false;
    alias->notify = DSN_NOTIFY_SUCCESS;
    alias->expanded = true;
    return true;
}

bool router_expand(struct router *router, const struct recipient *given, struct route_expansion *expansion,
                   struct verdict *verdict)
{
    struct walk walk = {.router = router, .given = given, .out = expansion};
    bool done = push(&walk, given->address, 1, verdict) && walk_list(&walk, verdict) &&
                settle_success(&walk, verdict);
    hash_destroy(walk.settled);
    return done;
}

static int by_address(const void *left, const void *right)
{
    const struct recipient *a = left, *b = right;
    int order =
        a->expanded != b->expanded ? a->expanded - b->expanded : str_compare_nocase(a->address, b->address);
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
        if (kept == 0 || rcpts[kept - 1].expanded != rcpts[i].expanded ||
            !str_eq_nocase(rcpts[kept - 1].address, rcpts[i].address))
            rcpts[kept++] = rcpts[i];
    qsort(rcpts, kept, sizeof *rcpts, by_index);
    expansion->count = kept;
    for (size_t i = 0; i < kept; i++)
        rcpts[i].index = i;
}
