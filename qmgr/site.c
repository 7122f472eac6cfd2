/* SPDX-License-Identifier: BSD-2-Clause */
/* Queues, turns, windows. Starting a job is the only thing here that may wait (for a channel), and it is done
 * by one pump per transport at a time. */
#include "qmgr/site.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"

struct site *site_get(struct transport *transport, struct str nexthop)
{
    struct manager *manager = transport->manager;
    struct buf key;
    buf_init(&key, 4096);
    buf_printf(&key, "%s\t" STR_FMT, transport->name, STR_ARG(nexthop));
    struct site *site = hash_get(manager->sites, buf_str(&key));
    if (!site) {
        site = memory_get(sizeof *site);
        site->transport = transport;
        site->tenants = hash_create();
        site->window = (double)manager->params->initial_concurrency;
        if (site->window > (double)transport->concurrency_limit)
            site->window = (double)transport->concurrency_limit;
        char *copy = memory_get(nexthop.len + 1);
        for (size_t i = 0; i < nexthop.len; i++)
            copy[i] = nexthop.at[i];
        site->nexthop = str_make(copy, nexthop.len);
        hash_put(manager->sites, buf_str(&key), site);
    }
    buf_finish(&key);
    return site;
}

/* --- tenants take turns --- */

static struct tenant_queue *tenant_get(struct site *site, struct str name)
{
    struct tenant_queue *tenant = hash_get(site->tenants, name);
    if (tenant)
        return tenant;
    tenant = memory_get(sizeof *tenant + name.len + 1);
    char *copy = (char *)(tenant + 1);
    for (size_t i = 0; i < name.len; i++)
        copy[i] = name.at[i];
    tenant->name = str_make(copy, name.len);
    hash_put(site->tenants, tenant->name, tenant);
    if (site->ring_last)
        site->ring_last->next = tenant;
    else
        site->ring = tenant;
    site->ring_last = tenant;
    return tenant;
}

static void push_job(struct site *site, struct job *job)
{
    struct tenant_queue *tenant = tenant_get(site, job->message->envelope.tenant);
    if (tenant->last)
        tenant->last->next = job;
    else
        tenant->first = job;
    tenant->last = job;
    site->queued++;
}

static struct job *pop_job(struct site *site)
{
    struct tenant_queue *tenant = site->ring;
    struct job *job = tenant->first;
    tenant->first = job->next;
    job->next = NULL;
    site->queued--;
    site->ring = tenant->next;
    tenant->next = NULL;
    if (!site->ring)
        site->ring_last = NULL;
    if (!tenant->first) {
        hash_remove(site->tenants, tenant->name);
        free(tenant);
        return job;
    }
    if (site->ring_last)
        site->ring_last->next = tenant;
    else
        site->ring = tenant;
    site->ring_last = tenant;
    return job;
}

/* --- sites take turns --- */

static bool site_may_run(const struct site *site)
{
    return site->queued && site->running < (size_t)site->window;
}

static void make_ready(struct site *site)
{
    struct transport *transport = site->transport;
    if (site->ready || !site_may_run(site))
        return;
    site->ready = true;
    site->next_ready = NULL;
    if (transport->last_ready)
        transport->last_ready->next_ready = site;
    else
        transport->first_ready = site;
    transport->last_ready = site;
}

static struct site *take_ready(struct transport *transport)
{
    struct site *site = transport->first_ready;
    transport->first_ready = site->next_ready;
    if (!transport->first_ready)
        transport->last_ready = NULL;
    site->ready = false;
    return site;
}

static bool site_is_down(struct site *site)
{
    if (site->down_until && time_monotonic_ms() >= site->down_until) {
        site->down_until = 0;
        site->failed_cohorts = 0;
        site->window = 1;
    }
    return site->down_until != 0;
}

static void fail_queued(struct site *site)
{
    struct verdict why = site->down;
    while (site->queued)
        job_fail(site->transport->manager, pop_job(site), &why);
}

static void start_one(struct transport *transport, struct site *site)
{
    struct job *job = pop_job(site);
    site->running++;
    transport->running++;
    if (job_send(transport, job))
        return;
    struct verdict verdict;
    site->running--;
    transport->running--;
    verdict_set(&verdict, 451, "3.0", "mail transport %s is not available", transport->name);
    job_fail(transport->manager, job, &verdict);
}

void transport_pump(struct transport *transport)
{
    if (transport->pumping)
        return;
    transport->pumping = true;
    while (transport->first_ready && transport->running < transport->limit) {
        struct site *site = take_ready(transport);
        if (site_may_run(site))
            start_one(transport, site);
        make_ready(site);
    }
    transport->pumping = false;
}

void site_add(struct site *site, struct job *job)
{
    push_job(site, job);
    if (site_is_down(site)) {
        fail_queued(site);
        return;
    }
    make_ready(site);
    transport_pump(site->transport);
}

/* Success opens the window by one for each full window of successes; a failure closes it by one, and failures
 * that add up to a whole window mean that the site is down (reference: Postfix's concurrency feedback). */
void site_feedback(struct site *site, bool site_down, const struct verdict *why)
{
    struct transport *transport = site->transport;
    const struct qmgr_params *params = transport->manager->params;
    double limit = (double)transport->concurrency_limit;
    site->running--;
    transport->running--;
    if (!site_down) {
        site->failed_cohorts = 0;
        site->window += 1.0 / site->window;
        if (site->window > limit)
            site->window = limit;
    } else {
        site->failed_cohorts += 1.0 / site->window;
        site->window = site->window > 2 ? site->window - 1 : 1;
    }
    if (site->failed_cohorts >= (double)params->failed_cohort_limit && !site->down_until) {
        int64_t rest = params->minimal_backoff_time;
        site->down = *why;
        site->down_until = deadline_in(rest + (int64_t)(random_u64() % (uint64_t)(rest / 4 + 1)));
        fail_queued(site);
    }
    make_ready(site);
    transport_pump(transport);
}

void sites_forgive(struct manager *manager)
{
    struct hash_walk walk = hash_walk_start(manager->sites);
    struct str key;
    struct site *site;
    while ((site = hash_walk_next(&walk, &key)))
        site->down_until = 0;
}
