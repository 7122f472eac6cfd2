/* SPDX-License-Identifier: BSD-2-Clause */
/* Which hosts are tried, in which order, how many, and whose word counts: RFC 5321 5.1, smtp_fallback_relay.
 */
#include "unit/smtp.h"

#include <unistd.h>

#define BEGIN  "< 220 mx\n> EHLO client.example.org\n< 250-mx\n< 250 PIPELINING\n"
#define GROUP  "> MAIL FROM:<marie@example.org>\n> RCPT TO:<jean@example.com>\n> DATA\n< 250 ok\n"
#define TAKEN  BEGIN GROUP "< 250 ok\n< 354 go on\n>>\n< 250 2.0.0 taken\n"
#define LATER  BEGIN GROUP "< 450 4.2.1 later\n< 503 5.5.1 nobody\n"
#define NEVER  BEGIN GROUP "< 550 5.1.1 never\n< 503 5.5.1 nobody\n"
#define CLOSED "= close\n"

/* The hosts of example.com are mx1 and mx2; relay.example.net stands beside them. */
static const struct record zone[] = {
    {"example.com", DNS_MX, DNS_FOUND, "mx1.example.com", 10},
    {"example.com", DNS_MX, DNS_FOUND, "mx2.example.com", 20},
    {"mx1.example.com", DNS_A, DNS_FOUND, "127.0.0.1", 0},
    {"mx2.example.com", DNS_A, DNS_FOUND, "127.0.0.2", 0},
    {"both.example", DNS_MX, DNS_FOUND, "mx1.example.com", 10},
    {"both.example", DNS_MX, DNS_FOUND, "mx1.example.com", 20},
    {"both.example", DNS_MX, DNS_FOUND, "mx2.example.com", 30},
    {"ours.example", DNS_MX, DNS_FOUND, "mx1.example.com", 10},
    {"ours.example", DNS_MX, DNS_FOUND, "client.example.org", 20},
    {"only-ours.example", DNS_MX, DNS_FOUND, "client.example.org", 20},
    {"null.example", DNS_MX, DNS_FOUND, "", 0},
    {"no-address.example", DNS_MX, DNS_FOUND, "nowhere.example", 0},
    {"trouble.example", DNS_MX, DNS_TEMPORARY, "", 0},
    {"relay.example.net", DNS_A, DNS_FOUND, "127.0.0.2", 0},
    {"dual.example", DNS_AAAA, DNS_FOUND, "::1", 0},
    {"dual.example", DNS_A, DNS_FOUND, "127.0.0.1", 0},
    {"six.example", DNS_AAAA, DNS_FOUND, "::1", 0},
    {"six.example", DNS_AAAA, DNS_FOUND, "::1", 0},
    {"six.example", DNS_AAAA, DNS_FOUND, "::1", 0},
    {"six.example", DNS_AAAA, DNS_FOUND, "::1", 0},
    {"six.example", DNS_AAAA, DNS_FOUND, "::1", 0},
    {"six.example", DNS_AAAA, DNS_FOUND, "::1", 0},
    {"six.example", DNS_A, DNS_FOUND, "127.0.0.1", 0},
    {NULL, 0, 0, NULL, 0},
};

struct town {
    struct office office;
    struct host one, two;
};

/* NULL: nobody listens there. */
static void town_open(struct town *town, const char *main_cf, const char *one, const char *two)
{
    uint16_t port = 0;
    for (int tries = 0; tries < 100; tries++) { /* for a port that is free on both addresses */
        struct address second;
        host_open(&town->one, "127.0.0.1", 0);
        port = town->one.port;
        CHECK(address_from_ip(STR("127.0.0.2"), port, &second));
        int fd = listen_inet(&second);
        if (fd >= 0)
            close(fd);
        if (fd >= 0)
            break;
        host_free(&town->one);
    }
    host_open(&town->two, "127.0.0.2", port);
    town->one.scripts[0] = one;
    town->two.scripts[0] = two;
    if (!one)
        host_close(&town->one);
    if (!two)
        host_close(&town->two);
    office_open(&town->office, main_cf, zone);
    town->office.client.port = port;
}

static void town_close(struct town *town)
{
    office_close(&town->office);
    host_free(&town->one);
    host_free(&town->two);
}

static void check_sent(const char *main_cf, const char *nexthop, const char *one, const char *two,
                       const char *said)
{
    struct town town;
    town_open(&town, main_cf, one, two);
    office_send(&town.office, nexthop, "jean@example.com");
    CHECK_SAID(&town.office, 0, said);
    town_close(&town);
}

TEST(the_best_host_is_tried_first)
{
    check_sent("", "example.com", TAKEN, NULL, "250 2.0.0 taken");
}

TEST(the_next_host_is_tried_when_the_first_cannot_be_reached_or_will_not_talk)
{
    check_sent("", "example.com", NULL, TAKEN, "250 2.0.0 taken");
    check_sent("", "example.com", CLOSED, TAKEN, "250 2.0.0 taken");
    check_sent("", "example.com", "< 421 busy\n", TAKEN, "250 2.0.0 taken");
    check_sent("", "example.com", "< 554 not you\n", TAKEN, "250 2.0.0 taken");
    check_sent("", "example.com", BEGIN CLOSED, TAKEN, "250 2.0.0 taken");
    check_sent("", "example.com", BEGIN GROUP CLOSED, TAKEN, "250 2.0.0 taken");
}

TEST(the_next_host_is_tried_when_the_first_says_later)
{
    check_sent("", "example.com", LATER, TAKEN, "250 2.0.0 taken");
    check_sent("", "example.com", BEGIN GROUP "< 250 ok\n< 354 go\n>>\n< 451 4.3.0 disk\n", TAKEN,
               "250 2.0.0 taken");
}

TEST(a_final_no_is_final)
{
    check_sent("", "example.com", NEVER, NULL, "550 5.1.1 never");
    check_sent("smtp_skip_5xx_greeting = no\n", "example.com", "< 554 5.7.1 not you\n", NULL,
               "554 5.7.1 not you");
}

TEST(what_a_host_may_have_taken_is_not_sent_to_the_next_at_once)
{
    check_sent("", "example.com", BEGIN GROUP "< 250 ok\n< 354 go\n>>\n= close\n", NULL,
               "421 4.4.2 lost connection with mx1.example.com[127.0.0.1] while sending end of data -- "
               "message may be "
               "sent more than once");
}

TEST(a_hosts_word_says_more_than_the_next_ones_silence)
{
    check_sent("", "example.com", LATER, NULL, "450 4.2.1 later");
    check_sent("", "example.com", LATER, CLOSED, "450 4.2.1 later");
}

TEST(only_who_needs_it_is_sent_to_the_next_host)
{
    struct town town;
    town_open(
        &town, "",
        BEGIN
        "> MAIL FROM:<marie@example.org>\n> RCPT TO:<anne@example.com>\n> RCPT TO:<jean@example.com>\n"
        "> RCPT TO:<paul@example.com>\n> DATA\n< 250 ok\n< 250 ok\n< 450 4.2.1 later\n< 550 5.1.1 never\n"
        "< 354 go on\n>>\n< 250 2.0.0 one\n",
        TAKEN);
    office_send(&town.office, "example.com", "anne@example.com jean@example.com paul@example.com");
    CHECK_SAID(&town.office, 0, "250 2.0.0 one");
    CHECK_SAID(&town.office, 1, "250 2.0.0 taken");
    CHECK_SAID(&town.office, 2, "550 5.1.1 never");
    CHECK(office_logged(&town.office,
                        "ID: host mx1.example.com[127.0.0.1] said: 450 4.2.1 later (in reply to RCPT TO "
                        "command)"));
    CHECK(office_logged(&town.office, "to=<anne@example.com>, relay=mx1.example.com[127.0.0.1]:"));
    CHECK(office_logged(&town.office, "to=<jean@example.com>, relay=mx2.example.com[127.0.0.2]:"));
    town_close(&town);
}

TEST(no_more_sessions_and_addresses_are_tried_than_the_limits_say)
{
    check_sent("smtp_mx_session_limit = 1\n", "example.com", LATER, NULL, "450 4.2.1 later");
    check_sent("smtp_mx_session_limit = 1\n", "example.com", NULL, TAKEN, "250 2.0.0 taken");
    check_sent("smtp_mx_address_limit = 1\n", "example.com", LATER, NULL, "450 4.2.1 later");
}

/* Nobody listens on ::1, and the log tells whether it was tried. */
static void check_family(const char *main_cf, bool v6)
{
    struct town town;
    town_open(&town, main_cf, TAKEN, NULL);
    office_send(&town.office, "dual.example", "jean@example.com");
    CHECK_SAID(&town.office, 0, "250 2.0.0 taken");
    CHECK((str_find_str(office_log(&town.office), STR("connect to dual.example[::1]:")) != SIZE_MAX) == v6);
    town_close(&town);
}

TEST(addresses_of_the_family_that_is_preferred_are_tried_first)
{
    check_family("", true);
    check_family("smtp_address_preference = ipv6\n", true);
    check_family("smtp_address_preference = ipv4\n", false);
    check_family("inet_protocols = ipv4\n", false);
}

/* six.example has six addresses that nobody listens on, and one of the other family. */
TEST(both_families_are_among_the_addresses_that_are_tried)
{
    struct town town;
    check_sent("", "six.example", TAKEN, NULL, "250 2.0.0 taken");
    check_sent("smtp_mx_address_limit = 2\n", "six.example", TAKEN, NULL, "250 2.0.0 taken");
    town_open(&town, "smtp_balance_inet_protocols = no\n", NULL, NULL);
    office_send(&town.office, "six.example", "jean@example.com");
    CHECK(str_find_str(office_log(&town.office), STR("connect to six.example[127.0.0.1]:")) == SIZE_MAX);
    CHECK_INT(town.office.answer.outcomes[0].class, VERDICT_DEFER);
    town_close(&town);
}

/* --- destinations without hosts --- */

TEST(destinations_without_hosts_are_refused_or_put_off)
{
    check_sent("", "null.example", NULL, NULL,
               "556 5.1.10 Domain null.example does not accept mail (nullMX)");
    check_sent("", "only-ours.example", NULL, NULL,
               "550 5.4.6 mail for only-ours.example loops back to myself");
    check_sent("", "unknown.example", NULL, NULL,
               "550 5.4.4 Host or domain name not found. Name service error for name=unknown.example "
               "type=MX: Host not "
               "found");
    check_sent("", "no-address.example", NULL, NULL,
               "550 5.4.4 No address of a mail host of no-address.example is known");
    check_sent(
        "", "trouble.example", NULL, NULL,
        "451 4.4.3 Host or domain name not found. Name service error for name=trouble.example type=MX: ");
}

#define OURS                                                                                                 \
    "< 220 mx\n> EHLO client.example.org\n< 250-Client.Example.Org at your service\n< 250 PIPELINING\n"

TEST(a_host_that_has_our_name_is_ourselves_whatever_the_DNS_calls_it)
{
    check_sent("", "example.com", OURS, NULL, "550 5.4.6 mail for example.com loops back to myself");
    check_sent("", "[127.0.0.1]", OURS, NULL, "550 5.4.6 mail for [127.0.0.1] loops back to myself");
}

/* Behind a filter on another port we take mail again. */
TEST(at_a_port_that_was_named_a_host_may_have_our_name)
{
    struct office office;
    struct host host;
    host_open(&host, "127.0.0.1", 0);
    host.scripts[0] = OURS GROUP "< 250 ok\n< 354 go on\n>>\n< 250 2.0.0 taken\n";
    office_open(&office, "", zone);
    office_send_to(&office, &host, "jean@example.com");
    CHECK_SAID(&office, 0, "250 2.0.0 taken");
    office_close(&office);
    host_free(&host);
}

/* The program gives a request no more memory than this. */
TEST(a_zone_of_any_size_fits_in_the_memory_of_a_request)
{
    enum { HOSTS = 90, COPIES = 3000, REQUEST_MEMORY = 4 << 20 };
    static char names[HOSTS][40];
    static struct record large[2 * HOSTS + 1];
    struct office office;
    for (size_t i = 0; i < HOSTS; i++) {
        snprintf(names[i], sizeof names[i], "mx%zu.large.example", i);
        large[2 * i] = (struct record){"large.example", DNS_MX, DNS_FOUND, names[i], i};
        large[2 * i + 1] = (struct record){names[i], DNS_A, DNS_FOUND, "127.0.0.1", COPIES};
    }
    office_open(&office, "smtp_tcp_port = 1\n", large);
    office.client.port = 1;
    struct arena *outer = office.arena;
    office.arena = arena_create(REQUEST_MEMORY);
    office_send(&office, "large.example", "jean@example.com");
    CHECK_INT(office.answer.outcomes[0].class, VERDICT_DEFER);
    CHECK(office_logged(&office, "connect to mx0.large.example[127.0.0.1]:1: Connection refused"));
    arena_destroy(office.arena);
    office.arena = outer;
    office_close(&office);
}

/* --- smtp_fallback_relay --- */

static const char fallback[] = "smtp_fallback_relay = unknown.example, relay.example.net\n";

TEST(the_fallback_relay_takes_what_the_destination_cannot)
{
    check_sent(fallback, "mx1.example.com", NULL, TAKEN, "250 2.0.0 taken");
    check_sent(fallback, "mx1.example.com", LATER, TAKEN, "250 2.0.0 taken");
    check_sent(fallback, "trouble.example", NULL, TAKEN, "250 2.0.0 taken");
    check_sent(fallback, "unknown.example", NULL, TAKEN, "250 2.0.0 taken");
}

TEST(the_fallback_relay_is_not_asked_about_a_final_no)
{
    check_sent(fallback, "mx1.example.com", NEVER, NULL, "550 5.1.1 never");
    check_sent(fallback, "null.example", NULL, NULL,
               "556 5.1.10 Domain null.example does not accept mail (nullMX)");
}

TEST(the_fallback_relay_is_not_used_for_a_destination_we_are_a_host_of)
{
    check_sent(fallback, "ours.example", LATER, NULL, "450 4.2.1 later");
    check_sent(fallback, "only-ours.example", NULL, NULL,
               "550 5.4.6 mail for only-ours.example loops back to myself");
}

TEST(mail_is_not_returned_because_the_fallback_relay_is_down)
{
    struct town town;
    town_open(&town, fallback, NULL, NULL);
    office_send(&town.office, "unknown.example", "jean@example.com");
    CHECK_INT(town.office.answer.outcomes[0].class, VERDICT_DEFER);
    town_close(&town);
}
