/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions that wait a moment for more mail to the same destination. */
#include "io/task.h"
#include "smtp/client.h"

enum { IDLE_LIMIT = 200, LOOK_MS = 500 };

static struct peer *take_out(struct client *client, struct peer **link)
{
    struct peer *peer = *link;
    *link = peer->next;
    peer->next = NULL;
    client->idle_count--;
    return peer;
}

static bool is_too_old(const struct client *client, const struct peer *peer)
{
    int64_t limit = client->params->reuse_time, now = time_monotonic_ms();
    return limit && now - peer->born >= limit;
}

static struct peer *find(struct client *client, struct str nexthop)
{
    for (struct peer **link = &client->idle; *link; link = &(*link)->next)
        if (str_eq_nocase((*link)->nexthop, nexthop) && (*link)->idle_until >= time_monotonic_ms())
            return take_out(client, link);
    return NULL;
}

struct peer *cache_take(struct client *client, struct str nexthop)
{
    struct peer *peer;
    while ((peer = find(client, nexthop))) {
        /* A peer that speaks while nothing was asked says 421 or has closed. */
        peer->unusable = stream_has_input(peer->stream);
        if (!peer->unusable && !is_too_old(client, peer))
            break;
        peer_end(peer);
    }
    return peer;
}

static bool may_be_kept(const struct client *client, const struct peer *peer)
{
    const struct smtp_params *params = client->params;
    return params->cache_on_demand && stream_status(peer->stream) == STREAM_OK && !peer->unusable &&
           (!params->reuse_count || (int64_t)peer->uses < params->reuse_count) && !is_too_old(client, peer) &&
           client->idle_count < IDLE_LIMIT;
}

void cache_keep(struct client *client, struct peer *peer)
{
    if (!may_be_kept(client, peer)) {
        peer_end(peer);
        return;
    }
    peer->idle_until = deadline_in(client->params->cache_time);
    peer->next = client->idle;
    client->idle = peer;
    client->idle_count++;
    gate_wake(&client->idle_gate);
}

static struct peer *take_old(struct client *client)
{
    for (struct peer **link = &client->idle; *link; link = &(*link)->next)
        if ((*link)->idle_until < time_monotonic_ms())
            return take_out(client, link);
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
