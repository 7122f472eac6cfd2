/* SPDX-License-Identifier: BSD-2-Clause */
/* To which site a next hop's mail goes, with a DNS that answers when it is told to. */
#include "unit/test.h"

#include <stdlib.h>
#include <string.h>

#include "qmgr/nexthops.h"

enum { JOBS = 1000, SOON_MS = 10000 };

struct yard {
    struct manager manager;
    struct qmgr_params params;
    struct transport smtp, lmtp;
    struct message message;
    struct job jobs[JOBS];
    size_t count;
    struct loop *loop;
    struct gate answer; /* opened: questions are answered */
    bool answering;
    bool failing; /* the DNS does not answer */
    size_t asked, asking, most_asking;
};

/* Domains that begin with "hosted" share their hosts, "null" takes no mail, others are their own. */
static bool find(void *context, struct str domain, struct arena *arena, struct exchangers *exchangers,
                 struct verdict *verdict)
{
    struct yard *yard = context;
    yard->asked++;
    yard->asking++;
    if (yard->most_asking < yard->asking)
        yard->most_asking = yard->asking;
    while (!yard->answering)
        gate_wait(&yard->answer, deadline_in(SOON_MS));
    yard->asking--;
    if (yard->failing)
        return verdict_set(verdict, 451, "4.3", "no servers");
    if (str_starts(domain, STR("null")))
        return verdict_set(verdict, 556, "1.10", "null MX");
    exchangers->at = arena_array(arena, 2, sizeof exchangers->at[0]);
    exchangers->count = 2;
    bool hosted = str_starts(domain, STR("hosted"));
    exchangers->at[0] = (struct exchanger){.name = hosted ? STR("mx2.host.example") : domain};
    exchangers->at[1] = (struct exchanger){.name = hosted ? STR("mx1.host.example") : domain};
    return true;
}

static struct transport transport_of(struct yard *yard, const char *name, bool by_mx)
{
    return (struct transport){.manager = &yard->manager,
                              .name = (char *)(uintptr_t)name,
                              .params = &yard->params,
                              .by_mx = by_mx,
                              .tenants = hash_create()};
}

static void close_site(struct site *site)
{
    site->window = 0; /* what was offered goes back */
}

static void empty_site(struct site *site)
{
    while (turns_withdraw(site))
        continue;
    site->users = 0;
}

static void each_site(struct yard *yard, void (*fn)(struct site *site))
{
    struct hash_walk walk = hash_walk_start(yard->manager.sites);
    struct str key;
    for (struct site *site; (site = hash_walk_next(&walk, &key));)
        fn(site);
}

/* All jobs out of their queues, and all sites forgotten. */
static void clear(struct yard *yard)
{
    each_site(yard, close_site);
    CHECK(!turns_next(&yard->smtp, 0) && !turns_next(&yard->lmtp, 0));
    each_site(yard, empty_site);
    sites_forget_idle(&yard->manager);
    CHECK_INT(hash_count(yard->manager.sites), 0);
    CHECK_INT(hash_count(yard->smtp.tenants) + hash_count(yard->lmtp.tenants), 0);
}

static void run(void (*fn)(void *arg))
{
    struct yard *yard = calloc(1, sizeof *yard);
    yard->params =
        (struct qmgr_params){.initial_concurrency = 5, .concurrency_limit = 20, .transport_limit = 100};
    yard->loop = loop_create();
    yard->manager = (struct manager){.params = &yard->params,
                                     .loop = yard->loop,
                                     .sites = hash_create(),
                                     .sites_limit = SITES_KEPT,
                                     .resting = heap_create()};
    yard->manager.nexthops = nexthops_create(&yard->manager, find, yard);
    yard->smtp = transport_of(yard, "smtp", true);
    yard->lmtp = transport_of(yard, "lmtp", false);
    yard->answering = true;
    CHECK(task_start(yard->loop, fn, yard));
    loop_run(yard->loop);
    loop_destroy(yard->loop);
    clear(yard);
    nexthops_destroy(yard->manager.nexthops);
    hash_destroy(yard->manager.sites);
    hash_destroy(yard->smtp.tenants);
    hash_destroy(yard->lmtp.tenants);
    heap_destroy(yard->manager.resting);
    free(yard);
}

static struct job *place_by(struct yard *yard, struct transport *transport, const char *nexthop)
{
    struct job *job = &yard->jobs[yard->count++];
    *job = (struct job){.message = &yard->message, .transport = transport, .nexthop = str_of(nexthop)};
    nexthops_place(yard->manager.nexthops, job);
    return job;
}

static struct job *place(struct yard *yard, const char *nexthop)
{
    return place_by(yard, &yard->smtp, nexthop);
}

/* The name of the site, once that is known. */
static struct str site_of(const struct job *job)
{
    for (int i = 0; i < 1000 && !job->site; i++)
        task_yield();
    return job->site ? job->site->name : STR("(nowhere)");
}

static void place_domains(void *arg)
{
    struct yard *yard = arg;
    struct job *one = place(yard, "hosted1.example"), *two = place(yard, "Hosted2.Example");
    CHECK_STR(site_of(one), "mx1.host.example mx2.host.example");
    CHECK_STR(site_of(two), "mx1.host.example mx2.host.example");
    CHECK(one->site == two->site && one->site->queued == 2);
    CHECK_STR(site_of(place(yard, "lyon.example")), "lyon.example");
    CHECK_STR(site_of(place(yard, "hosted3.example:2525")), "mx1.host.example mx2.host.example:2525");
    CHECK_STR(site_of(place(yard, "null.example")), "null.example");
}

TEST(domains_with_the_same_hosts_share_a_site)
{
    run(place_domains);
}

static void place_others(void *arg)
{
    struct yard *yard = arg;
    yard->answering = false;
    CHECK_STR(site_of(place(yard, "[mx1.host.example]")), "[mx1.host.example]");
    CHECK_STR(site_of(place(yard, "192.0.2.1")), "192.0.2.1");
    CHECK_STR(site_of(place(yard, "unix:/run/sink")), "unix:/run/sink");
    CHECK_STR(site_of(place(yard, "")), "");
    CHECK_STR(site_of(place_by(yard, &yard->lmtp, "hosted1.example")), "hosted1.example");
    CHECK_INT(yard->asked, 0);
}

TEST(what_has_no_mail_exchangers_is_not_asked_for)
{
    run(place_others);
}

static void wait_for_one(void *arg)
{
    struct yard *yard = arg;
    CHECK_STR(site_of(place(yard, "lyon.example")), "lyon.example");
    yard->answering = false;
    struct job *first = place(yard, "slow.example"), *second = place(yard, "slow.example");
    task_yield();
    CHECK(!first->site && !second->site);
    CHECK(place(yard, "lyon.example")->site); /* known: at once */
    yard->answering = true;
    gate_wake_all(&yard->answer);
    CHECK_STR(site_of(second), "slow.example");
    CHECK(first->site == second->site);
    CHECK_INT(yard->asked, 2);
}

TEST(jobs_wait_for_their_next_hop_alone_which_is_asked_for_once)
{
    run(wait_for_one);
}

static void fail_then_answer(void *arg)
{
    struct yard *yard = arg;
    yard->failing = true;
    CHECK_STR(site_of(place(yard, "hosted1.example")), "hosted1.example");
    CHECK(place(yard, "hosted1.example")->site); /* for a while it is not asked for again */
    CHECK_INT(yard->asked, 1);
    yard->failing = false;
    nexthops_forget(yard->manager.nexthops); /* a flush */
    CHECK_INT(nexthops_count(yard->manager.nexthops), 0);
    CHECK_STR(site_of(place(yard, "hosted1.example")), "mx1.host.example mx2.host.example");
}

TEST(without_an_answer_a_next_hop_is_a_site_by_itself)
{
    run(fail_then_answer);
}

static void ask_for_many(void *arg)
{
    struct yard *yard = arg;
    static char names[500][32];
    yard->answering = false;
    for (int i = 0; i < 500; i++) {
        snprintf(names[i], sizeof names[i], "%d.example", i);
        place(yard, names[i]);
    }
    for (int i = 0; i < 20; i++)
        task_yield();
    CHECK_INT(yard->most_asking, NEXTHOPS_ASKED);
    yard->answering = true;
    gate_wake_all(&yard->answer);
    for (int i = 0; i < 500; i++)
        CHECK_STR(site_of(&yard->jobs[i]), names[i]);
    CHECK_INT(yard->asked, 500);
    CHECK_INT(yard->most_asking, NEXTHOPS_ASKED);
}

TEST(no_more_questions_are_asked_at_a_time_than_may_be)
{
    run(ask_for_many);
}

static void know_many(void *arg)
{
    struct yard *yard = arg;
    char name[32];
    for (int i = 0; i < 3 * NEXTHOPS_KEPT; i++) {
        snprintf(name, sizeof name, "%d.example", i);
        yard->count = 0;
        CHECK_STR(site_of(place(yard, name)), name);
        CHECK(nexthops_count(yard->manager.nexthops) <= NEXTHOPS_KEPT);
        clear(yard);
    }
}

TEST(answers_are_kept_in_a_bounded_number)
{
    run(know_many);
}
