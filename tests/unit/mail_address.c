/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses of the envelope. */
#include "unit/test.h"

#include "mail/address.h"

static struct arena *arena;
static struct verdict verdict;

static bool parse(const char *text, unsigned rules, struct address_parts *parts)
{
    if (!arena)
        arena = arena_create(1 << 20);
    arena_reset(arena);
    return address_parse(str_of(text), rules, arena, parts, &verdict);
}

static bool take(struct str *rest, unsigned rules, struct address_parts *parts)
{
    if (!arena)
        arena = arena_create(1 << 20);
    arena_reset(arena);
    return address_take_path(rest, rules, arena, parts, &verdict);
}

static bool refuses(const char *text)
{
    struct address_parts parts;
    return !parse(text, ADDRESS_UTF8, &parts) && verdict.code == 501;
}

/* What a text becomes; empty when refused. */
static struct str canonical(const char *text)
{
    struct address_parts parts;
    return parse(text, ADDRESS_UTF8, &parts) ? address_text(&parts, arena) : STR("(refused)");
}

TEST(a_mailbox_has_a_local_part_and_a_domain)
{
    struct address_parts parts;
    CHECK(parse("Bob.Smith+x@Example.ORG", 0, &parts));
    CHECK_STR(parts.local, "Bob.Smith+x");
    CHECK_STR(parts.domain, "example.org");
    CHECK(parts.kind == ADDRESS_NAME && !parts.utf8 && !parts.null);
}

TEST(a_local_part_is_quoted_only_where_it_must_be)
{
    CHECK_STR(canonical("\"bob\"@example.org"), "bob@example.org");
    CHECK_STR(canonical("\"b\\o\\b\"@example.org"), "bob@example.org");
    CHECK_STR(canonical("\"bob smith\"@example.org"), "\"bob smith\"@example.org");
    CHECK_STR(canonical("\"a@b\"@example.org"), "\"a@b\"@example.org");
    CHECK_STR(canonical("\"a\\\"b\\\\\"@example.org"), "\"a\\\"b\\\\\"@example.org");
    CHECK_STR(canonical("\"\"@example.org"), "\"\"@example.org");
    CHECK_STR(canonical("\"a..b\"@example.org"), "\"a..b\"@example.org");
}

TEST(what_the_grammar_does_not_have_is_refused)
{
    static const char *const wrong[] = {"a",
                                        "a@",
                                        "@b.example",
                                        "a..b@c.example",
                                        ".a@c.example",
                                        "a.@c.example",
                                        "a b@c.example",
                                        "a@b..example",
                                        "a@.example",
                                        "a@example.",
                                        "a@-b.example",
                                        "a@b-.example",
                                        "a@b.example c",
                                        "a@b@c.example",
                                        "\"a@b.example",
                                        "\"a\"b@c.example",
                                        "a\"b\"@c.example",
                                        "a@b.example\r\nRCPT",
                                        "a@[b.example]",
                                        "a@[192.0.2.1",
                                        "a@[192.0.2.256]",
                                        "a@[192.0.2.01]",
                                        "a@[IPv6:2001:db8::g]",
                                        "a@[IPv6:192.0.2.1]",
                                        "a@[2001:db8::1]",
                                        "a@[]",
                                        "a@[ 192.0.2.1]",
                                        "a@192.0.2.1",
                                        "a@b.example;",
                                        "a,b@c.example",
                                        "a(b)@c.example",
                                        "<a@b.example>",
                                        "a@b.example>",
                                        "a\\@b@c.example",
                                        "a@b_.ex ample",
                                        "a@exa\\mple",
                                        "\"a\tb\"@c.example",
                                        "\"a\x7f\"@c.example",
                                        "a@b.123",
                                        "a@123",
                                        " a@b.example",
                                        "a@b.example ",
                                        "a:b@c.example",
                                        "a@b!c",
                                        "a@b%c",
                                        "a;b@c.example",
                                        "a@\"b\".example"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (!refuses(wrong[i]))
            test_failed(__FILE__, __LINE__, "taken: %s", wrong[i]);
}

TEST(a_NUL_is_refused_wherever_it_stands)
{
    char text[] = "ab@c.example";
    struct address_parts parts;
    arena_destroy(arena);
    arena = arena_create(1 << 20);
    for (size_t i = 0; i < sizeof text - 1; i++) {
        char old = text[i];
        text[i] = '\0';
        CHECK(!address_parse(str_make(text, sizeof text - 1), ADDRESS_UTF8, arena, &parts, &verdict));
        text[i] = old;
    }
}

TEST(odd_but_lawful_addresses_are_taken)
{
    CHECK_STR(canonical("!#$%&'*+-/=?^_`{|}~@example.org"), "!#$%&'*+-/=?^_`{|}~@example.org");
    CHECK_STR(canonical("a@localhost"), "a@localhost");
    CHECK_STR(canonical("a@3com.example"), "a@3com.example");
    CHECK_STR(canonical("a@foo_bar.example"), "a@foo_bar.example");
    CHECK_STR(canonical("a%b@c.example"), "a%b@c.example");
    CHECK_STR(canonical("a!b@c.example"), "a!b@c.example");
}

TEST(address_literals_have_one_spelling)
{
    struct address_parts parts;
    CHECK(parse("a@[192.0.2.1]", 0, &parts) && parts.kind == ADDRESS_IPV4);
    CHECK_STR(parts.domain, "[192.0.2.1]");
    CHECK(parse("a@[ipv6:2001:DB8:0::1]", 0, &parts) && parts.kind == ADDRESS_IPV6);
    CHECK_STR(parts.domain, "[IPv6:2001:db8::1]");
}

TEST(the_limits_of_RFC_5321_4_5_3_1_hold)
{
    char text[400];
    struct address_parts parts;
    snprintf(text, sizeof text, "%064d@example.org", 0);
    CHECK(parse(text, 0, &parts));
    snprintf(text, sizeof text, "%065d@example.org", 0);
    CHECK(refuses(text));
    snprintf(text, sizeof text, "a@%063d.example", 0);
    CHECK(parse(text, 0, &parts));
    snprintf(text, sizeof text, "a@%064d.example", 0);
    CHECK(refuses(text));
    /* 60 + 1 + 3 * 64 + 1 = 254 octets */
    snprintf(text, sizeof text, "%060d@%063d.%063d.%063d.x", 0, 0, 0, 0);
    CHECK(parse(text, 0, &parts));
    snprintf(text, sizeof text, "%061d@%063d.%063d.%063d.x", 0, 0, 0, 0);
    CHECK(refuses(text));
}

TEST(a_path_ends_at_its_bracket_and_leaves_the_parameters)
{
    struct address_parts parts;
    struct str rest = STR("<\"a> b\"@example.org> SIZE=100");
    CHECK(take(&rest, 0, &parts));
    CHECK_STR(parts.local, "a> b");
    CHECK_STR(rest, " SIZE=100");
    rest = STR("<a@example.org>SIZE=100");
    CHECK(take(&rest, 0, &parts));
    CHECK_STR(rest, "SIZE=100");
}

TEST(a_source_route_is_checked_and_dropped)
{
    struct address_parts parts;
    struct str rest = STR("<@a.example,@[192.0.2.1]:bob@c.example>");
    CHECK(take(&rest, 0, &parts));
    CHECK_STR(address_text(&parts, arena), "bob@c.example");
    static const char *const wrong[] = {"<@a.example:>", "<@a.example>", "<@:b@c.example>",
                                        "<@a.example,b:c@d.example>", "<@a.example b@c.example>"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        rest = str_of(wrong[i]);
        CHECK(!take(&rest, 0, &parts));
        CHECK_STR(rest, wrong[i]);
    }
}

TEST(a_path_without_its_brackets_may_have_a_route_too)
{
    CHECK_STR(canonical("@a.example:bob@c.example"), "bob@c.example");
    CHECK(refuses("@a.example:"));
}

TEST(a_domain_may_be_given_to_parts_without_one)
{
    struct address_parts parts;
    CHECK(parse("bob", ADDRESS_TAKE_LOCAL, &parts));
    parts.domain = STR("here.example");
    CHECK_STR(address_text(&parts, arena), "bob@here.example");
}

TEST(the_null_path_is_for_senders)
{
    struct address_parts parts;
    struct str rest = STR("<> X");
    CHECK(take(&rest, ADDRESS_TAKE_NULL, &parts) && parts.null);
    CHECK_STR(rest, " X");
    CHECK_STR(address_text(&parts, arena), "");
    rest = STR("<>");
    CHECK(!take(&rest, 0, &parts));
    CHECK_INT(verdict.subject, 1);
    CHECK_INT(verdict.detail, 3);
    rest = STR("< >");
    CHECK(!take(&rest, ADDRESS_TAKE_NULL | ADDRESS_IS_SENDER, &parts));
    CHECK_INT(verdict.detail, 7);
}

TEST(postmaster_needs_no_domain)
{
    struct address_parts parts;
    struct str rest = STR("<PostMaster>");
    CHECK(take(&rest, ADDRESS_TAKE_POSTMASTER, &parts) && parts.kind == ADDRESS_NO_DOMAIN);
    CHECK_STR(address_text(&parts, arena), "PostMaster");
    rest = STR("<bob>");
    CHECK(!take(&rest, ADDRESS_TAKE_POSTMASTER, &parts));
    CHECK(take(&rest, ADDRESS_TAKE_LOCAL, &parts));
}

TEST(a_path_without_brackets_is_taken_on_request)
{
    struct address_parts parts;
    struct str rest = STR("a@b.example SIZE=1");
    CHECK(!take(&rest, 0, &parts));
    CHECK(take(&rest, ADDRESS_TAKE_UNBRACKETED, &parts));
    CHECK_STR(rest, " SIZE=1");
    rest = STR("a@b.example>");
    CHECK(!take(&rest, ADDRESS_TAKE_UNBRACKETED, &parts));
}

TEST(utf8_needs_its_extension)
{
    struct address_parts parts;
    CHECK(!parse("d\xc3\xb6rte@example.org", 0, &parts));
    CHECK_INT(verdict.code, 553);
    CHECK_INT(verdict.subject * 10 + verdict.detail, 67);
    CHECK(parse("d\xc3\xb6rte@example.org", ADDRESS_UTF8, &parts) && parts.utf8);
    CHECK(refuses("d\xf6rte@example.org"));
    CHECK(refuses("d\xc0\xafx@example.org"));
}

TEST(an_international_domain_has_one_spelling)
{
    struct buf out;
    CHECK_STR(canonical("a@B\xc3\x9c"
                        "CHER.example"),
              "a@b\xc3\xbc"
              "cher.example");
    CHECK_STR(canonical("a@bu\xcc\x88"
                        "cher.example"),
              "a@b\xc3\xbc"
              "cher.example");
    buf_init(&out, 255);
    CHECK(address_domain_ascii(STR("b\xc3\xbc"
                                   "cher.example"),
                               &out));
    CHECK_STR(buf_str(&out), "xn--bcher-kva.example");
    buf_clear(&out);
    CHECK(address_domain_unicode(STR("xn--bcher-kva.example"), &out));
    CHECK_STR(buf_str(&out), "b\xc3\xbc"
                             "cher.example");
    buf_finish(&out);
    CHECK(refuses("a@\xe2\x80\xae.example"));
}

TEST(printing_and_parsing_again_changes_nothing)
{
    static const char octets[] = "aZ0.@\"\\ <>[]!_-\xc3\xb6";
    unsigned seed = 7;
    for (int round = 0; round < 20000; round++) {
        char text[32];
        size_t len = 0;
        for (unsigned want = 1 + seed % 12; len < want; len++, seed = seed * 1103515245 + 12345)
            text[len] = octets[(seed >> 16) % (sizeof octets - 1)];
        snprintf(text + len, sizeof text - len, "%s", round % 2 ? "@B.example" : "");
        struct address_parts parts, again;
        if (!parse(text, ADDRESS_UTF8, &parts))
            continue;
        char printed[256];
        snprintf(printed, sizeof printed, STR_FMT, STR_ARG(address_text(&parts, arena)));
        CHECK(parse(printed, ADDRESS_UTF8, &again));
        CHECK_STR(address_text(&again, arena), printed);
        struct str local, domain;
        address_cut(str_of(printed), &local, &domain);
        CHECK(str_eq(domain, again.domain));
    }
}

TEST(an_extension_is_cut_at_the_first_delimiter)
{
    struct str user, extension;
    CHECK(address_split_extension(STR("bob+a-b"), STR("-+"), &user, &extension));
    CHECK_STR(user, "bob");
    CHECK_STR(extension, "a-b");
    CHECK(address_split_extension(STR("bob+"), STR("+"), &user, &extension));
    CHECK_STR(extension, "");
    static const char *const whole[] = {"+bob",       "bob",           "",
                                        "owner-list", "Owner-x",       "list-request",
                                        "postmaster", "MAILER-DAEMON", "double-bounce"};
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        CHECK(!address_split_extension(str_of(whole[i]), STR("-+"), &user, &extension));
        CHECK_STR(user, whole[i]);
    }
    CHECK(address_split_extension(STR("list-request+x"), STR("+"), &user, &extension));
    CHECK(!address_split_extension(STR("bob+x"), STR(""), &user, &extension));
}
