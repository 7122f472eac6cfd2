/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening the tables; the class of a domain; whether a recipient exists. */
#include "route/router.h"

#include <stdlib.h>

#include "base/memory.h"
#include "mail/address.h"
#include "route/tables.h"

enum { LOOKUP_MEMORY = 256 * 1024 };

static bool open_tables(struct router *router, struct verdict *verdict)
{
    const struct conf_params *conf = router->conf;
    const struct route_params *params = router->params;
    return (router->local_domains = match_list_open(conf->mydestination, false, verdict)) &&
           (router->alias_domains = match_list_open(conf->virtual_alias_domains, false, verdict)) &&
           (router->mailbox_domains = match_list_open(conf->virtual_mailbox_domains, false, verdict)) &&
           (router->relay_domains = match_list_open(conf->relay_domains, true, verdict)) &&
           (router->aliases = maps_open(conf->virtual_alias_maps, verdict)) &&
           (router->mailboxes = maps_open(conf->virtual_mailbox_maps, verdict)) &&
           (router->relay_recipients = maps_open(params->relay_recipient_maps, verdict)) &&
           (router->local_recipients = maps_open(params->local_recipient_maps, verdict)) &&
           (router->transports = maps_open(params->transport_maps, verdict)) &&
           (router->sender_relayhosts = maps_open(params->sender_relayhost_maps, verdict));
}

struct router *router_create(const struct conf_params *conf, const struct route_params *params,
                             struct verdict *verdict)
{
    struct router *router = memory_get(sizeof *router);
    router->conf = conf;
    router->params = params;
    if (open_tables(router, verdict))
        return router;
    router_destroy(router);
    return NULL;
}

void router_destroy(struct router *router)
{
    if (!router)
        return;
    match_list_close(router->local_domains);
    match_list_close(router->alias_domains);
    match_list_close(router->mailbox_domains);
    match_list_close(router->relay_domains);
    maps_close(router->aliases);
    maps_close(router->mailboxes);
    maps_close(router->relay_recipients);
    maps_close(router->local_recipients);
    maps_close(router->transports);
    maps_close(router->sender_relayhosts);
    free(router);
}

void router_take_notes(struct router *router, map_note_fn *fn, void *arg)
{
    struct match_list *const lists[] = {router->local_domains, router->alias_domains, router->mailbox_domains,
                                        router->relay_domains};
    struct maps *const maps[] = {router->aliases,          router->mailboxes,  router->relay_recipients,
                                 router->local_recipients, router->transports, router->sender_relayhosts};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        match_list_take_notes(lists[i], fn, arg);
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++)
        maps_take_notes(maps[i], fn, arg);
}

bool router_class(struct router *router, struct str domain, enum route_class *class, struct verdict *verdict)
{
    const struct {
        struct match_list *list;
        enum route_class class;
    } lists[] = {
        {router->local_domains, ROUTE_LOCAL},
        {router->alias_domains, ROUTE_VIRTUAL_ALIAS},
        {router->mailbox_domains, ROUTE_VIRTUAL_MAILBOX},
        {router->relay_domains, ROUTE_RELAY},
    };
    *class = domain.len ? ROUTE_DEFAULT : ROUTE_LOCAL;
    for (size_t i = 0; domain.len && i < sizeof lists / sizeof lists[0]; i++) {
        enum match_result result = match_domain(lists[i].list, domain, verdict);
        if (result == MATCH_ERROR)
            return false;
        if (result == MATCH_NO)
            continue;
        *class = lists[i].class;
        break;
    }
    return true;
}

enum map_result router_find(const struct router *router, struct maps *maps, struct str address, unsigned keys,
                            struct arena *arena, struct address_match *match, struct verdict *verdict)
{
    struct str local, domain;
    address_cut(address, &local, &domain);
    enum match_result is_local =
        domain.len == 0 ? MATCH_YES : match_domain(router->local_domains, domain, verdict);
    if (is_local == MATCH_ERROR)
        return MAP_ERROR;
    struct address_query query = {
        .address = address,
        .keys = keys,
        .delimiters = router->conf->recipient_delimiter,
        .domain_is_local = is_local == MATCH_YES,
        .parents_bare = true,
    };
    return maps_find_address(maps, &query, arena, match, verdict);
}

/* An alias makes an address known in every class. */
bool router_recipient_listed(struct router *router, struct str address, enum route_class class, bool *listed,
                             struct verdict *verdict)
{
    struct maps *tables[2] = {router->aliases, NULL};
    struct arena *arena = arena_create(LOOKUP_MEMORY);
    struct address_match match;
    enum map_result result = MAP_NOT_FOUND;
    switch (class) {
    case ROUTE_LOCAL:
        tables[1] = router->local_recipients;
        break;
    case ROUTE_VIRTUAL_MAILBOX:
        tables[1] = router->mailboxes;
        break;
    case ROUTE_RELAY:
        tables[1] = router->relay_recipients;
        break;
    case ROUTE_VIRTUAL_ALIAS:
    case ROUTE_DEFAULT:
        break;
    }
    bool all_taken = class == ROUTE_DEFAULT || (class != ROUTE_VIRTUAL_ALIAS &&
                                                class != ROUTE_VIRTUAL_MAILBOX && maps_is_empty(tables[1]));
    for (size_t i = 0; i < 2 && result == MAP_NOT_FOUND && !all_taken; i++)
        if (tables[i])
            result = router_find(router, tables[i], address, ADDRESS_FOR_RECIPIENTS, arena, &match, verdict);
    arena_destroy(arena);
    *listed = all_taken || result == MAP_FOUND;
    return result != MAP_ERROR;
}

bool router_recipient_known(struct router *router, struct str address, enum route_class class, bool *known,
                            struct verdict *verdict)
{
    if (!router_recipient_listed(router, address, class, known, verdict))
        return false;
    return *known || router_postmaster_known(router, address, class, known, verdict);
}
