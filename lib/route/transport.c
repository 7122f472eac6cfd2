/* SPDX-License-Identifier: BSD-2-Clause */
/* By which transport an address leaves, and to which next hop (transport(5)). */
#include "mail/address.h"
#include "route/tables.h"

/* "transport:nexthop", "transport:", ":nexthop" or "transport"; what is empty keeps what *route has. */
static void apply(struct str text, struct arena *arena, struct route *route)
{
    size_t colon = str_find(text, ':');
    struct str transport = colon == SIZE_MAX ? text : str_sub(text, 0, colon);
    struct str nexthop = colon == SIZE_MAX ? STR("") : str_from(text, colon + 1);
    if (transport.len)
        route->transport = arena_copy(arena, str_trim(transport));
    if (nexthop.len)
        route->nexthop = arena_copy(arena, str_trim(nexthop));
}

static void route_by_class(const struct router *router, struct arena *arena, struct route *route)
{
    switch (route->class) {
    case ROUTE_LOCAL:
        apply(router->params->local_transport, arena, route);
        return;
    case ROUTE_VIRTUAL_MAILBOX:
        apply(router->params->virtual_transport, arena, route);
        return;
    case ROUTE_VIRTUAL_ALIAS: /* an alias of no effect: nobody is there */
        route->transport = STR("error");
        route->nexthop = STR("5.1.1 User unknown in virtual alias table");
        return;
    case ROUTE_RELAY:
        apply(router->params->relay_transport, arena, route);
        return;
    case ROUTE_DEFAULT:
        apply(router->params->default_transport, arena, route);
    }
}

/* The relayhost of what is not ours: the sender's, else everybody's; empty when there is none. */
static bool find_relayhost(struct router *router, struct str sender, struct arena *arena,
                           struct str *relayhost, struct verdict *verdict)
{
    struct address_match match;
    enum map_result result =
        sender.len ? router_find(router, router->sender_relayhosts, sender,
                                 ADDRESS_FULL | ADDRESS_PLAIN | ADDRESS_AT_DOMAIN, arena, &match, verdict)
                   : MAP_NOT_FOUND;
    *relayhost = result == MAP_FOUND ? match.value : router->params->relayhost;
    if (str_eq_nocase(*relayhost, STR("DUNNO")))
        *relayhost = router->params->relayhost;
    return result != MAP_ERROR;
}

/* transport(5): a transport without next hop goes to the domain again, whatever relayhost says; errors have a
 * text of their own. */
static void apply_entry(struct str text, struct str domain, struct arena *arena, struct route *route)
{
    size_t colon = str_find(text, ':');
    struct str transport = str_trim(colon == SIZE_MAX ? text : str_sub(text, 0, colon));
    bool fails = str_eq(transport, STR("error")) || str_eq(transport, STR("retry"));
    if (transport.len)
        route->nexthop = fails ? STR("Address is undeliverable") : domain;
    apply(text, arena, route);
}

bool router_route(struct router *router, struct str sender, struct str address, struct arena *arena,
                  struct route *route, struct verdict *verdict)
{
    struct str local, domain, relayhost;
    struct address_match match;
    address_cut(address, &local, &domain);
    if (!router_class(router, domain, &route->class, verdict))
        return false;
    domain = domain.len ? arena_copy(arena, domain) : router->conf->myhostname;
    route->nexthop = domain;
    if (route->class == ROUTE_DEFAULT || route->class == ROUTE_RELAY) {
        if (!find_relayhost(router, sender, arena, &relayhost, verdict))
            return false;
        if (relayhost.len)
            route->nexthop = arena_copy(arena, relayhost);
    }
    route_by_class(router, arena, route);
    enum map_result result =
        router_find(router, router->transports, address, ADDRESS_FOR_TRANSPORT, arena, &match, verdict);
    if (result == MAP_NOT_FOUND)
        result = maps_find(router->transports, STR("*"), arena, &match.value, verdict);
    if (result == MAP_FOUND)
        apply_entry(match.value, domain, arena, route);
    return result != MAP_ERROR;
}
