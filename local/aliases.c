/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Aliases of system users. One that stands for addresses only is expanded here: they go back to qmgr, which
 * delivers to them in this recipient's place; a chain that comes back to where it was is found by the list of
 * forwarders that travels along. What needs files or commands is an agent's errand, as the owner of the alias
 * table.
 */
#include <pwd.h>

#include "local/local.h"
#include "map/destinations.h"

/* --- finding --- */

static bool find_name(struct local *local, struct str name, struct arena *arena, struct alias *alias,
                      struct verdict *verdict)
{
    for (size_t i = 0; i < maps_count(local->alias_maps); i++) {
        switch (map_find(maps_at(local->alias_maps, i), name, arena, &alias->value, verdict)) {
        case MAP_FOUND:
            alias->found = true;
            alias->name = name;
            alias->table = maps_at(local->alias_maps, i);
            return true;
        case MAP_ERROR:
            return false;
        case MAP_NOT_FOUND:
            break;
        }
    }
    return true;
}

bool alias_find(struct local *local, const struct addressee *addressee, struct alias *alias,
                struct verdict *verdict)
{
    struct arena *arena = addressee->letter->arena;
    *alias = (struct alias){.found = false};
    return find_name(local, addressee->local_part, arena, alias, verdict) &&
           (alias->found || addressee->extension.len == 0 ||
            find_name(local, addressee->user, arena, alias, verdict));
}

/* --- mailing lists --- */

/* With expand_owner_alias what owner-NAME stands for, when that is one address. */
static struct str expanded_owner(const struct alias *owner, struct str domain, struct arena *arena)
{
    struct destinations list;
    struct verdict ignored;
    destinations_init(&list, owner->name, domain, arena);
    if (!destinations_add(&list, owner->value, false, &ignored) || list.count != 1 ||
        list.at[0].kind != ALIAS_ADDRESS)
        return STR("");
    return list.at[0].text;
}

/* An alias with a companion owner-NAME is a mailing list (RFC 5321 3.9.2): its copies are the owner's mail.
 */
static bool find_owner(struct local *local, const struct alias *alias, struct str domain, struct arena *arena,
                       struct str *sender, struct verdict *verdict)
{
    struct alias owner = {.found = false};
    *sender = STR("");
    if (!local->params->owner_request_special)
        return true;
    struct str name = arena_printf(arena, "owner-" STR_FMT, STR_ARG(alias->name));
    if (!find_name(local, name, arena, &owner, verdict))
        return false;
    if (owner.found && local->params->expand_owner_alias)
        *sender = expanded_owner(&owner, domain, arena);
    if (owner.found && sender->len == 0)
        *sender = arena_printf(arena, STR_FMT "@" STR_FMT, STR_ARG(name), STR_ARG(domain));
    return true;
}

/* --- an agent for it --- */

struct table_owner {
    uid_t uid;
    struct arena *arena;
    const char *name;
};

static void name_owner(void *arg)
{
    struct table_owner *owner = arg;
    struct passwd entry, *result = NULL;
    char room[16 * 1024];
    if (getpwuid_r(owner->uid, &entry, room, sizeof room, &result) == 0 && result)
        owner->name = arena_cstr(owner->arena, str_of(entry.pw_name));
}

/* Who owns the table's file answers for what is in it; for what root has written, default_privs does. */
static const char *user_for(struct local *local, const struct alias *alias, struct arena *arena)
{
    struct table_owner owner = {.uid = map_owner(alias->table), .arena = arena};
    if (owner.uid == 0)
        return arena_cstr(arena, local->conf->default_privs);
    task_blocking(name_owner, &owner);
    return owner.name;
}

static bool send_agent(struct local *local, const struct addressee *addressee, const struct alias *alias,
                       struct agent_result *result, struct verdict *verdict)
{
    struct arena *arena = addressee->letter->arena;
    struct errand errand;
    struct agent_order order = {.user = user_for(local, alias, arena), .errand = &errand};
    if (!order.user)
        return verdict_set(verdict, 451, "3.5", "the owner of the alias table has no name");
    errand_fill(addressee, alias->name, &errand);
    errand.alias = true;
    return agents_run(local, &order, addressee->letter, result, verdict);
}

static bool has_only_addresses(const struct destinations *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->at[i].kind != ALIAS_ADDRESS)
            return false;
    return true;
}

bool alias_expand(struct local *local, const struct addressee *addressee, const struct alias *alias,
                  struct agent_result *result, struct verdict *verdict)
{
    struct destinations list;
    *result = (struct agent_result){.mailbox = false};
    destinations_init(&list, alias->name, addressee->domain, addressee->letter->arena);
    if (!find_owner(local, alias, addressee->domain, addressee->letter->arena, &result->owner, verdict) ||
        !destinations_add(&list, alias->value, false, verdict))
        return false;
    if (!has_only_addresses(&list))
        return send_agent(local, addressee, alias, result, verdict);
    destinations_share_out(&list, &result->forward, &result->parts);
    return list.count ||
           verdict_set(verdict, 550, "1.1", "the alias " STR_FMT " has no address", STR_ARG(alias->name));
}
