/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose turn it is: tenants before sites, windows, rate delays. No time passes here but what is said. */
#include "unit/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "qmgr/site.h"

enum { JOBS = 4000, NOW = 1000 };

struct yard {
    struct manager manager;
    struct qmgr_params params;
    struct transport transport;
    struct message messages[JOBS];
    struct job jobs[JOBS];
    size_t count;
};

static struct yard *yard_open(void)
{
    struct yard *yard = calloc(1, sizeof *yard);
    yard->params = (struct qmgr_params){.minimal_backoff_time = 300000,
                                        .maximal_backoff_time = 4000000,
                                        .initial_concurrency = 5,
                                        .concurrency_limit = 20,
                                        .transport_limit = 10,
                                        .failed_cohort_limit = 1};
    yard->manager = (struct manager){
        .params = &yard->params, .sites = hash_create(), .sites_limit = SITES_KEPT, .resting = heap_create()};
    yard->transport = (struct transport){.manager = &yard->manager,
                                         .name = (char *)(uintptr_t) "smtp",
                                         .params = &yard->params,
                                         .tenants = hash_create()};
    return yard;
}

static void yard_close(struct yard *yard)
{
    CHECK_INT(hash_count(yard->transport.tenants), 0);
    sites_forget_idle(&yard->manager);
    CHECK_INT(hash_count(yard->manager.sites), 0);
    hash_destroy(yard->manager.sites);
    hash_destroy(yard->transport.tenants);
    heap_destroy(yard->manager.resting);
    free(yard);
}

static struct site *site_of(struct yard *yard, const char *name)
{
    return site_get(&yard->transport, str_of(name));
}

/* A message of this tenant for this site. */
static void add(struct yard *yard, const char *tenant, const char *site)
{
    struct job *job = &yard->jobs[yard->count];
    CHECK(yard->count < JOBS);
    job->message = &yard->messages[yard->count++];
    job->message->envelope.tenant = str_of(tenant);
    job->site = site_of(yard, site);
    site_add(job->site, job);
}

static void end(struct job *job)
{
    struct verdict why;
    verdict_set(&why, 250, "0.0", "ok");
    site_feedback(job->site, SITE_WELL, &why);
}

static struct job *next(struct yard *yard)
{
    return turns_next(&yard->transport, time_monotonic_ms());
}

/* Delivers all there is with the transport full all the time; the first letters of the tenants whose jobs
 * began, in order. */
static void deliver_all(struct yard *yard, char *order, size_t room)
{
    struct job *running[JOBS], *job;
    size_t from = 0, to = 0;
    for (;;) {
        while ((job = next(yard))) {
            if (to + 1 < room)
                order[to] = job->message->envelope.tenant.at[0];
            running[to++] = job;
        }
        CHECK(yard->transport.running <= (size_t)yard->params.transport_limit);
        if (from == to)
            break;
        end(running[from++]);
    }
    order[to < room ? to : room - 1] = '\0';
}

static size_t count_of(const char *order, char letter, size_t among)
{
    size_t count = 0;
    for (size_t i = 0; order[i] && i < among; i++)
        count += order[i] == letter;
    return count;
}

TEST(a_tenant_with_a_thousand_sites_does_not_crowd_out_one_with_one)
{
    struct yard *yard = yard_open();
    char order[2000], site[32];
    for (int i = 0; i < 1000; i++) {
        snprintf(site, sizeof site, "%d.example", i);
        add(yard, "many", site);
    }
    for (int i = 0; i < 100; i++)
        add(yard, "one", "lyon.example");
    deliver_all(yard, order, sizeof order);
    CHECK_INT(count_of(order, 'o', 2000), 100);
    CHECK_INT(count_of(order, 'm', 2000), 1000);
    /* One each in turn; at the beginning the window of the one's site is small, so a few more of the other.
     */
    CHECK(count_of(order, 'o', 100) >= 45);
    CHECK(count_of(order, 'o', 210) >= 98);
    yard_close(yard);
}

TEST(tenants_of_one_site_take_turns)
{
    struct yard *yard = yard_open();
    char order[200];
    for (int i = 0; i < 60; i++)
        add(yard, "a", "lyon.example");
    for (int i = 0; i < 3; i++)
        add(yard, "b", "lyon.example");
    add(yard, "c", "lyon.example");
    deliver_all(yard, order, sizeof order);
    CHECK_INT(count_of(order, 'b', 12), 3);
    CHECK_INT(count_of(order, 'c', 12), 1);
    CHECK_INT(count_of(order, 'a', 200), 60);
    yard_close(yard);
}

TEST(sites_of_one_tenant_take_turns)
{
    struct yard *yard = yard_open();
    struct job *started[10];
    for (int i = 0; i < 20; i++)
        add(yard, "a", "lyon.example");
    add(yard, "a", "nice.example");
    for (int i = 0; i < 10; i++)
        started[i] = next(yard);
    CHECK(started[0]->site == site_of(yard, "lyon.example"));
    CHECK(started[1]->site == site_of(yard, "nice.example"));
    CHECK_INT(site_of(yard, "lyon.example")->running, 5); /* its window */
    CHECK(!started[6]);
    for (int i = 0; i < 6; i++)
        end(started[i]);
    char order[200];
    deliver_all(yard, order, sizeof order);
    yard_close(yard);
}

TEST(a_full_transport_starts_nothing_and_a_full_site_holds_nobody_else)
{
    struct yard *yard = yard_open();
    struct job *started[12] = {NULL};
    for (int i = 0; i < 20; i++)
        add(yard, "a", "full.example");
    for (int i = 0; i < 5; i++)
        started[i] = next(yard);
    CHECK(started[4] && !next(yard));
    for (int i = 0; i < 7; i++)
        add(yard, "a", "free.example");
    for (int i = 5; i < 12; i++)
        started[i] = next(yard);
    CHECK(started[9] && !started[10]); /* ten of the transport */
    for (int i = 0; i < 10; i++)
        end(started[i]);
    char order[200];
    deliver_all(yard, order, sizeof order);
    CHECK_INT(count_of(order, 'a', 200), 17);
    yard_close(yard);
}

TEST(an_offer_goes_back_when_the_window_has_shrunk)
{
    struct yard *yard = yard_open();
    struct verdict why;
    yard->params.failed_cohort_limit = 1000;
    struct site *site = site_of(yard, "lyon.example");
    for (int i = 0; i < 5; i++)
        add(yard, i % 2 ? "a" : "b", "lyon.example");
    struct job *first = next(yard), *second = next(yard);
    CHECK(first && second && site->offered > 0);
    verdict_set(&why, 451, "4.1", "connection refused");
    site->window = 2;
    site_feedback(site, SITE_DOWN, &why); /* the first; the window is 1 now */
    CHECK(!next(yard));
    CHECK_INT(site->offered, 0);
    CHECK_INT(site->queued, 3);
    end(second);
    char order[20];
    deliver_all(yard, order, sizeof order);
    CHECK_INT(count_of(order, 'a', 20) + count_of(order, 'b', 20), 3);
    yard_close(yard);
}

TEST(with_a_rate_delay_one_goes_at_a_time_and_the_next_when_the_delay_is_over)
{
    struct yard *yard = yard_open();
    yard->params.rate_delay = 500;
    for (int i = 0; i < 3; i++)
        add(yard, "a", "slow.example");
    add(yard, "a", "other.example");
    struct job *first = next(yard), *other = next(yard);
    CHECK(first->site == site_of(yard, "slow.example") && other->site == site_of(yard, "other.example"));
    CHECK(!next(yard));
    int64_t before = time_monotonic_ms();
    end(first);
    CHECK(!next(yard));
    int64_t due = heap_first(yard->manager.resting)->key;
    CHECK(due >= before + 500 && due <= time_monotonic_ms() + 500);
    sites_wake(&yard->manager, due - 1);
    CHECK(!next(yard));
    sites_wake(&yard->manager, due);
    struct job *second = next(yard);
    CHECK(second && second->site == first->site && !next(yard));
    end(second);
    end(other);
    sites_wake(&yard->manager, INT64_MAX);
    end(next(yard));
    sites_wake(&yard->manager, INT64_MAX);
    CHECK_INT(heap_count(yard->manager.resting), 0);
    yard_close(yard);
}

TEST(a_transport_that_rests_starts_nothing_before_its_time)
{
    struct yard *yard = yard_open();
    add(yard, "a", "lyon.example");
    yard->transport.rest_until = NOW;
    CHECK(!turns_next(&yard->transport, NOW - 1));
    struct job *job = turns_next(&yard->transport, NOW);
    CHECK(job);
    end(job);
    yard_close(yard);
}

/* Takes a site down by as many failures as it wants. */
static void take_down(struct site *site)
{
    struct verdict why;
    verdict_set(&why, 451, "4.1", "connection refused");
    while (!site->down_until) {
        site->running++;
        site->transport->running++;
        site_feedback(site, SITE_DOWN, &why);
    }
}

TEST(jobs_of_a_site_that_went_down_are_put_off_and_not_tried)
{
    struct yard *yard = yard_open();
    struct site *site = site_of(yard, "lyon.example");
    for (int i = 0; i < 30; i++)
        add(yard, i % 3 ? "a" : "b", "lyon.example");
    CHECK(site->offered > 0);
    take_down(site);
    CHECK(!next(yard)); /* what was offered goes back */
    CHECK(yard->manager.failing == site);
    size_t count = 0;
    while (turns_withdraw(site))
        count++;
    CHECK_INT(count, 30);
    CHECK(!sites_fail_some(&yard->manager) && !site->failing);
    add(yard, "a", "lyon.example"); /* down still: it waits to be put off, not for a turn */
    CHECK(site->failing && !next(yard));
    CHECK(turns_withdraw(site) && !turns_withdraw(site));
    sites_forgive(&yard->manager);
    CHECK(!sites_fail_some(&yard->manager));
    yard_close(yard);
}

TEST(what_was_to_be_put_off_is_tried_when_the_site_is_forgiven_first)
{
    struct yard *yard = yard_open();
    struct site *site = site_of(yard, "lyon.example");
    for (int i = 0; i < 30; i++)
        add(yard, "a", "lyon.example");
    take_down(site);
    CHECK(!next(yard));
    sites_forgive(&yard->manager);
    CHECK(!sites_fail_some(&yard->manager));
    struct job *first = next(yard);
    CHECK(first && !next(yard)); /* one tries first */
    end(first);
    char order[100];
    deliver_all(yard, order, sizeof order);
    CHECK_INT(count_of(order, 'a', 100), 29);
    yard_close(yard);
}
