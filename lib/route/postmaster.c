/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Postmaster (RFC 5321 4.5.1): each domain that mail is taken for has one. Where a domain's own tables have
 * no such address, postmaster@$myorigin, the one of the system, stands in for it. It never leads on to
 * another, so that this is no way to anywhere else.
 */
#include <stdio.h>

#include "mail/address.h"
#include "route/tables.h"

static bool is_postmaster(struct str address, struct str *domain)
{
    struct str local;
    address_cut(address, &local, domain);
    return str_eq_nocase(local, STR("postmaster"));
}

bool router_is_system_postmaster(const struct router *router, struct str address)
{
    struct str domain;
    return is_postmaster(address, &domain) && str_eq_nocase(domain, router->conf->myorigin);
}

/* In mydestination the program that delivers knows what to do with it. */
static bool is_there(struct router *router, struct str address, enum route_class class, bool *there,
                     struct verdict *verdict)
{
    *there = class == ROUTE_LOCAL || class == ROUTE_DEFAULT;
    return *there || router_recipient_listed(router, address, class, there, verdict);
}

bool router_postmaster_known(struct router *router, struct str address, enum route_class class, bool *known,
                             struct verdict *verdict)
{
    struct str domain, origin = router->conf->myorigin;
    char text[sizeof "postmaster@" + ADDRESS_DOMAIN_LIMIT];
    enum route_class of_origin;
    *known = is_postmaster(address, &domain) && class == ROUTE_LOCAL;
    if (*known || !is_postmaster(address, &domain) || str_eq_nocase(domain, origin))
        return true;
    int len = snprintf(text, sizeof text, "postmaster@" STR_FMT, STR_ARG(origin));
    if (len >= (int)sizeof text)
        return true;
    return router_class(router, origin, &of_origin, verdict) &&
           is_there(router, str_make(text, (size_t)len), of_origin, known, verdict);
}

bool router_postmaster_stands_in(struct router *router, struct str address, bool *stands_in,
                                 struct verdict *verdict)
{
    struct str domain;
    enum route_class class;
    bool there;
    *stands_in = false;
    if (!is_postmaster(address, &domain) || str_eq_nocase(domain, router->conf->myorigin))
        return true;
    if (!router_class(router, domain, &class, verdict) || !is_there(router, address, class, &there, verdict))
        return false;
    *stands_in = !there;
    return true;
}
