/* SPDX-License-Identifier: BSD-2-Clause */
/* Sites: got, forgotten, windows, and what deliveries say of them. */
#include "qmgr/site.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"

enum { KEY_LIMIT = 64 * 1024 };

static struct site *site_create(struct transport *transport, struct str name)
{
    const struct qmgr_params *params = transport->params;
    int64_t most = params->concurrency_limit, first = params->initial_concurrency;
    struct site *site = memory_get(sizeof *site);
    char *copy = memory_get(name.len + 1);
    memcpy(copy, name.at, name.len);
    site->name = str_make(copy, name.len);
    site->transport = transport;
    site->tenants = hash_create();
    site->window = (double)(first < most ? first : most);
    return site;
}

struct site *site_get(struct transport *transport, struct str name)
{
    struct manager *manager = transport->manager;
    struct buf key;
    buf_init(&key, KEY_LIMIT);
    buf_printf(&key, "%s\t" STR_FMT, transport->name, STR_ARG(name));
    struct site *site = hash_get(manager->sites, buf_str(&key));
    if (!site) {
        if (hash_count(manager->sites) >= manager->sites_limit)
            sites_forget_idle(manager);
        site = site_create(transport, name);
        hash_put(manager->sites, buf_str(&key), site);
    }
    buf_finish(&key);
    return site;
}

static bool is_idle(const struct site *site)
{
    return !site->users && !site->running && !site->queued && !site->offered && !site->resting &&
           !site->failing && site->down_until <= time_monotonic_ms();
}

static void site_free(struct site *site)
{
    hash_destroy(site->tenants);
    free((void *)(uintptr_t)site->name.at);
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

/* --- up and down --- */

static void probe_first(struct site *site)
{
    site->down_until = 0;
    site->failed_cohorts = 0;
    site->window = 1;
}

bool site_is_down(struct site *site, int64_t now_ms)
{
    if (site->down_until > now_ms)
        return true;
    if (site->down_until)
        probe_first(site);
    return false;
}

void site_add(struct site *site, struct job *job)
{
    int64_t now = time_monotonic_ms();
    turns_queue(site, job);
    if (site_is_down(site, now)) {
        site_put_off(site);
        return;
    }
    turns_offer(site, now);
    transport_wake(site->transport);
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
    site->down_until = deadline_in(site_rest_ms(site->transport->params, site->downs));
    site_put_off(site);
}

/* Success opens the window by one for each full window of successes, recipients put off close it likewise; a
 * failure closes it by one, and failures that add up to a whole window mean that the site is down (reference:
 * Postfix's concurrency feedback, which does not heed 4yz). */
static void move_window(struct site *site, enum site_news news)
{
    double limit = (double)site->transport->params->concurrency_limit;
    double step = 1.0 / site->window;
    if (news == SITE_SILENT)
        return;
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
    const struct qmgr_params *params = transport->params;
    int64_t now = time_monotonic_ms();
    site->running--;
    transport->running--;
    move_window(site, news);
    if (params->rate_delay)
        site_rest(site, now + params->rate_delay);
    if (site->failed_cohorts >= (double)params->failed_cohort_limit && site->down_until <= now)
        take_down(site, why);
    turns_offer(site, now);
    transport_wake(transport);
    gate_wake(&transport->manager->quiet);
}

void sites_forgive(struct manager *manager)
{
    int64_t now = time_monotonic_ms();
    struct hash_walk walk = hash_walk_start(manager->sites);
    struct str key;
    struct site *site;
    while ((site = hash_walk_next(&walk, &key))) {
        if (!site->down_until)
            continue;
        probe_first(site);
        turns_offer(site, now);
        transport_wake(site->transport);
    }
}
