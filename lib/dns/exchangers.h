/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which hosts take mail for a next hop: MX records (RFC 5321 5.1), null MX (RFC 7505), the domain itself when
 * it has none. All domains that name the same set of hosts are one site, whoever hosts them: what smtp tries,
 * and what qmgr counts deliveries by.
 */
#ifndef DNS_EXCHANGERS_H
#define DNS_EXCHANGERS_H

#include "base/buf.h"
#include "base/verdict.h"
#include "dns/lookup.h"

/* "host", "host:port", "[host]", "[host]:port", "[IPv6:...]", "inet:host:port". */
struct nexthop {
    struct str host;
    uint16_t port; /* 0: none is named */
    bool exact;    /* in brackets: that host, not its mail exchangers */
};
/* False when it is none of these. */
bool nexthop_read(struct str text, struct nexthop *nexthop);

struct exchanger {
    struct str name; /* lower case */
    uint64_t preference;
    uint32_t shuffle; /* hosts of one preference are tried in random order */
};
struct exchangers {
    struct exchanger *at; /* in the order to try */
    size_t count;
};
enum { EXCHANGERS_MOST = 100 /* of a domain; the rest is dropped */ };

/* Asks for the hosts of a domain (also with U-labels). From the arena. False with a verdict: 4.4.3 when the
 * DNS does not answer, 5.4.4 without such a name, 5.1.10 for a null MX, 5.1.2 when the name has no form for
 * the DNS. */
bool exchangers_find(struct dns_client *dns, struct str domain, int64_t timeout_ms, struct arena *arena,
                     struct exchangers *exchangers, struct verdict *verdict);
/* How many of them are better than ourselves: what is not is not tried, or mail would go in circles (RFC 5321
 * 5.1). */
size_t exchangers_before(const struct exchangers *exchangers, struct str ourselves);
/* Adds the name of their site: their names in order, each once, whatever their preferences. False when it
 * does not fit. */
bool exchangers_site(const struct exchangers *exchangers, struct buf *out);

#endif
