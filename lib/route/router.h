/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where mail goes: the class of a domain (whose is it?), whether a recipient exists, what an address stands
 * for, and by which transport to which next hop it leaves. Asked by smtpd at RCPT and at intake, and by qmgr
 * each time a message is activated, so that a changed route applies at the next attempt. A table that cannot
 * be asked gives a temporary verdict, never a guess.
 */
#ifndef ROUTE_ROUTER_H
#define ROUTE_ROUTER_H

#include "base/arena.h"
#include "base/verdict.h"
#include "map/map.h"
#include "wire/recipient.h"

struct router;
struct conf_params;
struct route_params;

/* The parameters whose tables a router opens and reads again: what its program must be let read. */
#define ROUTE_TABLES                                                                                         \
    "mydestination", "virtual_alias_domains", "virtual_alias_maps", "virtual_mailbox_domains",               \
        "virtual_mailbox_maps", "relay_domains", "relay_recipient_maps", "local_recipient_maps",             \
        "transport_maps", "sender_dependent_relayhost_maps"

/* The address classes that Postfix's administrators think in. */
enum route_class {
    ROUTE_LOCAL,           /* mydestination: system users and aliases */
    ROUTE_VIRTUAL_ALIAS,   /* virtual_alias_domains: addresses that stand for others */
    ROUTE_VIRTUAL_MAILBOX, /* virtual_mailbox_domains: mailboxes of our store */
    ROUTE_RELAY,           /* relay_domains: taken for somebody and passed on */
    ROUTE_DEFAULT,         /* everybody else's */
};

/* Opens all tables; parameters are borrowed. NULL with *verdict. */
struct router *router_create(const struct conf_params *conf, const struct route_params *params,
                             struct verdict *verdict);
void router_destroy(struct router *router); /* NULL is fine */
/* As map_take_notes for all tables. */
void router_take_notes(struct router *router, map_note_fn *fn, void *arg);

/* The class of a domain (lower case, no brackets; an address literal is looked up as "[192.0.2.1]"). False
 * with a 4yz verdict. */
bool router_class(struct router *router, struct str domain, enum route_class *class, struct verdict *verdict);
/* Whether the canonical address may be sent to: aliases, mailboxes, relay and local recipients by its class.
 * Always true for ROUTE_DEFAULT. Postmaster exists in each of our domains (RFC 5321 4.5.1): where the tables
 * have none, postmaster@$myorigin stands in, unless it does not exist either. */
bool router_recipient_known(struct router *router, struct str address, enum route_class class, bool *known,
                            struct verdict *verdict);
/* postmaster@$myorigin: what a bare <Postmaster> is. */
bool router_is_system_postmaster(const struct router *router, struct str address);

/* Recipients after alias expansion. Begins zeroed but for the arena. */
struct route_expansion {
    struct arena *arena;
    struct recipient *rcpts;
    size_t count, room;
};
/* Expands given->address through virtual_alias_maps, again and again, within virtual_alias_recursion_limit
 * and virtual_alias_expansion_limit, and adds what comes out. An address that stands for itself and others
 * does so once, so two may stand for each other too. A postmaster that is in no table becomes
 * postmaster@$myorigin. DSN terms go along, and who stands for several and whose sender wants to hear of
 * success is among them once more, as expanded (RFC 3461 5.2.7). False: 4yz for a table, 5.4.6 when a limit
 * is passed, 4.5.3 when the arena is full. */
bool router_expand(struct router *router, const struct recipient *given, struct route_expansion *expansion,
                   struct verdict *verdict);
/* Drops all but the first of each address, for delivery and as expanded, and numbers the rest from 0. */
void route_expansion_end(struct route_expansion *expansion);

struct route {
    enum route_class class;
    struct str transport; /* service of master.cf: "smtp", "virtual", "local", "lmtp", "error" ... */
    struct str nexthop;   /* domain, [host], host:port; for error: the text */
};
/* The transport of the class, whose next hop is its own, else (mail that is not ours) the relayhost, else the
 * domain; over all that, transport_maps. Texts from the arena. */
bool router_route(struct router *router, struct str sender, struct str address, struct arena *arena,
                  struct route *route, struct verdict *verdict);

#endif
