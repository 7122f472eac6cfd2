/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of inet services to socket addresses. */
#include "worker/endpoint.h"

#include <stdio.h>

static bool read_port(struct str text, uint16_t *port)
{
    static const struct {
        const char *name;
        uint16_t port;
    } known[] = {{"smtp", 25},  {"submission", 587}, {"submissions", 465}, {"smtps", 465}, {"lmtp", 24},
                 {"pop3", 110}, {"pop3s", 995},      {"imap", 143},        {"imap2", 143}, {"imaps", 993}};
    uint64_t number;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (str_eq(text, str_of(known[i].name)))
            return *port = known[i].port, true;
    if (!str_to_u64(text, &number) || number == 0 || number > 65535)
        return false;
    return *port = (uint16_t)number, true;
}

static bool add_address(struct endpoints *endpoints, struct str host, uint16_t port, struct verdict *verdict)
{
    if (str_starts(host, STR("[")) && str_ends(host, STR("]")))
        host = str_sub(host, 1, host.len - 2);
    if (str_eq(host, STR("localhost")))
        host = STR("127.0.0.1");
    if (endpoints->count == ENDPOINT_LIMIT)
        return verdict_set(verdict, 554, "3.5", "too many addresses");
    struct endpoint *endpoint = &endpoints->at[endpoints->count];
    if (!address_from_ip(host, port, &endpoint->address))
        return verdict_set(verdict, 554, "3.5", "not an address: " STR_FMT, STR_ARG(host));
    snprintf(endpoint->name, sizeof endpoint->name, "[" STR_FMT "]:%u", STR_ARG(host), port);
    endpoints->count++;
    return true;
}

/* A word of inet_interfaces, by inet_protocols. */
static bool add_interface(struct endpoints *endpoints, const struct conf_params *params, struct str word,
                          uint16_t port, struct verdict *verdict)
{
    struct str protocols = str_trim(params->inet_protocols);
    bool all = str_contains(protocols, 'a');
    bool v4 = all || str_contains(protocols, '4'), v6 = all || str_contains(protocols, '6');
    bool everywhere = str_eq(word, STR("all"));
    if (!everywhere && !str_eq(word, STR("loopback-only")))
        return add_address(endpoints, word, port, verdict);
    return (!v4 || add_address(endpoints, everywhere ? STR("0.0.0.0") : STR("127.0.0.1"), port, verdict)) &&
           (!v6 || add_address(endpoints, everywhere ? STR("::") : STR("::1"), port, verdict));
}

bool endpoints_read(struct str service, const struct conf_params *params, struct endpoints *endpoints,
                    struct verdict *verdict)
{
    struct str rest = params->inet_interfaces, word;
    size_t colon = str_find_last(service, ':');
    struct str host = colon == SIZE_MAX ? STR("") : str_sub(service, 0, colon);
    struct str name = colon == SIZE_MAX ? service : str_from(service, colon + 1);
    uint16_t port;
    endpoints->count = 0;
    if (!read_port(name, &port))
        return verdict_set(verdict, 554, "3.5",
                           "no port: " STR_FMT " (a name like smtp, a number, or ADDRESS:PORT is wanted)",
                           STR_ARG(name));
    if (host.len)
        return add_address(endpoints, host, port, verdict);
    while (str_word(&rest, ", \t\r\n", &word))
        if (!add_interface(endpoints, params, word, port, verdict))
            return false;
    return true;
}
