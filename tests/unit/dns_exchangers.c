/* SPDX-License-Identifier: BSD-2-Clause */
/* Which hosts take mail for a next hop, by a resolver that answers from a short table. */
#include "unit/test.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dns/dns_query.h"
#include "dns/exchangers.h"
#include "io/listen.h"
#include "io/task.h"
#include "wire/channel.h"

enum { SOON_MS = 10000 };

/* "preference name" words; no word: no data; NULL: no such name. */
static const struct zone_line {
    const char *domain, *hosts;
} zone[] = {
    {"lyon.example", "20 mx2.host.example 10 mx1.host.example"},
    {"nice.example", "5 mx1.host.example 7 mx2.host.example 9 mx1.host.example"},
    {"bare.example", ""},
    {"null.example", "0 ."},
    {"gone.example", NULL},
    {"ours.example", "10 mx1.host.example 20 MAIL.paris.example 20 mx2.host.example"},
    {"xn--mnchen-3ya.example", "10 mx.muenchen.example"},
    {"tie.example", "10 a.example 10 b.example 10 c.example 10 d.example"},
};

struct scene {
    char path[200];
    int listener;
    struct dns_client *dns;
    struct arena *arena;
    struct exchangers found;
    struct verdict verdict;
};

static void read_hosts(struct str rest, struct arena *arena, struct dns_answer *answer)
{
    struct str word;
    answer->records = arena_array(arena, 10, sizeof *answer->records);
    while (str_word(&rest, " ", &word)) {
        struct dns_record *record = &answer->records[answer->records_count++];
        CHECK(str_to_u64(word, &record->preference) && str_word(&rest, " ", &word));
        record->data = str_eq(word, STR(".")) ? STR("") : word;
    }
    answer->status = answer->records_count ? DNS_FOUND : DNS_NO_DATA;
}

static void answer_one(int fd, const struct packet *packet)
{
    struct arena *arena = arena_create(10000);
    struct dns_query query;
    struct dns_answer answer = {.status = DNS_TEMPORARY, .reason = STR("no servers")};
    CHECK(packet_decode(packet, &dns_query_message, arena, &query));
    CHECK_INT(query.type, DNS_MX);
    for (size_t i = 0; i < sizeof zone / sizeof zone[0]; i++) {
        if (!str_eq(query.name, str_of(zone[i].domain)))
            continue;
        answer = (struct dns_answer){.status = DNS_NO_NAME};
        if (zone[i].hosts)
            read_hosts(str_of(zone[i].hosts), arena, &answer);
    }
    CHECK(channel_send(fd, DNS_ANSWER, &dns_answer_message, &answer, NULL, 0, deadline_in(SOON_MS)));
    arena_destroy(arena);
}

static void resolver_task(void *arg)
{
    const struct scene *scene = arg;
    struct address peer;
    struct packet packet;
    packet_init(&packet);
    int fd = accept_one(scene->listener, &peer, deadline_in(SOON_MS));
    while (fd >= 0 && channel_receive(fd, &packet, deadline_in(SOON_MS)) == 1)
        answer_one(fd, &packet);
    packet_finish(&packet);
    io_close(fd);
}

static void run(void (*fn)(void *arg))
{
    struct scene scene = {.arena = arena_create(1 << 20)};
    struct loop *loop = loop_create();
    snprintf(scene.path, sizeof scene.path, "%s/resolver", test_directory());
    scene.listener = listen_unix(scene.path, SOCK_SEQPACKET, 0600);
    scene.dns = dns_client_create(scene.path);
    CHECK(task_start(loop, resolver_task, &scene) && task_start(loop, fn, &scene));
    loop_run(loop);
    loop_destroy(loop);
    close(scene.listener);
    unlink(scene.path);
    arena_destroy(scene.arena);
}

static bool find(struct scene *scene, const char *domain)
{
    return exchangers_find(scene->dns, str_of(domain), SOON_MS, scene->arena, &scene->found, &scene->verdict);
}

static void check_site(struct scene *scene, const char *domain, const char *wanted)
{
    struct buf name;
    buf_init(&name, 1000);
    CHECK(find(scene, domain) && exchangers_site(&scene->found, &name));
    CHECK_STR(buf_str(&name), wanted);
    buf_finish(&name);
}

static void look_for_hosts(void *arg)
{
    struct scene *scene = arg;
    CHECK(find(scene, "lyon.example"));
    CHECK_INT(scene->found.count, 2);
    CHECK_STR(scene->found.at[0].name, "mx1.host.example");
    CHECK_STR(scene->found.at[1].name, "mx2.host.example");
    CHECK(find(scene, "bare.example"));
    CHECK_INT(scene->found.count, 1);
    CHECK_STR(scene->found.at[0].name, "bare.example");
    CHECK(find(scene, "m\xc3\xbcnchen.example"));
    CHECK_STR(scene->found.at[0].name, "mx.muenchen.example");
    dns_client_destroy(scene->dns);
}

TEST(hosts_come_by_preference_or_are_the_domain_itself)
{
    run(look_for_hosts);
}

static void look_in_vain(void *arg)
{
    struct scene *scene = arg;
    CHECK(!find(scene, "null.example"));
    CHECK_INT(scene->verdict.code, 556);
    CHECK(scene->verdict.subject == 1 && scene->verdict.detail == 10);
    CHECK(!find(scene, "gone.example"));
    CHECK(scene->verdict.class == VERDICT_REJECT && scene->verdict.subject == 4);
    CHECK(!find(scene, "unanswered.example"));
    CHECK(scene->verdict.class == VERDICT_DEFER && scene->verdict.detail == 3);
    dns_client_destroy(scene->dns);
}

TEST(a_null_mx_and_a_missing_name_are_for_good_and_a_failure_is_for_now)
{
    run(look_in_vain);
}

static void find_ourselves(void *arg)
{
    struct scene *scene = arg;
    CHECK(find(scene, "ours.example"));
    CHECK_INT(exchangers_before(&scene->found, STR("mail.paris.example")), 1);
    CHECK_INT(exchangers_before(&scene->found, STR("mx1.host.example")), 0);
    CHECK_INT(exchangers_before(&scene->found, STR("elsewhere.example")), 3);
    dns_client_destroy(scene->dns);
}

TEST(what_is_not_better_than_ourselves_is_left_out)
{
    run(find_ourselves);
}

static void compare_sites(void *arg)
{
    struct scene *scene = arg;
    check_site(scene, "lyon.example", "mx1.host.example mx2.host.example");
    check_site(scene, "nice.example", "mx1.host.example mx2.host.example");
    check_site(scene, "bare.example", "bare.example");
    for (int i = 0; i < 10; i++)
        check_site(scene, "tie.example", "a.example b.example c.example d.example");
    struct buf small;
    buf_init(&small, 10);
    CHECK(!exchangers_site(&scene->found, &small));
    buf_finish(&small);
    dns_client_destroy(scene->dns);
}

TEST(domains_with_the_same_hosts_are_one_site_whatever_the_order)
{
    run(compare_sites);
}

TEST(next_hops_are_read_with_and_without_port_and_brackets)
{
    static const struct {
        const char *text, *host;
        unsigned port;
        bool exact;
    } good[] = {
        {"lyon.example", "lyon.example", 0, false},     {"lyon.example:2525", "lyon.example", 2525, false},
        {"[mx.example]", "mx.example", 0, true},        {"[mx.example]:25", "mx.example", 25, true},
        {"[IPv6:2001:db8::1]", "2001:db8::1", 0, true}, {"inet:lyon.example:24", "lyon.example", 24, false},
    };
    static const char *const bad[] = {"",        "[mx.example", "lyon.example:",  "lyon.example:0",
                                      "a:65536", "[]",          "[mx.example]25", ":25"};
    struct nexthop hop;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        CHECK(nexthop_read(str_of(good[i].text), &hop));
        CHECK_STR(hop.host, good[i].host);
        CHECK(hop.port == good[i].port && hop.exact == good[i].exact);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(!nexthop_read(str_of(bad[i]), &hop));
}
