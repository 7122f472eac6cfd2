/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose turn it is (site.h). A lane is in its site's line when it has jobs and no offer, among its tenant's
 * offers when it has one; an offer that cannot be kept, for the site's window has shrunk, goes back. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "qmgr/site.h"

/* --- lists --- */

static void lanes_add(struct lanes *lanes, struct lane *lane)
{
    lane->next = NULL;
    if (lanes->last)
        lanes->last->next = lane;
    else
        lanes->first = lane;
    lanes->last = lane;
}

static void lanes_add_first(struct lanes *lanes, struct lane *lane)
{
    lane->next = lanes->first;
    lanes->first = lane;
    if (!lanes->last)
        lanes->last = lane;
}

static struct lane *lanes_take(struct lanes *lanes)
{
    struct lane *lane = lanes->first;
    lanes->first = lane->next;
    if (!lanes->first)
        lanes->last = NULL;
    lane->next = NULL;
    return lane;
}

static void ring_add(struct transport *transport, struct tenant *tenant)
{
    tenant->next = NULL;
    if (transport->ring_last)
        transport->ring_last->next = tenant;
    else
        transport->ring = tenant;
    transport->ring_last = tenant;
}

static struct tenant *ring_take(struct transport *transport)
{
    struct tenant *tenant = transport->ring;
    transport->ring = tenant->next;
    if (!transport->ring)
        transport->ring_last = NULL;
    tenant->next = NULL;
    return tenant;
}

/* --- lanes --- */

static struct tenant *tenant_get(struct transport *transport, struct str name)
{
    struct tenant *tenant = hash_get(transport->tenants, name);
    if (tenant)
        return tenant;
    tenant = memory_get(sizeof *tenant + name.len + 1);
    char *copy = (char *)(tenant + 1);
    memcpy(copy, name.len ? name.at : "", name.len);
    tenant->name = str_make(copy, name.len);
    hash_put(transport->tenants, name, tenant);
    return tenant;
}

static struct lane *lane_get(struct site *site, struct str name)
{
    struct lane *lane = hash_get(site->tenants, name);
    if (lane)
        return lane;
    lane = memory_get(sizeof *lane);
    lane->site = site;
    lane->tenant = tenant_get(site->transport, name);
    lane->tenant->lanes++;
    hash_put(site->tenants, name, lane);
    return lane;
}

static void lane_end(struct lane *lane)
{
    struct tenant *tenant = lane->tenant;
    hash_remove(lane->site->tenants, tenant->name);
    if (--tenant->lanes == 0) {
        hash_remove(lane->site->transport->tenants, tenant->name);
        free(tenant);
    }
    free(lane);
}

static struct job *lane_pop(struct lane *lane)
{
    struct job *job = lane->first;
    lane->first = job->next;
    if (!lane->first)
        lane->last = NULL;
    job->next = NULL;
    lane->site->queued--;
    return job;
}

/* It gave a job away: behind the others of its site when it has more. */
static void lane_settle(struct lane *lane)
{
    if (lane->first)
        lanes_add(&lane->site->line, lane);
    else
        lane_end(lane);
}

void turns_queue(struct site *site, struct job *job)
{
    struct lane *lane = lane_get(site, job->message->envelope.tenant);
    if (!lane->first && !lane->offered)
        lanes_add(&site->line, lane);
    if (lane->last)
        lane->last->next = job;
    else
        lane->first = job;
    lane->last = job;
    site->queued++;
}

struct job *turns_withdraw(struct site *site)
{
    if (!site->line.first)
        return NULL;
    struct lane *lane = lanes_take(&site->line);
    struct job *job = lane_pop(lane);
    lane_settle(lane);
    return job;
}

/* --- offers and turns --- */

/* With a rate delay one at a time, the next when the rest behind it is over (Postfix's meaning of it). */
static size_t width(const struct site *site)
{
    return site->transport->params->rate_delay ? 1 : (size_t)site->window;
}

static bool may_run(const struct site *site, int64_t now_ms)
{
    return !site->resting && site->down_until <= now_ms && site->running < width(site);
}

void turns_offer(struct site *site, int64_t now_ms)
{
    while (site->line.first && may_run(site, now_ms) && site->running + site->offered < width(site)) {
        struct lane *lane = lanes_take(&site->line);
        struct tenant *tenant = lane->tenant;
        bool idle = !tenant->offers.first;
        lane->offered = true;
        site->offered++;
        lanes_add(&tenant->offers, lane);
        if (idle)
            ring_add(site->transport, tenant);
    }
}

/* The next lane with an offer; the offer is used up. */
static struct lane *next_lane(struct transport *transport)
{
    struct tenant *tenant = ring_take(transport);
    struct lane *lane = lanes_take(&tenant->offers);
    lane->offered = false;
    lane->site->offered--;
    if (tenant->offers.first)
        ring_add(transport, tenant);
    return lane;
}

/* What was offered and cannot be had now. */
static void take_back(struct lane *lane, int64_t now_ms)
{
    struct site *site = lane->site;
    lanes_add_first(&site->line, lane);
    if (site->down_until > now_ms)
        site_put_off(site);
}

struct job *turns_next(struct transport *transport, int64_t now_ms)
{
    if (transport->rest_until > now_ms || transport->running >= (size_t)transport->params->transport_limit)
        return NULL;
    while (transport->ring) {
        struct lane *lane = next_lane(transport);
        struct site *site = lane->site;
        if (!may_run(site, now_ms)) {
            take_back(lane, now_ms);
            continue;
        }
        struct job *job = lane_pop(lane);
        site->running++;
        transport->running++;
        lane_settle(lane);
        turns_offer(site, now_ms);
        return job;
    }
    return NULL;
}
