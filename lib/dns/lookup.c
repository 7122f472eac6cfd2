/* SPDX-License-Identifier: BSD-2-Clause */
/* One question, one answer, over a kept connection. */
#include "dns/lookup.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "dns/dns_query.h"
#include "io/task.h"
#include "wire/channel.h"

enum { KEPT = 8 };

struct dns_client {
    const char *socket;
    int kept[KEPT];
    size_t count;
};

struct dns_client *dns_client_create(const char *socket)
{
    struct dns_client *client = memory_get(sizeof *client);
    client->socket = socket;
    return client;
}

void dns_client_destroy(struct dns_client *client)
{
    if (!client)
        return;
    while (client->count)
        io_close(client->kept[--client->count]);
    free(client);
}

static enum dns_status temporary(struct dns_answer *answer, const char *reason)
{
    *answer = (struct dns_answer){.status = DNS_TEMPORARY, .reason = str_of(reason)};
    return DNS_TEMPORARY;
}

static bool exchange(int line, const struct dns_query *query, int64_t deadline, struct arena *arena,
                     struct dns_answer *answer)
{
    struct packet packet;
    packet_init(&packet);
    bool answered = channel_send(line, DNS_QUERY, &dns_query_message, query, NULL, 0, deadline) &&
                    channel_receive(line, &packet, deadline) == 1 && packet.kind == DNS_ANSWER;
    if (answered) {
        struct str octets = arena_copy(arena, buf_str(&packet.bytes)); /* the texts outlive the packet */
        packet.bytes.len = octets.len;
        struct str body = str_from(octets, 1);
        answered = wire_decode(&dns_answer_message, body, arena, answer);
    }
    packet_finish(&packet);
    return answered;
}

enum dns_status dns_lookup(struct dns_client *client, struct str name, enum dns_type type, int64_t timeout_ms,
                           struct arena *arena, struct dns_answer *answer)
{
    struct dns_query query = {.name = name, .type = type};
    int64_t deadline = deadline_in(timeout_ms);
    bool fresh = client->count == 0;
    int line = fresh ? unix_connect(client->socket) : client->kept[--client->count];
    if (line >= 0 && exchange(line, &query, deadline, arena, answer)) {
        if (client->count < KEPT)
            client->kept[client->count++] = line;
        else
            io_close(line);
        return (enum dns_status)answer->status;
    }
    if (line >= 0)
        io_close(line);
    /* A kept connection may have ended with its resolver: ask once more on a new one. */
    if (!fresh && time_monotonic_ms() < deadline)
        return dns_lookup(client, name, type, deadline - time_monotonic_ms(), arena, answer);
    return temporary(answer, "resolver does not answer");
}

/* RFC 1035 3.5, RFC 3596 2.5. */
static bool reverse_name(struct str ip, struct arena *arena, struct str *name)
{
    unsigned char octets[16];
    const char *text = arena_cstr(arena, ip);
    if (inet_pton(AF_INET, text, octets) == 1) {
        *name = arena_printf(arena, "%u.%u.%u.%u.in-addr.arpa", octets[3], octets[2], octets[1], octets[0]);
        return true;
    }
    if (inet_pton(AF_INET6, text, octets) != 1)
        return false;
    struct buf out;
    buf_init(&out, 128);
    for (size_t i = 16; i > 0; i--)
        buf_printf(&out, "%x.%x.", octets[i - 1] & 15u, octets[i - 1] >> 4);
    buf_add_text(&out, "ip6.arpa");
    *name = arena_copy(arena, buf_str(&out));
    buf_finish(&out);
    return true;
}

bool dns_verified_name(struct dns_client *client, struct str ip, int64_t timeout_ms, struct arena *arena,
                       struct str *name)
{
    struct dns_answer pointers, addresses;
    struct str reverse;
    if (!reverse_name(ip, arena, &reverse) ||
        dns_lookup(client, reverse, DNS_PTR, timeout_ms, arena, &pointers) != DNS_FOUND)
        return false;
    enum dns_type type = str_contains(ip, ':') ? DNS_AAAA : DNS_A;
    struct str candidate = pointers.records_count ? pointers.records[0].data : STR("");
    if (candidate.len == 0 || dns_lookup(client, candidate, type, timeout_ms, arena, &addresses) != DNS_FOUND)
        return false;
    for (size_t i = 0; i < addresses.records_count; i++) {
        if (!str_eq_nocase(addresses.records[i].data, ip))
            continue;
        *name = candidate;
        return true;
    }
    return false;
}
