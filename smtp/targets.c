/* SPDX-License-Identifier: BSD-2-Clause */
/* Which hosts take mail for a next hop, in which order: RFC 5321 5.1, RFC 7505, RFC 5321 5.1 on finding
 * ourselves. */
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "mail/address.h"
#include "smtp/client.h"

enum { HOST_LIMIT = 100, TARGET_LIMIT = 500 };

struct host {
    struct str name;
    uint64_t preference;
    uint32_t shuffle; /* hosts of one preference are tried in random order */
};

struct search {
    struct client *client;
    struct arena *arena;
    struct host hosts[HOST_LIMIT];
    size_t host_count;
    struct targets *targets;
    uint16_t port;
    bool temporary; /* some question was not answered */
};

/* "host", "host:port", "[host]", "[host]:port", "[IPv6:...]", "inet:host:port". */
static bool read_nexthop(struct str nexthop, uint16_t *port, struct str *host, bool *exact)
{
    uint64_t number;
    if (str_starts_nocase(nexthop, STR("inet:")))
        nexthop = str_from(nexthop, 5);
    *exact = str_starts(nexthop, STR("["));
    if (*exact) {
        size_t end = str_find_last(nexthop, ']');
        if (end == SIZE_MAX)
            return false;
        *host = str_sub(nexthop, 1, end - 1);
        nexthop = str_from(nexthop, end + 1);
    } else {
        size_t colon = str_find_last(nexthop, ':');
        *host = colon == SIZE_MAX ? nexthop : str_sub(nexthop, 0, colon);
        nexthop = colon == SIZE_MAX ? STR("") : str_from(nexthop, colon);
    }
    if (str_starts_nocase(*host, STR("IPv6:")))
        *host = str_from(*host, 5);
    if (nexthop.len == 0)
        return host->len > 0;
    if (nexthop.at[0] != ':' || !str_to_u64(str_from(nexthop, 1), &number) || number == 0 || number > 65535)
        return false;
    *port = (uint16_t)number;
    return host->len > 0;
}

static int by_preference(const void *left, const void *right)
{
    const struct host *a = left, *b = right;
    if (a->preference != b->preference)
        return a->preference < b->preference ? -1 : 1;
    return a->shuffle < b->shuffle ? -1 : a->shuffle > b->shuffle;
}

static void add_host(struct search *search, struct str name, uint64_t preference)
{
    if (search->host_count < HOST_LIMIT)
        search->hosts[search->host_count++] = (struct host){name, preference, random_u32()};
}

/* MX records, or the domain itself when it has none (RFC 5321 5.1). */
static bool find_hosts(struct search *search, struct str domain, struct verdict *verdict)
{
    struct dns_answer answer;
    enum dns_status status = dns_lookup(search->client->dns, domain, DNS_MX,
                                        search->client->params->dns_timeout, search->arena, &answer);
    if (status == DNS_TEMPORARY)
        return verdict_set(verdict, 451, "4.3",
                           "Host or domain name not found. Name service error for name=" STR_FMT
                           " type=MX: " STR_FMT,
                           STR_ARG(domain), STR_ARG(answer.reason));
    if (status == DNS_NO_NAME)
        return verdict_set(verdict, 550, "4.4",
                           "Host or domain name not found. Name service error for name=" STR_FMT
                           " type=MX: Host not found",
                           STR_ARG(domain));
    if (status == DNS_NO_DATA)
        add_host(search, domain, 0);
    for (size_t i = 0; status == DNS_FOUND && i < answer.records_count; i++) {
        if (answer.records[i].data.len == 0)
            return verdict_set(verdict, 556, "1.10", "Domain " STR_FMT " does not accept mail (nullMX)",
                               STR_ARG(domain));
        add_host(search, answer.records[i].data, answer.records[i].preference);
    }
    qsort(search->hosts, search->host_count, sizeof search->hosts[0], by_preference);
    return true;
}

static void add_target(struct search *search, struct str host, const struct address *address)
{
    struct targets *targets = search->targets;
    if (targets->count >= TARGET_LIMIT)
        return;
    targets->at[targets->count++] = (struct target){.host = host, .address = *address, .port = search->port};
}

static void add_addresses(struct search *search, struct str host, enum dns_type type)
{
    struct dns_answer answer;
    struct address address;
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

/* RFC 5321 5.1: what is not better than ourselves is not tried, or mail would go in circles. */
static size_t hosts_before_ourselves(const struct search *search)
{
    for (size_t i = 0; i < search->host_count; i++) {
        if (!str_eq_nocase(search->hosts[i].name, search->client->conf->myhostname))
            continue;
        while (i > 0 && search->hosts[i - 1].preference == search->hosts[i].preference)
            i--;
        return i;
    }
    return search->host_count;
}

static bool find_mx_targets(struct search *search, struct str domain, struct verdict *verdict)
{
    struct buf ascii;
    buf_init(&ascii, 512);
    bool named = address_domain_ascii(domain, &ascii);
    struct str name = named ? arena_copy(search->arena, buf_str(&ascii)) : domain;
    buf_finish(&ascii);
    if (!named)
        return verdict_set(verdict, 550, "1.2", "Domain name has no form for the DNS: " STR_FMT,
                           STR_ARG(domain));
    if (!find_hosts(search, name, verdict))
        return false;
    size_t count = hosts_before_ourselves(search);
    if (count == 0 && search->host_count)
        return verdict_set(verdict, 550, "4.6", "mail for " STR_FMT " loops back to myself", STR_ARG(domain));
    for (size_t i = 0; i < count; i++)
        add_host_targets(search, search->hosts[i].name);
    return true;
}

bool targets_find(struct client *client, struct str nexthop, bool lmtp, struct arena *arena,
                  struct targets *targets, struct verdict *verdict)
{
    struct search search = {.client = client, .arena = arena, .targets = targets};
    struct str host;
    bool exact;
    targets->count = 0;
    targets->at = arena_array(arena, TARGET_LIMIT, sizeof *targets->at);
    if (str_starts(nexthop, STR("unix:"))) {
        targets->at[0] = (struct target){.host = client->conf->myhostname, .unix_path = str_from(nexthop, 5)};
        targets->count = 1;
        return true;
    }
    search.port = lmtp ? client->lmtp_port : client->port;
    if (!read_nexthop(nexthop, &search.port, &host, &exact))
        return verdict_set(verdict, 451, "3.5", "next hop is not a destination: " STR_FMT, STR_ARG(nexthop));
    if (exact || lmtp)
        add_host_targets(&search, host);
    else if (!find_mx_targets(&search, host, verdict))
        return false;
    if (targets->count)
        return true;
    return search.temporary
               ? verdict_set(verdict, 451, "4.3", "Name service error for name=" STR_FMT, STR_ARG(host))
               : verdict_set(verdict, 550, "4.4", "No address of a mail host of " STR_FMT " is known",
                             STR_ARG(host));
}
