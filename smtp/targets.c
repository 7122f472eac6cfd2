/* SPDX-License-Identifier: BSD-2-Clause */
/* From a next hop to addresses: those of its mail exchangers (dns/exchangers.h), or of the host that it
 * names.
 */
#include "dns/exchangers.h"
#include "smtp/client.h"

enum {
    TARGET_LIMIT = 500,
    LOOKUP_MEMORY = 2 * 1024 * 1024, /* octets there must be room for before a host is looked up */
};

struct search {
    struct client *client;
    struct arena *arena;
    struct targets *targets;
    uint16_t port;
    bool may_be_us; /* as in struct target */
    bool temporary; /* some question was not answered */
};

static void add_target(struct search *search, struct str host, const struct address *address)
{
    struct targets *targets = search->targets;
    if (targets->count >= TARGET_LIMIT)
        return;
    targets->at[targets->count++] = (struct target){
        .host = host, .address = *address, .port = search->port, .may_be_us = search->may_be_us};
}

static void add_addresses(struct search *search, struct str host, enum dns_type type)
{
    struct dns_answer answer;
    struct address address;
    /* A stranger's zone may have more than a request has memory for: what is there will do. */
    if (search->targets->count >= TARGET_LIMIT || !arena_has_room(search->arena, LOOKUP_MEMORY))
        return;
    enum dns_status status = dns_lookup(search->client->dns, host, type, search->client->params->dns_timeout,
                                        search->arena, &answer);
    search->temporary |= status == DNS_TEMPORARY;
    for (size_t i = 0; status == DNS_FOUND && i < answer.records_count; i++)
        if (address_from_ip(answer.records[i].data, search->port, &address))
            add_target(search, host, &address);
}

static bool wants_family(const struct client *client, bool v6)
{
    struct str protocols = client->conf->inet_protocols;
    return !str_contains(protocols, v6 ? '4' : '6') || str_contains(protocols, v6 ? '6' : '4');
}

static void add_host_targets(struct search *search, struct str host)
{
    struct address address;
    bool v4_first = str_eq(search->client->params->protocol_preference, STR("ipv4"));
    if (address_from_ip(host, search->port, &address)) {
        add_target(search, host, &address);
        return;
    }
    for (int i = 0; i < 2; i++) {
        bool v6 = (i == 0) != v4_first;
        if (wants_family(search->client, v6))
            add_addresses(search, host, v6 ? DNS_AAAA : DNS_A);
    }
}

static bool find_mx_targets(struct search *search, struct str domain, struct verdict *verdict)
{
    const struct client *client = search->client;
    struct exchangers exchangers;
    if (!exchangers_find(client->dns, domain, client->params->dns_timeout, search->arena, &exchangers,
                         verdict))
        return false;
    size_t count = exchangers_before(&exchangers, client->conf->myhostname);
    if (count == 0 && exchangers.count)
        return verdict_set(verdict, 550, "4.6", "mail for " STR_FMT " loops back to myself", STR_ARG(domain));
    search->targets->we_are_mx = count < exchangers.count;
    for (size_t i = 0; i < count; i++)
        add_host_targets(search, exchangers.at[i].name);
    return true;
}

bool targets_find(struct client *client, struct str nexthop, bool lmtp, struct arena *arena,
                  struct targets *targets, struct verdict *verdict)
{
    struct search search = {.client = client, .arena = arena, .targets = targets};
    struct nexthop hop;
    targets->count = 0;
    targets->at = arena_array(arena, TARGET_LIMIT, sizeof *targets->at);
    if (str_starts(nexthop, STR("unix:"))) {
        targets->at[0] = (struct target){.host = client->conf->myhostname, .unix_path = str_from(nexthop, 5)};
        targets->count = 1;
        return true;
    }
    if (!nexthop_read(nexthop, &hop))
        return verdict_set(verdict, 451, "3.5", "next hop is not a destination: " STR_FMT, STR_ARG(nexthop));
    search.port = hop.port ? hop.port : lmtp ? client->lmtp_port : client->port;
    search.may_be_us = !hop.port && !lmtp;
    if (hop.exact || lmtp)
        add_host_targets(&search, hop.host);
    else if (!find_mx_targets(&search, hop.host, verdict))
        return false;
    if (targets->count)
        return true;
    return search.temporary
               ? verdict_set(verdict, 451, "4.3", "Name service error for name=" STR_FMT, STR_ARG(hop.host))
               : verdict_set(verdict, 550, "4.4", "No address of a mail host of " STR_FMT " is known",
                             STR_ARG(hop.host));
}
