/* SPDX-License-Identifier: BSD-2-Clause */
/* How sites learn, rest and are forgotten. */
#include "unit/test.h"

#include <stdio.h>

#include "qmgr/site.h"

static const struct qmgr_params params = {.minimal_backoff_time = 300000,
                                          .maximal_backoff_time = 4000000,
                                          .initial_concurrency = 5,
                                          .concurrency_limit = 20,
                                          .failed_cohort_limit = 1};

struct yard {
    struct manager manager;
    struct transport transport;
};

static void yard_open(struct yard *yard)
{
    *yard = (struct yard){
        .manager = {
            .params = &params, .sites = hash_create(), .sites_limit = SITES_KEPT, .resting = heap_create()}};
    yard->transport = (struct transport){.manager = &yard->manager,
                                         .name = (char *)(uintptr_t) "smtp",
                                         .params = &params,
                                         .tenants = hash_create()};
}

static void yard_close(struct yard *yard)
{
    struct hash_walk walk = hash_walk_start(yard->manager.sites);
    struct str key;
    for (struct site *site; (site = hash_walk_next(&walk, &key));)
        site->down_until = 0;
    sites_forget_idle(&yard->manager);
    CHECK_INT(hash_count(yard->manager.sites), 0);
    CHECK_INT(hash_count(yard->transport.tenants), 0);
    hash_destroy(yard->manager.sites);
    hash_destroy(yard->transport.tenants);
    heap_destroy(yard->manager.resting);
}

static void tell(struct site *site, enum site_news news)
{
    struct verdict why;
    verdict_set(&why, 451, "4.1", "connection refused");
    site->running++;
    site->transport->running++;
    site_feedback(site, news, &why);
}

TEST(a_site_rests_longer_each_time_it_is_down_within_limits)
{
    for (int i = 0; i < 100; i++) {
        int64_t first = site_rest_ms(&params, 1), third = site_rest_ms(&params, 3);
        int64_t last = site_rest_ms(&params, 4000000000U);
        CHECK(first >= 300000 && first <= 375000);
        CHECK(third >= 1200000 && third <= 1500000);
        CHECK(last >= 4000000 && last <= 5000000);
    }
}

TEST(failures_of_a_whole_window_take_a_site_down_and_a_delivery_forgives_all)
{
    struct yard yard;
    yard_open(&yard);
    struct site *site = site_get(&yard.transport, STR("lyon.example"));
    int failures = 0;
    while (!site->down_until && failures < 10) {
        tell(site, SITE_DOWN);
        failures++;
    }
    CHECK_INT(failures, 4); /* 1/5 + 1/4 + 1/3 + 1/2 */
    CHECK_INT(site->downs, 1);
    sites_forgive(&yard.manager);
    CHECK(site->down_until == 0 && site->window == 1); /* one message tries first */
    tell(site, SITE_DOWN);
    CHECK(site->down_until && site->downs == 2);
    sites_forgive(&yard.manager);
    tell(site, SITE_WELL);
    CHECK(!site->down_until && site->downs == 0 && site->window == 2);
    yard_close(&yard);
}

TEST(a_busy_site_gets_fewer_at_a_time_and_is_not_down)
{
    struct yard yard;
    yard_open(&yard);
    struct site *site = site_get(&yard.transport, STR("lyon.example"));
    for (int i = 0; i < 1000; i++)
        tell(site, SITE_BUSY);
    CHECK(site->window == 1 && !site->down_until);
    tell(site, SITE_SILENT); /* a delivery program that ended says nothing of the site */
    CHECK(site->window == 1);
    for (int i = 0; i < 1000; i++)
        tell(site, SITE_WELL);
    CHECK(site->window == 20);
    yard_close(&yard);
}

TEST(sites_of_the_past_are_forgotten_those_in_use_or_down_are_not)
{
    struct yard yard;
    char name[32];
    yard_open(&yard);
    struct site *used = site_get(&yard.transport, STR("used.example"));
    struct site *down = site_get(&yard.transport, STR("down.example"));
    used->users = 1;
    for (int i = 0; i < 4; i++)
        tell(down, SITE_DOWN);
    for (int i = 0; i < 5 * SITES_KEPT; i++) {
        snprintf(name, sizeof name, "%d.example", i);
        site_get(&yard.transport, str_of(name));
        CHECK(hash_count(yard.manager.sites) <= SITES_KEPT + 10);
    }
    CHECK(site_get(&yard.transport, STR("used.example")) == used);
    CHECK(site_get(&yard.transport, STR("down.example")) == down);
    used->users = 0;
    yard_close(&yard);
}
