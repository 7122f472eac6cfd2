/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of destinations. */
#include "map/destinations.h"

enum { DESTINATION_OVERHEAD = 4 /* octets: what a text takes beside itself when it is sent */ };

void destinations_init(struct destinations *list, struct str user, struct str domain, struct arena *arena)
{
    *list = (struct destinations){.arena = arena, .user = user, .domain = domain};
    list->at = arena_array(arena, DESTINATIONS_LIMIT, sizeof *list->at);
}

static void complete(const struct destinations *list, struct destination *one)
{
    one->mailbox = str_starts(one->text, STR("\\"));
    one->text = str_from(one->text, one->mailbox);
    if (str_find_last(one->text, '@') == SIZE_MAX)
        one->text = arena_printf(list->arena, STR_FMT "@" STR_FMT, STR_ARG(one->text), STR_ARG(list->domain));
    struct str self =
        arena_printf(list->arena, STR_FMT "@" STR_FMT, STR_ARG(list->user), STR_ARG(list->domain));
    one->self = str_eq_nocase(one->text, self);
}

static bool is_same(const struct destination *a, const struct destination *b)
{
    if (a->kind != b->kind || a->mailbox != b->mailbox)
        return false;
    return a->kind == ALIAS_ADDRESS ? str_eq_nocase(a->text, b->text) : str_eq(a->text, b->text);
}

static bool add(struct destinations *list, const struct alias_item *item, bool included,
                struct verdict *verdict)
{
    struct destination one = {.kind = item->kind, .included = included, .text = item->text};
    if (one.kind == ALIAS_ADDRESS)
        complete(list, &one);
    for (size_t i = 0; i < list->count; i++)
        if (is_same(&list->at[i], &one))
            return true;
    if (list->count == DESTINATIONS_LIMIT)
        return verdict_set(verdict, 554, "4.6", "the alias has more than %d destinations",
                           DESTINATIONS_LIMIT);
    size_t octets = list->octets + one.text.len + DESTINATION_OVERHEAD;
    if (octets > DESTINATIONS_OCTETS)
        return verdict_set(verdict, 554, "4.6", "the alias has more than %d octets of destinations",
                           DESTINATIONS_OCTETS);
    list->octets = octets;
    list->at[list->count++] = one;
    return true;
}

bool destinations_add(struct destinations *list, struct str text, bool included, struct verdict *verdict)
{
    struct alias_item item;
    size_t room = text.len * 4 + list->user.len + 2 * list->domain.len + 1024;
    for (;;) {
        if (!arena_has_room(list->arena, room))
            return verdict_set(verdict, 451, "3.0", "the alias is too large");
        switch (alias_next(&text, list->arena, &item)) {
        case ALIAS_END:
            return true;
        case ALIAS_BAD:
            return verdict_set(verdict, 451, "3.5", "the alias has an unbalanced quote or comment");
        case ALIAS_ITEM:
            break;
        }
        if (!add(list, &item, included, verdict))
            return false;
    }
}

bool destinations_add_lines(struct destinations *list, struct str text, bool included,
                            struct verdict *verdict)
{
    struct str line;
    while (str_cut(&text, '\n', &line)) {
        line = str_trim(line);
        if (line.len && line.at[0] != '#' && !destinations_add(list, line, included, verdict))
            return false;
    }
    return true;
}

void destinations_remove(struct destinations *list, size_t index)
{
    list->count--;
    for (size_t i = index; i < list->count; i++)
        list->at[i] = list->at[i + 1];
}

struct str destination_name(const struct destination *destination, struct arena *arena)
{
    if (destination->kind == ALIAS_COMMAND)
        return arena_printf(arena, "|" STR_FMT, STR_ARG(destination->text));
    if (destination->self)
        return destination->mailbox ? STR("\\") : STR("=");
    if (destination->mailbox)
        return arena_printf(arena, "\\" STR_FMT, STR_ARG(destination->text));
    return destination->text;
}

void destinations_share_out(const struct destinations *list, struct texts *forward, struct texts *parts)
{
    *forward = (struct texts){arena_array(list->arena, list->count, sizeof *forward->at), 0};
    *parts = (struct texts){arena_array(list->arena, list->count, sizeof *parts->at), 0};
    for (size_t i = 0; i < list->count; i++) {
        const struct destination *one = &list->at[i];
        struct texts *to = one->kind == ALIAS_ADDRESS && !one->self ? forward : parts;
        to->at[to->count++] = destination_name(one, list->arena);
    }
}
