/* SPDX-License-Identifier: BSD-2-Clause */
/* Queues, turns, windows. Starting a job is the only thing here that may wait (for a channel), and it is done
 * by one pump per transport at a time. */
#include "qmgr/site.h"

#include <stdlib.h>
#include <string.h>

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
        site->window = (double)transport->params->initial_concurrency;
        if (site->window > (double)transport->params->concurrency_limit)
            site->window = (double)transport->params->concurrency_limit;
        char *copy = memory_get(nexthop.len + 1);
        memcpy(copy, nexthop.at, nexthop.len);
        site->nexthop = str_make(copy, nexthop.len);
        if (hash_count(manager->sites) >= manager->sites_limit)
            sites_forget_idle(manager);
        hash_put(manager->sites, buf_str(&key), site);
    }
    buf_finish(&key);
    return site;
}

static bool is_idle(const struct site *site)
{
    bool down = site->down_until && time_monotonic_ms() < site->down_until;
    return !site->users && !site->running && !site->queued && !site->ready && !down;
}

static void site_free(struct site *site)
{
    hash_destroy(site->tenants);
    free((void *)(uintptr_t)site->nexthop.at);
    free(site);
}

/* The next time is when there are twice as many as stay: the walk costs nothing much per site. */
void sites_forget_idle(struct manager *manager)
{
    struct hash *kept = hash_create();
    struct hash_walk walk = hash_walk_start(manager->sites);
    struct str key;
    struct site *site;
    while ((site = hash_walk_next(&walk, &key)))
        if (is_idle(site))
            site_free(site);
        else
            hash_put(kept, key, site);
    hash_destroy(manager->sites);
    manager->sites = kept;
    manager->sites_limit = SITES_KEPT + 2 * hash_count(kept);
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

/* One message shows whether it is there again. */
static void probe_first(struct site *site)
{
    site->down_until = 0;
    site->failed_cohorts = 0;
    site->window = 1;
}

static bool site_is_down(struct site *site)
{
    if (site->down_until && time_monotonic_ms() >= site->down_until) {
        probe_first(site);
    }
    return site->down_until != 0;
}

static void fail_queued(struct site *site)
{
    struct verdict why = site->down;
    site->users++;
    while (site->queued)
        job_fail(site->transport->manager, pop_job(site), &why);
    site->users--;
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
    while (transport->first_ready && transport->running < (size_t)transport->params->transport_limit) {
        struct site *site = take_ready(transport);
        site->users++;
        if (site_may_run(site))
            start_one(transport, site);
        make_ready(site);
        site->users--;
    }
    transport->pumping = false;
}

void site_add(struct site *site, struct job *job)
{
    struct transport *transport = site->transport;
    push_job(site, job);
    if (site_is_down(site)) {
        fail_queued(site);
        return;
    }
    make_ready(site);
    transport_pump(transport);
}

int64_t site_rest_ms(const struct qmgr_params *params, unsigned downs)
{
    int64_t rest = params->minimal_backoff_time;
    for (unsigned i = 1; i < downs && rest < params->maximal_backoff_time; i++)
        rest *= 2;
    if (rest > params->maximal_backoff_time)
        rest = params->maximal_backoff_time;
    return rest + (int64_t)(random_u64() % (uint64_t)(rest / 4 + 1));
}

static void take_down(struct site *site, const struct verdict *why)
{
    site->downs++;
    site->down = *why;
    site->down_until = deadline_in(site_rest_ms(site->transport->manager->params, site->downs));
    fail_queued(site);
}

/* Success opens the window by one for each full window of successes, recipients put off close it likewise; a
 * failure closes it by one, and failures that add up to a whole window mean that the site is down (reference:
 * Postfix's concurrency feedback, which does not heed 4yz). */
static void move_window(struct site *site, enum site_news news)
{
    double limit = (double)site->transport->params->concurrency_limit;
    double step = 1.0 / site->window;
    if (news == SITE_DOWN) {
        site->failed_cohorts += step;
        site->window -= 1;
    } else {
        site->failed_cohorts = 0;
        site->downs = 0;
        site->window += news == SITE_WELL ? step : -step;
    }
    site->window = site->window < 1 ? 1 : site->window > limit ? limit : site->window;
}

void site_feedback(struct site *site, enum site_news news, const struct verdict *why)
{
    struct transport *transport = site->transport;
    site->running--;
    transport->running--;
    site->users++;
    move_window(site, news);
    if (site->failed_cohorts >= (double)transport->params->failed_cohort_limit && !site->down_until)
        take_down(site, why);
    make_ready(site);
    site->users--;
    transport_pump(transport);
}

void sites_forgive(struct manager *manager)
{
    struct hash_walk walk = hash_walk_start(manager->sites);
    struct str key;
    struct site *site;
    while ((site = hash_walk_next(&walk, &key)))
        if (site->down_until)
            probe_first(site);
}
