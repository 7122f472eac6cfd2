/* SPDX-License-Identifier: BSD-2-Clause */
/* Which keys are made of addresses and domains, in which order. */
#include "map/maps.h"
#include "unit/test.h"

static struct arena *arena(void)
{
    static struct arena *one;
    if (!one)
        one = arena_create(1 << 20);
    arena_reset(one);
    return one;
}

static struct str find(const char *tables, const char *address, unsigned keys, bool local,
                       struct address_match *match)
{
    struct verdict verdict;
    struct maps *maps = maps_open(str_of(tables), &verdict);
    CHECK(maps != NULL);
    struct address_query query = {
        .address = str_of(address), .keys = keys, .delimiters = STR("+-"), .domain_is_local = local};
    enum map_result result = maps_find_address(maps, &query, arena(), match, &verdict);
    maps_close(maps);
    return result == MAP_FOUND ? match->value : result == MAP_ERROR ? STR("ERROR") : STR("NOT FOUND");
}

static void check(const char *tables, const char *address, unsigned keys, bool local, const char *wanted)
{
    struct address_match match;
    CHECK_STR(find(tables, address, keys, local, &match), wanted);
}

TEST(an_address_is_looked_up_from_the_whole_to_the_domain)
{
    unsigned keys = ADDRESS_FOR_VIRTUAL;
    check("inline:{u+x@d=1, u@d=2, u+x=3, u=4, @d=5}", "U+X@D", keys, true, "1");
    check("inline:{u@d=2, u+x=3, u=4, @d=5}", "u+x@d", keys, true, "2");
    check("inline:{u+x=3, u=4, @d=5}", "u+x@d", keys, true, "3");
    check("inline:{u=4, @d=5}", "u+x@d", keys, true, "4");
    check("inline:{@d=5}", "u+x@d", keys, true, "5");
    check("inline:{d=6}", "u+x@d", keys, true, "NOT FOUND");
}

TEST(a_bare_local_part_counts_in_local_domains_only)
{
    check("inline:{u+x=3, u=4}", "u+x@d", ADDRESS_FOR_VIRTUAL, false, "NOT FOUND");
    check("inline:{u=4}", "u@d", ADDRESS_FOR_VIRTUAL, true, "4");
}

TEST(the_extension_that_the_key_left_out_is_told)
{
    struct address_match match;
    CHECK_STR(find("inline:{u@d=v}", "u+x@d", ADDRESS_FOR_VIRTUAL, false, &match), "v");
    CHECK_STR(match.extension, "+x");
    CHECK(match.key == ADDRESS_PLAIN);
    CHECK_STR(find("inline:{u+x@d=v}", "u+x@d", ADDRESS_FOR_VIRTUAL, false, &match), "v");
    CHECK_STR(match.extension, "");
    CHECK_STR(find("inline:{@d=v}", "u+x@d", ADDRESS_FOR_VIRTUAL, false, &match), "v");
    CHECK_STR(match.extension, "");
    CHECK(match.key == ADDRESS_AT_DOMAIN);
}

TEST(transport_goes_on_with_domains_and_access_with_local_parts)
{
    check("inline:{d.example=1, .example=2}", "u@d.example", ADDRESS_FOR_TRANSPORT, false, "1");
    check("inline:{.example=2}", "u@d.example", ADDRESS_FOR_TRANSPORT, false, "2");
    check("inline:{example=2}", "u@d.example", ADDRESS_FOR_TRANSPORT, false, "NOT FOUND");
    check("inline:{d.example=1, u@=2}", "u@d.example", ADDRESS_FOR_ACCESS, false, "1");
    check("inline:{u@=2}", "u+x@d.example", ADDRESS_FOR_ACCESS, false, "2");
    check("inline:{u+x@=1,u@=2}", "u+x@d.example", ADDRESS_FOR_ACCESS, false, "1");
}

TEST(an_error_on_the_way_is_an_error)
{
    check("inline:{u+x@d=1} fail:x", "u+x@d", ADDRESS_FOR_VIRTUAL, true, "1");
    check("inline:{@d=5} fail:x", "u+x@d", ADDRESS_FOR_VIRTUAL, true, "ERROR");
}

TEST(tables_of_patterns_see_the_whole_address_only)
{
    check("pcre:{{/^@d$/ part}}", "u@d", ADDRESS_FOR_VIRTUAL, true, "NOT FOUND");
    check("pcre:{{/^u@d$/ whole}}", "u@d", ADDRESS_FOR_VIRTUAL, true, "whole");
    check("unionmap:{pcre:{{/^@d$/ part}}}", "u@d", ADDRESS_FOR_VIRTUAL, true, "NOT FOUND");
    check("unionmap:{inline:{@d=part}}", "u@d", ADDRESS_FOR_VIRTUAL, true, "part");
}

TEST(quoted_local_parts_and_odd_addresses_are_taken_as_they_are)
{
    check("inline:{{\"a b@c\"@d=q}}", "\"a b@c\"@d", ADDRESS_FOR_VIRTUAL, false, "q");
    check("inline:{@d=q}", "\"a@b\"@d", ADDRESS_FOR_VIRTUAL, false, "q");
    check("inline:{u=4}", "u", ADDRESS_FOR_VIRTUAL, true, "4");
    check("inline:{u=4}", "", ADDRESS_FOR_VIRTUAL, true, "NOT FOUND");
    check("inline:{@=4}", "u@", ADDRESS_FOR_VIRTUAL, true, "4");
}

static size_t base(const char *local, const char *delimiters)
{
    return local_part_base(str_of(local), str_of(delimiters));
}

TEST(some_names_have_no_extension)
{
    CHECK_INT(base("user+a+b", "+"), 4);
    CHECK_INT(base("user-a+b", "+-"), 4);
    CHECK_INT(base("user", "+"), 4);
    CHECK_INT(base("user+", "+"), 4);
    CHECK_INT(base("+user", "+"), 5);
    CHECK_INT(base("user+x", ""), 6);
    CHECK_INT(base("MAILER-DAEMON", "-"), 13);
    CHECK_INT(base("double-bounce", "-"), 13);
    CHECK_INT(base("owner-list", "-"), 10);
    CHECK_INT(base("list-request", "-"), 12);
    CHECK_INT(base("owner-list", "+"), 10);
    CHECK_INT(base("postmaster+x", "+"), 10);
}

static void check_domain(const char *tables, const char *domain, bool bare, const char *wanted)
{
    struct verdict verdict;
    struct str value = STR("NOT FOUND");
    struct maps *maps = maps_open(str_of(tables), &verdict);
    struct domain_query query = {str_of(domain), bare};
    if (maps_find_domain(maps, query, arena(), &value, &verdict) == MAP_ERROR)
        value = STR("ERROR");
    CHECK_STR(value, wanted);
    maps_close(maps);
}

TEST(parents_of_a_domain_are_tried_with_or_without_the_dot)
{
    check_domain("inline:{a.b.c=1}", "A.B.C", true, "1");
    check_domain("inline:{b.c=2}", "a.b.c", true, "2");
    check_domain("inline:{c=3}", "a.b.c", true, "3");
    check_domain("inline:{b.c=2}", "a.b.c", false, "NOT FOUND");
    check_domain("inline:{.b.c=2}", "a.b.c", false, "2");
    check_domain("inline:{.c=3}", "a.b.c", false, "3");
    check_domain("inline:{.b.c=2}", "b.c", false, "NOT FOUND");
    check_domain("pcre:{{/^b/ part}}", "a.b.c", true, "NOT FOUND");
    check_domain("inline:{x=1}", "", true, "NOT FOUND");
    check_domain("inline:{x=1}", "...", true, "NOT FOUND");
    check_domain("inline:{x=1}", "...", false, "NOT FOUND");
}
