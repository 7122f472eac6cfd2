/* SPDX-License-Identifier: BSD-2-Clause */
/* Time in scheduling: sites that rest between two deliveries, and the jobs of sites that are down, which are
 * put off a few at a turn of the loop, so that a hundred thousand of them delay nobody. */
#include "qmgr/site.h"

enum { TURN_MS = 2, JOBS_BETWEEN_LOOKS = 8 };

void site_rest(struct site *site, int64_t until_ms)
{
    struct manager *manager = site->transport->manager;
    if (site->resting)
        heap_remove(manager->resting, &site->rest);
    site->resting = true;
    heap_add(manager->resting, &site->rest, until_ms);
    gate_wake(&manager->pace_changed);
}

void sites_wake(struct manager *manager, int64_t now_ms)
{
    struct heap_node *first;
    while ((first = heap_first(manager->resting)) && first->key <= now_ms) {
        struct site *site = (struct site *)first;
        heap_remove(manager->resting, first);
        site->resting = false;
        turns_offer(site, now_ms);
        transport_wake(site->transport);
    }
}

void site_put_off(struct site *site)
{
    struct manager *manager = site->transport->manager;
    if (site->failing || !site->line.first)
        return;
    site->failing = true;
    site->next = NULL;
    if (manager->failing_last)
        manager->failing_last->next = site;
    else
        manager->failing = site;
    manager->failing_last = site;
    gate_wake(&manager->pace_changed);
}

static struct site *take_failing(struct manager *manager)
{
    struct site *site = manager->failing;
    manager->failing = site->next;
    if (!manager->failing)
        manager->failing_last = NULL;
    site->failing = false;
    return site;
}

/* False when the site has no more, or is not down any longer. */
static bool fail_one(struct site *site)
{
    struct job *job = site_is_down(site, time_monotonic_ms()) ? turns_withdraw(site) : NULL;
    if (!job)
        return false;
    struct verdict why = site->down;
    job_fail(site->transport->manager, job, &why);
    return true;
}

bool sites_fail_some(struct manager *manager)
{
    int64_t end = deadline_in(TURN_MS);
    while (manager->failing && time_monotonic_ms() < end) {
        struct site *site = take_failing(manager);
        bool more = true;
        site->users++;
        for (int i = 0; i < JOBS_BETWEEN_LOOKS && more; i++)
            more = fail_one(site);
        if (more)
            site_put_off(site);
        else
            turns_offer(site, time_monotonic_ms());
        site->users--;
        transport_wake(site->transport);
    }
    return manager->failing != NULL;
}

void pace_task(void *arg)
{
    struct manager *manager = arg;
    while (!manager->ending) {
        sites_wake(manager, time_monotonic_ms());
        if (sites_fail_some(manager)) {
            task_yield();
            continue;
        }
        const struct heap_node *first = heap_first(manager->resting);
        gate_wait(&manager->pace_changed, first ? first->key : DEADLINE_NEVER);
    }
}
