/* SPDX-License-Identifier: BSD-2-Clause */
/* Routing: classes of domains, who exists, what stands for what within which limits, and which way out. */
#include "unit/test.h"

#include "conf/params.h"
#include "route/params.h"
#include "route/router.h"

/* A town: parameters in words, all else as if main.cf said nothing. */
struct town {
    struct conf_params conf;
    struct route_params params;
    struct router *router;
    struct arena *arena;
    struct verdict verdict;
};

static struct town town_of_defaults(void)
{
    return (struct town){
        .conf = {.myhostname = STR("mx.paris.example"),
                 .myorigin = STR("paris.example"),
                 .mydestination = STR("mx.paris.example, localhost"),
                 .virtual_alias_domains = STR("alias.example"),
                 .virtual_mailbox_domains = STR("paris.example"),
                 .relay_domains = STR("relay.example"),
                 .recipient_delimiter = STR("+")},
        .params = {.default_transport = STR("smtp"),
                   .relay_transport = STR("relay"),
                   .local_transport = STR("local:mx.paris.example"),
                   .virtual_transport = STR("virtual"),
                   .propagate_unmatched = STR("canonical, virtual"),
                   .expansion_limit = 1000,
                   .recursion_limit = 1000},
    };
}

static void town_open(struct town *town)
{
    town->arena = arena_create(4 << 20);
    town->verdict = (struct verdict){.class = VERDICT_OK};
    town->router = router_create(&town->conf, &town->params, &town->verdict);
    if (!town->router)
        test_failed(__FILE__, __LINE__, "not opened: %s", town->verdict.text);
}

static void town_close(struct town *town)
{
    router_destroy(town->router);
    arena_destroy(town->arena);
}

static void check_verdict(const struct town *town, int code, const char *status)
{
    char text[12];
    CHECK_INT(town->verdict.code, code);
    CHECK_STR(str_of(verdict_status(&town->verdict, text)), status);
}

/* --- classes --- */

static void check_class(struct town *town, const char *domain, enum route_class wanted)
{
    enum route_class class;
    CHECK(router_class(town->router, str_of(domain), &class, &town->verdict));
    if (class != wanted)
        test_failed(__FILE__, __LINE__, "%s is of class %d, not %d", domain, (int)class, (int)wanted);
}

TEST(a_domain_has_the_class_of_the_list_it_is_in)
{
    struct town town = town_of_defaults();
    town_open(&town);
    check_class(&town, "localhost", ROUTE_LOCAL);
    check_class(&town, "", ROUTE_LOCAL);
    check_class(&town, "alias.example", ROUTE_VIRTUAL_ALIAS);
    check_class(&town, "paris.example", ROUTE_VIRTUAL_MAILBOX);
    check_class(&town, "relay.example", ROUTE_RELAY);
    check_class(&town, "elsewhere.example", ROUTE_DEFAULT);
    check_class(&town, "[192.0.2.1]", ROUTE_DEFAULT);
    town_close(&town);
}

/* parent_domain_matches_subdomains has relay_domains in it, and not the others. */
TEST(only_relay_domains_have_their_subdomains_with_them)
{
    struct town town = town_of_defaults();
    town_open(&town);
    check_class(&town, "a.b.relay.example", ROUTE_RELAY);
    check_class(&town, "notrelay.example", ROUTE_DEFAULT);
    check_class(&town, "sub.paris.example", ROUTE_DEFAULT);
    check_class(&town, "sub.alias.example", ROUTE_DEFAULT);
    town_close(&town);
}

TEST(of_two_lists_local_goes_before_alias_mailbox_and_relay)
{
    struct town town = town_of_defaults();
    town.conf.mydestination = STR("one.example");
    town.conf.virtual_alias_domains = STR("one.example, two.example");
    town.conf.virtual_mailbox_domains = STR("two.example, three.example");
    town.conf.relay_domains = STR("three.example, example");
    town_open(&town);
    check_class(&town, "one.example", ROUTE_LOCAL);
    check_class(&town, "two.example", ROUTE_VIRTUAL_ALIAS);
    check_class(&town, "three.example", ROUTE_VIRTUAL_MAILBOX);
    check_class(&town, "four.example", ROUTE_RELAY);
    town_close(&town);
}

TEST(a_list_that_cannot_be_asked_is_a_temporary_verdict)
{
    struct town town = town_of_defaults();
    enum route_class class;
    town.conf.virtual_mailbox_domains = STR("paris.example, fail:broken");
    town_open(&town);
    check_class(&town, "paris.example", ROUTE_VIRTUAL_MAILBOX);
    CHECK(!router_class(town.router, STR("elsewhere.example"), &class, &town.verdict));
    CHECK(town.verdict.class == VERDICT_DEFER);
    town_close(&town);
}

TEST(a_table_of_no_known_type_opens_no_router)
{
    struct town town = town_of_defaults();
    town.conf.virtual_alias_maps = STR("nosuchtype:/file");
    CHECK(router_create(&town.conf, &town.params, &town.verdict) == NULL);
    CHECK(town.verdict.text[0] != '\0');
    town = town_of_defaults();
    town.conf.mydestination = STR("300.1.1.1/99");
    struct router *router = router_create(&town.conf, &town.params, &town.verdict);
    router_destroy(router);
    router_destroy(NULL);
}

/* --- who exists --- */

static void check_known(struct town *town, const char *address, bool wanted)
{
    enum route_class class;
    struct str text = str_of(address);
    size_t at = str_find_last(text, '@');
    bool known;
    CHECK(router_class(town->router, at == SIZE_MAX ? STR("") : str_from(text, at + 1), &class,
                       &town->verdict));
    if (!router_recipient_known(town->router, text, class, &known, &town->verdict))
        test_failed(__FILE__, __LINE__, "%s: %s", address, town->verdict.text);
    else if (known != wanted)
        test_failed(__FILE__, __LINE__, "%s is %s", address, known ? "known" : "not known");
}

TEST(a_mailbox_exists_with_any_extension_and_case_of_its_domain)
{
    struct town town = town_of_defaults();
    town.conf.virtual_mailbox_maps = STR("inline:{ marie@paris.example=x }");
    town_open(&town);
    check_known(&town, "marie@paris.example", true);
    check_known(&town, "marie+lists@paris.example", true);
    check_known(&town, "jean@paris.example", false);
    check_known(&town, "+lists@paris.example", false);
    check_known(&town, "marie@paris.example.example", true); /* everybody else's */
    town_close(&town);
}

TEST(without_a_delimiter_an_extension_is_part_of_the_name)
{
    struct town town = town_of_defaults();
    town.conf.recipient_delimiter = STR("");
    town.conf.virtual_mailbox_maps = STR("inline:{ marie@paris.example=x }");
    town_open(&town);
    check_known(&town, "marie+lists@paris.example", false);
    town_close(&town);
}

TEST(any_of_several_delimiters_divides)
{
    struct town town = town_of_defaults();
    town.conf.recipient_delimiter = STR("+-");
    town.conf.virtual_mailbox_maps = STR("inline:{ marie@paris.example=x, jean+paul@paris.example=x }");
    town_open(&town);
    check_known(&town, "marie-lists@paris.example", true);
    check_known(&town, "marie+a-b@paris.example", true);
    check_known(&town, "jean+paul@paris.example", true);
    check_known(&town, "jean@paris.example", false);
    town_close(&town);
}

TEST(a_catch_all_makes_everybody_known)
{
    struct town town = town_of_defaults();
    town.conf.virtual_mailbox_maps = STR("inline:{ @paris.example=x }");
    town_open(&town);
    check_known(&town, "anybody@paris.example", true);
    town_close(&town);
}

TEST(an_alias_is_known_in_every_class)
{
    struct town town = town_of_defaults();
    town.conf.virtual_mailbox_maps = STR("inline:{ marie@paris.example=x }");
    town.conf.virtual_alias_maps =
        STR("inline:{ info@paris.example=marie@paris.example, a@alias.example=b@else.example, "
            "r@relay.example=b@else.example, root=marie@paris.example }");
    town.params.relay_recipient_maps = STR("inline:{ s@relay.example=x }");
    town.params.local_recipient_maps = STR("inline:{ daemon=x }");
    town_open(&town);
    check_known(&town, "info@paris.example", true);
    check_known(&town, "a@alias.example", true);
    check_known(&town, "nobody@alias.example", false);
    check_known(&town, "r@relay.example", true);
    check_known(&town, "s@relay.example", true);
    check_known(&town, "t@relay.example", false);
    check_known(&town, "root@localhost", true);
    check_known(&town, "daemon@mx.paris.example", true);
    check_known(&town, "stranger@localhost", false);
    town_close(&town);
}

TEST(empty_tables_of_relay_and_local_recipients_take_everybody)
{
    struct town town = town_of_defaults();
    town_open(&town);
    check_known(&town, "anybody@relay.example", true);
    check_known(&town, "anybody@sub.relay.example", true);
    check_known(&town, "anybody@localhost", true);
    check_known(&town, "anybody@alias.example", false);
    check_known(&town, "anybody@paris.example", false);
    check_known(&town, "anybody@elsewhere.example", true);
    town_close(&town);
}

static void check_not_known_now(struct town *town, const char *address, enum route_class class)
{
    bool known = true;
    town->verdict.class = VERDICT_OK;
    CHECK(!router_recipient_known(town->router, str_of(address), class, &known, &town->verdict));
    CHECK(town->verdict.class == VERDICT_DEFER);
}

TEST(a_table_that_cannot_be_asked_says_neither_yes_nor_no)
{
    struct town town = town_of_defaults();
    town.conf.virtual_mailbox_maps = STR("inline:{ marie@paris.example=x } fail:broken");
    town.params.relay_recipient_maps = STR("fail:broken");
    town.params.local_recipient_maps = STR("fail:broken");
    town_open(&town);
    check_known(&town, "marie@paris.example", true); /* the first hit wins */
    check_not_known_now(&town, "jean@paris.example", ROUTE_VIRTUAL_MAILBOX);
    check_not_known_now(&town, "a@relay.example", ROUTE_RELAY);
    check_not_known_now(&town, "a@localhost", ROUTE_LOCAL);
    town_close(&town);
    town = town_of_defaults();
    town.conf.virtual_alias_maps = STR("fail:broken");
    town.conf.virtual_mailbox_maps = STR("inline:{ marie@paris.example=x }");
    town_open(&town);
    check_not_known_now(&town, "marie@paris.example", ROUTE_VIRTUAL_MAILBOX);
    town_close(&town);
}

/* Whether a bare name in the table is meant depends on mydestination: when that cannot be asked, nobody
 * knows. */
TEST(a_mydestination_that_cannot_be_asked_is_no_guess_for_tables)
{
    struct town town = town_of_defaults();
    town.conf.mydestination = STR("fail:broken");
    town.conf.virtual_alias_maps = STR("inline:{ root=marie@paris.example }");
    town_open(&town);
    check_not_known_now(&town, "root@mx.paris.example", ROUTE_VIRTUAL_MAILBOX);
    town_close(&town);
}

/* --- what stands for what --- */

/* The addresses that come out, with blanks between; "refused" when a limit or a table refused. */
static struct str expand(struct town *town, const char *address)
{
    struct recipient given = {.address = str_of(address), .notify = 4};
    struct route_expansion expansion = {.arena = town->arena};
    struct buf all;
    if (!router_expand(town->router, &given, &expansion, &town->verdict))
        return STR("refused");
    route_expansion_end(&expansion);
    buf_init(&all, 1 << 20);
    for (size_t i = 0; i < expansion.count; i++) {
        CHECK_INT(expansion.rcpts[i].index, i);
        CHECK_INT(expansion.rcpts[i].notify, 4);
        buf_printf(&all, "%s" STR_FMT, i ? " " : "", STR_ARG(expansion.rcpts[i].address));
    }
    struct str copy = arena_copy(town->arena, buf_str(&all));
    buf_finish(&all);
    return copy;
}

static void check_expansion(const char *table, const char *address, const char *wanted)
{
    struct town town = town_of_defaults();
    town.conf.virtual_alias_maps = str_of(table);
    town_open(&town);
    CHECK_STR(expand(&town, address), wanted);
    town_close(&town);
}

TEST(an_address_without_an_entry_stands_for_itself)
{
    check_expansion("", "a@paris.example", "a@paris.example");
    check_expansion("inline:{ b@paris.example=c@else.example }", "a@paris.example", "a@paris.example");
}

TEST(aliases_are_followed_to_the_end)
{
    check_expansion("inline:{ a@paris.example=b@paris.example, b@paris.example=c@else.example }",
                    "a@paris.example", "c@else.example");
    check_expansion("inline:{ { a@paris.example = b@x.example, c@y.example d@z.example } }",
                    "a@paris.example", "b@x.example c@y.example d@z.example");
}

TEST(a_name_without_domain_gets_myorigin)
{
    check_expansion("inline:{ a@paris.example=marie }", "a@paris.example", "marie@paris.example");
    check_expansion("inline:{ root=marie@else.example }", "root@localhost", "marie@else.example");
    check_expansion("inline:{ root=marie@else.example }", "root@else.example", "root@else.example");
}

TEST(a_domain_may_stand_for_another)
{
    check_expansion("inline:{ @alias.example=@else.example }", "a@alias.example", "a@else.example");
    check_expansion("inline:{ @alias.example=catch@else.example }", "a+b@alias.example",
                    "catch@else.example");
}

/* virtual(5): user+ext, then user, then @domain. */
TEST(the_most_exact_key_wins)
{
    const char *table = "inline:{ a+x@alias.example=one@e.example, a@alias.example=two@e.example, "
                        "@alias.example=three@e.example }";
    check_expansion(table, "a+x@alias.example", "one@e.example");
    check_expansion(table, "a+y@alias.example", "two+y@e.example");
    check_expansion(table, "a@alias.example", "two@e.example");
    check_expansion(table, "b@alias.example", "three@e.example");
}

TEST(an_extension_goes_along_once_when_only_the_domain_changes)
{
    check_expansion("inline:{ a@alias.example=@else.example }", "a+x@alias.example", "a+x@else.example");
}

TEST(an_extension_goes_along_only_where_it_was_told_to)
{
    struct town town = town_of_defaults();
    town.params.propagate_unmatched = STR("canonical");
    town.conf.virtual_alias_maps = STR("inline:{ a@alias.example=b@e.example }");
    town_open(&town);
    CHECK_STR(expand(&town, "a+x@alias.example"), "b@e.example");
    town_close(&town);
}

TEST(an_address_may_stand_for_itself_and_others)
{
    check_expansion("inline:{ { a@paris.example = a@paris.example, copy@e.example } }", "a@paris.example",
                    "a@paris.example copy@e.example");
}

/* Two colleagues who each want a copy of the other's mail. */
TEST(two_that_stand_for_themselves_and_each_other_are_no_loop)
{
    const char *table = "inline:{ { a@paris.example = a@paris.example, b@paris.example }, "
                        "{ b@paris.example = b@paris.example, a@paris.example } }";
    check_expansion(table, "a@paris.example", "a@paris.example b@paris.example");
    check_expansion(table, "b@paris.example", "b@paris.example a@paris.example");
}

TEST(everybody_comes_out_once)
{
    check_expansion("inline:{ { a@paris.example = b@e.example, B@E.EXAMPLE, c@e.example, b@e.example } }",
                    "a@paris.example", "b@e.example c@e.example");
}

static void check_refused(struct town *town, const char *address)
{
    CHECK_STR(expand(town, address), "refused");
    check_verdict(town, 554, "5.4.6");
}

TEST(a_loop_is_refused)
{
    struct town town = town_of_defaults();
    town.conf.virtual_alias_maps =
        STR("inline:{ a@paris.example=b@paris.example, b@paris.example=a@paris.example }");
    town_open(&town);
    check_refused(&town, "a@paris.example");
    town_close(&town);
}

/* Each stands for two more: without a limit there would be 2^50. */
TEST(a_table_that_doubles_at_each_step_is_refused_at_the_limit)
{
    struct town town = town_of_defaults();
    struct buf table;
    buf_init(&table, 100000);
    buf_add_text(&table, "inline:{ ");
    for (int i = 0; i < 50; i++)
        buf_printf(&table, "%s{ n%d@paris.example = n%d@paris.example, n%d+x@paris.example }", i ? ", " : "",
                   i, i + 1, i + 1);
    buf_add_text(&table, " }");
    town.conf.virtual_alias_maps = buf_str(&table);
    town_open(&town);
    check_refused(&town, "n0@paris.example");
    town_close(&town);
    buf_finish(&table);
}

TEST(the_limits_of_depth_and_size_are_exact)
{
    struct town town = town_of_defaults();
    town.params.recursion_limit = 3;
    town.params.expansion_limit = 3;
    town.conf.virtual_alias_maps =
        STR("inline:{ a@p.example=b@p.example, b@p.example=c@p.example, c@p.example=d@p.example, "
            "{ three@p.example = 1@e.example, 2@e.example, 3@e.example }, "
            "{ four@p.example = 1@e.example, 2@e.example, 3@e.example, 4@e.example } }");
    town_open(&town);
    CHECK_STR(expand(&town, "b@p.example"), "d@p.example");
    check_refused(&town, "a@p.example");
    check_refused(&town, "four@p.example");
    town_close(&town);
    town.params.expansion_limit = 4;
    town_open(&town);
    CHECK_STR(expand(&town, "three@p.example"), "1@e.example 2@e.example 3@e.example");
    town_close(&town);
}

/* --- postmaster: RFC 5321 4.5.1 --- */

TEST(each_of_our_domains_has_a_postmaster)
{
    struct town town = town_of_defaults();
    town.conf.myorigin = STR("mx.paris.example");
    town.conf.virtual_mailbox_maps = STR("inline:{ marie@paris.example=x }");
    town.params.relay_recipient_maps = STR("inline:{ a@relay.example=x }");
    town.params.local_recipient_maps = STR("inline:{ root=x }");
    town_open(&town);
    check_known(&town, "postmaster@paris.example", true);
    check_known(&town, "PostMaster@alias.example", true);
    check_known(&town, "postmaster@relay.example", true);
    check_known(&town, "postmaster@mx.paris.example", true);
    check_known(&town, "postmaster", true);
    check_known(&town, "postmasters@paris.example", false);
    check_known(&town, "\"post master\"@paris.example", false);
    CHECK_STR(expand(&town, "PostMaster@alias.example"), "postmaster@mx.paris.example");
    CHECK_STR(expand(&town, "postmaster@paris.example"), "postmaster@mx.paris.example");
    CHECK_STR(expand(&town, "postmaster@relay.example"), "postmaster@mx.paris.example");
    CHECK_STR(expand(&town, "postmaster@mx.paris.example"), "postmaster@mx.paris.example");
    CHECK_STR(expand(&town, "postmaster@elsewhere.example"), "postmaster@elsewhere.example");
    town_close(&town);
}

TEST(a_domain_with_a_postmaster_of_its_own_keeps_it)
{
    struct town town = town_of_defaults();
    town.conf.myorigin = STR("mx.paris.example");
    town.conf.virtual_alias_maps = STR("inline:{ postmaster@alias.example=marie@paris.example, "
                                       "postmaster@mx.paris.example=admin@else.example }");
    town.conf.virtual_mailbox_maps = STR("inline:{ postmaster@paris.example=x }");
    town_open(&town);
    CHECK_STR(expand(&town, "postmaster@alias.example"), "marie@paris.example");
    CHECK_STR(expand(&town, "postmaster@paris.example"), "postmaster@paris.example");
    CHECK_STR(expand(&town, "postmaster@relay.example"),
              "postmaster@relay.example"); /* all are taken there */
    town_close(&town);
}

TEST(where_the_system_has_no_postmaster_nobody_stands_in_for_him)
{
    struct town town = town_of_defaults();
    town.conf.virtual_mailbox_maps = STR("inline:{ marie@paris.example=x }");
    town_open(&town);
    check_known(&town, "postmaster@paris.example", false);
    check_known(&town, "postmaster@alias.example", false);
    CHECK_STR(expand(&town, "postmaster@paris.example"), "postmaster@paris.example");
    town_close(&town);
}

TEST(a_table_that_cannot_be_asked_leaves_the_postmaster_in_doubt)
{
    struct town town = town_of_defaults();
    town.conf.myorigin = STR("mx.paris.example");
    town.conf.virtual_mailbox_maps = STR("texthash:/nowhere/at/all");
    town_open(&town);
    CHECK_STR(expand(&town, "postmaster@paris.example"), "refused");
    CHECK_INT(town.verdict.class, VERDICT_DEFER);
    town_close(&town);
}

TEST(a_bad_address_in_a_table_is_temporary)
{
    struct town town = town_of_defaults();
    town.conf.virtual_alias_maps = STR("inline:{ a@p.example=b@@e.example }");
    town_open(&town);
    CHECK_STR(expand(&town, "a@p.example"), "refused");
    check_verdict(&town, 451, "4.3.5");
    town_close(&town);
    town.conf.virtual_alias_maps = STR("fail:broken");
    town_open(&town);
    CHECK_STR(expand(&town, "a@p.example"), "refused");
    CHECK(town.verdict.class == VERDICT_DEFER);
    town_close(&town);
}

/* RFC 3461 5.2.7.3 */
TEST(who_stands_for_several_is_expanded_and_their_success_is_not_told)
{
    struct town town = town_of_defaults();
    town.conf.virtual_alias_maps =
        STR("inline:{ { a@p.example = a@p.example, c@e.example }, {b@p.example = c@e.example} }");
    town_open(&town);
    struct recipient given = {.address = STR("a@p.example"), .orcpt = STR("rfc822;x@e.example"), .notify = 6};
    struct route_expansion expansion = {.arena = town.arena};
    CHECK(router_expand(town.router, &given, &expansion, &town.verdict));
    route_expansion_end(&expansion);
    CHECK_INT(expansion.count, 3);
    for (size_t i = 0; i < 2; i++) {
        CHECK_INT(expansion.rcpts[i].notify, 4);
        CHECK(!expansion.rcpts[i].expanded);
    }
    CHECK(expansion.rcpts[2].expanded);
    CHECK_INT(expansion.rcpts[2].notify, 2);
    CHECK_STR(expansion.rcpts[2].address, "a@p.example");
    CHECK_STR(expansion.rcpts[2].orcpt, "rfc822;x@e.example");

    given = (struct recipient){.address = STR("b@p.example"), .notify = 2};
    expansion = (struct route_expansion){.arena = town.arena};
    CHECK(router_expand(town.router, &given, &expansion, &town.verdict));
    CHECK_INT(expansion.count, 1);
    CHECK_INT(expansion.rcpts[0].notify, 2);
    given.address = STR("a@p.example");
    CHECK(router_expand(town.router, &given, &expansion, &town.verdict));
    CHECK_INT(expansion.rcpts[1].notify, 1);
    town_close(&town);
}

/* RFC 3461 5.2.7.2 */
TEST(the_terms_of_dsn_go_along_and_orcpt_says_where_it_was_addressed)
{
    struct town town = town_of_defaults();
    town.conf.virtual_alias_maps = STR("inline:{ { a@p.example = b@e.example, c@e.example } }");
    town_open(&town);
    struct recipient given = {.address = STR("a@p.example"), .notify = 4}, other = given;
    other.orcpt = STR("rfc822;first@e.example");
    struct route_expansion expansion = {.arena = town.arena};
    CHECK(router_expand(town.router, &given, &expansion, &town.verdict));
    CHECK_INT(expansion.count, 2);
    CHECK_STR(expansion.rcpts[1].orcpt, "rfc822;a@p.example");
    CHECK_STR(expansion.rcpts[1].original, "a@p.example");
    CHECK_INT(expansion.rcpts[1].notify, 4);
    CHECK(router_expand(town.router, &other, &expansion, &town.verdict));
    CHECK_STR(expansion.rcpts[2].orcpt, "rfc822;first@e.example");
    town_close(&town);
}

static void expand_within(void *arg)
{
    struct town town = town_of_defaults();
    struct recipient given = {.address = STR("a+extension@p.example")};
    town.conf.virtual_alias_maps = STR(
        "inline:{ { a@p.example = @e.example, b@f.example, c@p.example, name }, c@p.example=d@p.example }");
    town_open(&town);
    struct arena *arena = arena_create(*(size_t *)arg);
    struct route_expansion expansion = {.arena = arena};
    bool done = router_expand(town.router, &given, &expansion, &town.verdict);
    CHECK(done ? expansion.count == 4 : town.verdict.class == VERDICT_DEFER);
    arena_destroy(arena);
    town_close(&town);
}

/* Thousands of recipients that each stand for hundreds: the transaction's memory ends, the program does not.
 */
TEST(memory_that_is_used_up_is_a_temporary_verdict_and_no_end)
{
    for (size_t limit = 0; limit < 12000; limit += 200)
        CHECK_INT(test_child(expand_within, &limit), 0);
}

TEST(an_expansion_of_nothing_ends_well)
{
    struct route_expansion expansion = {.count = 0};
    route_expansion_end(&expansion);
    CHECK_INT(expansion.count, 0);
}

/* --- which way out --- */

static void check_route(struct town *town, const char *sender, const char *address, const char *wanted)
{
    struct route route;
    struct buf text;
    CHECK(router_route(town->router, str_of(sender), str_of(address), town->arena, &route, &town->verdict));
    buf_init(&text, 1000);
    buf_printf(&text, STR_FMT ":" STR_FMT, STR_ARG(route.transport), STR_ARG(route.nexthop));
    if (!str_eq(buf_str(&text), str_of(wanted)))
        test_failed(__FILE__, __LINE__, "%s goes by %s, not %s", address, buf_cstr(&text), wanted);
    buf_finish(&text);
}

TEST(each_class_has_its_transport_and_the_domain_is_the_next_hop)
{
    struct town town = town_of_defaults();
    town_open(&town);
    check_route(&town, "", "root@localhost", "local:mx.paris.example");
    check_route(&town, "", "root", "local:mx.paris.example");
    check_route(&town, "", "marie@paris.example", "virtual:paris.example");
    check_route(&town, "", "a@sub.relay.example", "relay:sub.relay.example");
    check_route(&town, "", "a@else.example", "smtp:else.example");
    check_route(&town, "", "a@[192.0.2.1]", "smtp:[192.0.2.1]");
    check_route(&town, "", "a@alias.example", "error:5.1.1 User unknown in virtual alias table");
    town_close(&town);
}

/* postconf(5): relay_transport and default_transport take the next hop from themselves, else from
 * sender_dependent_relayhost_maps, else from relayhost, else it is the domain. */
TEST(a_relayhost_is_for_all_that_is_not_ours)
{
    struct town town = town_of_defaults();
    town.params.relayhost = STR("[gw.example]:587");
    town.params.sender_relayhost_maps = STR("inline:{ marie@paris.example=[own.example], "
                                            "@lyon.example=[lyon.example], jean@lyon.example=DUNNO }");
    town_open(&town);
    check_route(&town, "x@paris.example", "a@else.example", "smtp:[gw.example]:587");
    check_route(&town, "", "a@else.example", "smtp:[gw.example]:587");
    check_route(&town, "marie@paris.example", "a@else.example", "smtp:[own.example]");
    check_route(&town, "marie+x@paris.example", "a@else.example", "smtp:[own.example]");
    check_route(&town, "x@lyon.example", "a@else.example", "smtp:[lyon.example]");
    check_route(&town, "jean@lyon.example", "a@else.example", "smtp:[gw.example]:587");
    check_route(&town, "", "a@relay.example", "relay:[gw.example]:587");
    check_route(&town, "", "marie@paris.example", "virtual:paris.example");
    check_route(&town, "", "root@localhost", "local:mx.paris.example");
    town_close(&town);
}

TEST(the_next_hop_of_a_transport_goes_before_the_relayhost)
{
    struct town town = town_of_defaults();
    town.params.relayhost = STR("[gw.example]");
    town.params.default_transport = STR("smtp:[first.example]");
    town.params.relay_transport = STR("relay:[inner.example]:2525");
    town_open(&town);
    check_route(&town, "", "a@else.example", "smtp:[first.example]");
    check_route(&town, "", "a@relay.example", "relay:[inner.example]:2525");
    town_close(&town);
}

/* transport(5) */
TEST(transport_maps_are_asked_for_the_address_then_the_domain_then_its_parents_then_all)
{
    struct town town = town_of_defaults();
    town.params.transport_maps = STR(
        "inline:{ a+x@d.example=one:, a@d.example=two:, sub.d.example=three:, d.example=four:, *=five:[h] }");
    town_open(&town);
    check_route(&town, "", "a+x@d.example", "one:d.example");
    check_route(&town, "", "a+y@d.example", "two:d.example");
    check_route(&town, "", "b@d.example", "four:d.example");
    check_route(&town, "", "b@sub.d.example", "three:sub.d.example");
    check_route(&town, "", "b@deep.sub.d.example", "three:deep.sub.d.example");
    check_route(&town, "", "b@other.example", "five:[h]");
    check_route(&town, "", "marie@paris.example", "five:[h]");
    town_close(&town);
}

/* transport(5): ":" changes nothing, ":host" the next hop only, "transport:" and "transport" make the domain
 * the next hop again. */
TEST(an_empty_transport_or_next_hop_keeps_or_resets_as_transport_5_says)
{
    struct town town = town_of_defaults();
    town.params.relayhost = STR("[gw.example]");
    town.params.transport_maps =
        STR("inline:{ noop.example=:, hop.example=:[h]:26, reset.example=smtp:, bare.example=smtp, "
            "both.example=lmtp:[::1]:24, unix.example=lmtp:unix:/run/lmtp }");
    town_open(&town);
    check_route(&town, "", "a@noop.example", "smtp:[gw.example]");
    check_route(&town, "", "a@hop.example", "smtp:[h]:26");
    check_route(&town, "", "a@reset.example", "smtp:reset.example");
    check_route(&town, "", "a@bare.example", "smtp:bare.example");
    check_route(&town, "", "a@both.example", "lmtp:[::1]:24");
    check_route(&town, "", "a@unix.example", "lmtp:unix:/run/lmtp");
    town_close(&town);
}

TEST(an_error_has_a_text_also_when_the_table_has_none)
{
    struct town town = town_of_defaults();
    town.params.transport_maps =
        STR("inline:{ { said.example = error:5.1.1 moved }, silent.example=error: }");
    town_open(&town);
    check_route(&town, "", "a@said.example", "error:5.1.1 moved");
    check_route(&town, "", "a@silent.example", "error:Address is undeliverable");
    town_close(&town);
}

TEST(a_table_of_routes_that_cannot_be_asked_is_a_temporary_verdict)
{
    struct town town = town_of_defaults();
    struct route route;
    town.params.transport_maps = STR("fail:broken");
    town_open(&town);
    CHECK(!router_route(town.router, STR(""), STR("a@else.example"), town.arena, &route, &town.verdict));
    CHECK(town.verdict.class == VERDICT_DEFER);
    town_close(&town);
    town = town_of_defaults();
    town.params.sender_relayhost_maps = STR("fail:broken");
    town_open(&town);
    CHECK(!router_route(town.router, STR("x@y.example"), STR("a@else.example"), town.arena, &route,
                        &town.verdict));
    CHECK(town.verdict.class == VERDICT_DEFER);
    check_route(&town, "", "a@else.example",
                "smtp:else.example"); /* nobody's letter has no relayhost of its own */
    town_close(&town);
}
