/* SPDX-License-Identifier: BSD-2-Clause */
/* Next hops read, and their hosts asked for and put into order. */
#include "dns/exchangers.h"

#include <stdlib.h>

#include "base/random.h"
#include "mail/address.h"

bool nexthop_read(struct str text, struct nexthop *nexthop)
{
    uint64_t number;
    if (str_starts_nocase(text, STR("inet:")))
        text = str_from(text, 5);
    *nexthop = (struct nexthop){.exact = str_starts(text, STR("["))};
    if (nexthop->exact) {
        size_t end = str_find_last(text, ']');
        if (end == SIZE_MAX)
            return false;
        nexthop->host = str_sub(text, 1, end - 1);
        text = str_from(text, end + 1);
    } else {
        size_t colon = str_find_last(text, ':');
        nexthop->host = colon == SIZE_MAX ? text : str_sub(text, 0, colon);
        text = colon == SIZE_MAX ? STR("") : str_from(text, colon);
    }
    if (str_starts_nocase(nexthop->host, STR("IPv6:")))
        nexthop->host = str_from(nexthop->host, 5);
    if (text.len == 0)
        return nexthop->host.len > 0;
    if (text.at[0] != ':' || !str_to_u64(str_from(text, 1), &number) || number == 0 || number > 65535)
        return false;
    nexthop->port = (uint16_t)number;
    return nexthop->host.len > 0;
}

static int by_preference(const void *left, const void *right)
{
    const struct exchanger *a = left, *b = right;
    if (a->preference != b->preference)
        return a->preference < b->preference ? -1 : 1;
    return a->shuffle < b->shuffle ? -1 : a->shuffle > b->shuffle;
}

static void add_host(struct exchangers *exchangers, struct str name, uint64_t preference)
{
    if (exchangers->count < EXCHANGERS_MOST)
        exchangers->at[exchangers->count++] = (struct exchanger){name, preference, random_u32()};
}

static bool no_hosts(enum dns_status status, struct str domain, struct str reason, struct verdict *verdict)
{
    bool gone = status == DNS_NO_NAME;
    return verdict_set(verdict, gone ? 550 : 451, gone ? "4.4" : "4.3",
                       "Host or domain name not found. Name service error for name=" STR_FMT
                       " type=MX: " STR_FMT,
                       STR_ARG(domain), STR_ARG(gone ? STR("Host not found") : reason));
}

static bool find_hosts(struct dns_client *dns, struct str domain, int64_t timeout_ms, struct arena *arena,
                       struct exchangers *exchangers, struct verdict *verdict)
{
    struct dns_answer answer;
    enum dns_status status = dns_lookup(dns, domain, DNS_MX, timeout_ms, arena, &answer);
    if (status == DNS_TEMPORARY || status == DNS_NO_NAME)
        return no_hosts(status, domain, answer.reason, verdict);
    if (status == DNS_NO_DATA)
        add_host(exchangers, domain, 0);
    for (size_t i = 0; status == DNS_FOUND && i < answer.records_count; i++) {
        if (answer.records[i].data.len == 0)
            return verdict_set(verdict, 556, "1.10", "Domain " STR_FMT " does not accept mail (nullMX)",
                               STR_ARG(domain));
        add_host(exchangers, answer.records[i].data, answer.records[i].preference);
    }
    qsort(exchangers->at, exchangers->count, sizeof exchangers->at[0], by_preference);
    return true;
}

bool exchangers_find(struct dns_client *dns, struct str domain, int64_t timeout_ms, struct arena *arena,
                     struct exchangers *exchangers, struct verdict *verdict)
{
    struct buf ascii;
    buf_init(&ascii, 512);
    bool named = address_domain_ascii(domain, &ascii);
    struct str name = named ? arena_copy(arena, buf_str(&ascii)) : domain;
    buf_finish(&ascii);
    if (!named)
        return verdict_set(verdict, 550, "1.2", "Domain name has no form for the DNS: " STR_FMT,
                           STR_ARG(domain));
    exchangers->count = 0;
    exchangers->at = arena_array(arena, EXCHANGERS_MOST, sizeof exchangers->at[0]);
    return find_hosts(dns, name, timeout_ms, arena, exchangers, verdict);
}

size_t exchangers_before(const struct exchangers *exchangers, struct str ourselves)
{
    for (size_t i = 0; i < exchangers->count; i++) {
        if (!str_eq_nocase(exchangers->at[i].name, ourselves))
            continue;
        while (i > 0 && exchangers->at[i - 1].preference == exchangers->at[i].preference)
            i--;
        return i;
    }
    return exchangers->count;
}

static int by_name(const void *left, const void *right)
{
    return str_compare(*(const struct str *)left, *(const struct str *)right);
}

bool exchangers_site(const struct exchangers *exchangers, struct buf *out)
{
    struct str names[EXCHANGERS_MOST];
    for (size_t i = 0; i < exchangers->count; i++)
        names[i] = exchangers->at[i].name;
    qsort(names, exchangers->count, sizeof names[0], by_name);
    for (size_t i = 0; i < exchangers->count; i++) {
        if (i > 0 && str_eq(names[i], names[i - 1]))
            continue;
        buf_add(out, i ? STR(" ") : STR(""));
        buf_add(out, names[i]);
    }
    return !out->over && exchangers->count > 0;
}
