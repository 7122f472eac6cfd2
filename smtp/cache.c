/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions that wait a moment for more mail to the same destination. */
#include "io/task.h"
#include "smtp/client.h"

enum { IDLE_LIMIT = 200, LOOK_MS = 500 };

struct peer *cache_take(struct client *client, struct str nexthop)
{
    for (struct peer **link = &client->idle; *link; link = &(*link)->next) {
        struct peer *peer = *link;
        if (!str_eq_nocase(peer->nexthop, nexthop) || peer->idle_until < time_monotonic_ms())
            continue;
        *link = peer->next;
        client->idle_count--;
        peer->next = NULL;
        return peer;
    }
    return NULL;
}

void cache_keep(struct client *client, struct peer *peer)
{
    const struct smtp_params *params = client->params;
    bool kept = params->cache_on_demand && stream_status(peer->stream) == STREAM_OK && !peer->unusable &&
                (int64_t)++peer->uses < params->cache_uses && client->idle_count < IDLE_LIMIT;
    if (!kept) {
        peer_end(peer);
        return;
    }
    peer->idle_until = deadline_in(params->cache_time);
    peer->next = client->idle;
    client->idle = peer;
    client->idle_count++;
    gate_wake(&client->idle_gate);
}

static struct peer *take_old(struct client *client)
{
    for (struct peer **link = &client->idle; *link; link = &(*link)->next) {
        struct peer *peer = *link;
        if (peer->idle_until >= time_monotonic_ms())
            continue;
        *link = peer->next;
        client->idle_count--;
        return peer;
    }
    return NULL;
}

void cache_task(void *arg)
{
    struct client *client = arg;
    for (;;) {
        struct peer *peer;
        while ((peer = take_old(client)))
            peer_end(peer);
        if (client->idle)
            task_sleep(LOOK_MS);
        else
            gate_wait(&client->idle_gate, DEADLINE_NEVER);
    }
}
