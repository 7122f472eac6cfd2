/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this folder share: the open tables. */
#ifndef ROUTE_TABLES_H
#define ROUTE_TABLES_H

#include "conf/params.h"
#include "map/maps.h"
#include "map/match.h"
#include "route/params.h"
#include "route/router.h"

struct router {
    const struct conf_params *conf;
    const struct route_params *params;
    struct match_list *local_domains, *alias_domains, *mailbox_domains, *relay_domains;
    struct maps *aliases, *mailboxes, *relay_recipients, *local_recipients, *transports, *sender_relayhosts;
};

/* Asks a list of tables for an address with these keys (enum address_key). */
enum map_result router_find(const struct router *router, struct maps *maps, struct str address, unsigned keys,
                            struct arena *arena, struct address_match *match, struct verdict *verdict);
/* Whether the tables of the class, or the aliases, have the address. */
bool router_recipient_listed(struct router *router, struct str address, enum route_class class, bool *listed,
                             struct verdict *verdict);
/* Of an address that is not listed: whether it is a postmaster that is there all the same. */
bool router_postmaster_known(struct router *router, struct str address, enum route_class class, bool *known,
                             struct verdict *verdict);
/* Whether the system's postmaster takes what is for this address. */
bool router_postmaster_stands_in(struct router *router, struct str address, bool *stands_in,
                                 struct verdict *verdict);

#endif
