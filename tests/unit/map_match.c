/* SPDX-License-Identifier: BSD-2-Clause */
/* Match lists: names, nets, files, tables, negation. */
#include <unistd.h>

#include "map/match.h"
#include "unit/test.h"

static struct match_list *list_of(const char *text, bool parents)
{
    struct verdict verdict = {0};
    struct match_list *list = match_list_open(str_of(text), parents, &verdict);
    if (!list)
        test_failed(__FILE__, __LINE__, "%s: %s", text, verdict.text);
    match_list_set_recheck(list, 0);
    return list;
}

static void check_domain(const char *text, bool parents, const char *name, enum match_result wanted)
{
    struct verdict verdict;
    struct match_list *list = list_of(text, parents);
    enum match_result result = match_domain(list, str_of(name), &verdict);
    if (result != wanted)
        test_failed(__FILE__, __LINE__, "%s in %s: %d", name, text, (int)result);
    match_list_close(list);
}

static void check_client(const char *text, const char *name, const char *address, enum match_result wanted)
{
    struct verdict verdict;
    struct match_list *list = list_of(text, false);
    enum match_result result = match_client(list, str_of(name), str_of(address), &verdict);
    if (result != wanted)
        test_failed(__FILE__, __LINE__, "%s[%s] in %s: %d", name, address, text, (int)result);
    match_list_close(list);
}

static const char *write_list(const char *name, const char *text)
{
    static char path[200];
    char fresh[220];
    snprintf(path, sizeof path, "%s/%s", test_directory(), name);
    snprintf(fresh, sizeof fresh, "%s.fresh", path);
    FILE *file = fopen(fresh, "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0 || rename(fresh, path) != 0)
        abort();
    return path;
}

TEST(names_match_without_case_and_below_only_as_told)
{
    check_domain("example.com, other.org", false, "Example.COM", MATCH_YES);
    check_domain("EXAMPLE.com other.org", false, "other.org", MATCH_YES);
    check_domain("example.com", false, "a.example.com", MATCH_NO);
    check_domain("example.com", true, "a.example.com", MATCH_YES);
    check_domain("example.com", true, "anexample.com", MATCH_NO);
    check_domain(".example.com", false, "a.example.com", MATCH_YES);
    check_domain(".example.com", false, "example.com", MATCH_NO);
    check_domain("", true, "example.com", MATCH_NO);
    check_domain("example.com", true, "", MATCH_NO);
    check_domain("*.example.com", true, "a.example.com", MATCH_NO);
}

TEST(the_first_pattern_that_matches_decides)
{
    check_domain("!a.example.com, example.com", true, "a.example.com", MATCH_NO);
    check_domain("!a.example.com, example.com", true, "b.example.com", MATCH_YES);
    check_domain("example.com, !a.example.com", true, "a.example.com", MATCH_YES);
    check_domain("!!example.com", true, "example.com", MATCH_YES);
}

TEST(clients_match_by_net_address_or_name)
{
    const char *text = "127.0.0.0/8 [::1]/128 192.0.2.5 [2001:db8::]/32 trusted.example";
    check_client(text, "unknown", "127.3.4.5", MATCH_YES);
    check_client(text, "unknown", "128.0.0.1", MATCH_NO);
    check_client(text, "unknown", "::1", MATCH_YES);
    check_client(text, "unknown", "::2", MATCH_NO);
    check_client(text, "unknown", "192.0.2.5", MATCH_YES);
    check_client(text, "unknown", "::ffff:192.0.2.5", MATCH_YES);
    check_client(text, "", "2001:DB8:1::9", MATCH_YES);
    check_client(text, "trusted.example", "198.51.100.1", MATCH_YES);
    check_client("!192.0.2.0/28, 192.0.2.0/24", "", "192.0.2.9", MATCH_NO);
    check_client("!192.0.2.0/28, 192.0.2.0/24", "", "192.0.2.19", MATCH_YES);
    check_client("unknown", "unknown", "192.0.2.19", MATCH_NO);
    check_client("0.0.0.0/0", "", "::1", MATCH_NO);
    check_client("192.0.2.5", "", "not an address", MATCH_NO);
}

TEST(tables_match_by_key)
{
    check_domain("inline:{example.com=x}", false, "example.com", MATCH_YES);
    check_domain("inline:{example.com=x}", false, "a.example.com", MATCH_NO);
    check_domain("inline:{example.com=x}", true, "a.example.com", MATCH_YES);
    check_domain("inline:{.example.com=x}", false, "a.example.com", MATCH_YES);
    check_domain("!inline:{a.b=x} static:all", false, "a.b", MATCH_NO);
    check_domain("!inline:{a.b=x} static:all", false, "c.b", MATCH_YES);
    check_client("cidr:{{192.0.2.0/24 OK}}", "h.example", "192.0.2.1", MATCH_YES);
    check_client("cidr:{{192.0.2.0/24 OK}}", "h.example", "192.0.3.1", MATCH_NO);
    check_client("inline:{192.0.2.1=OK}", "", "192.0.2.1", MATCH_YES);
    check_domain("inline:{empty.example=}", false, "empty.example", MATCH_YES);
}

TEST(an_error_of_a_table_is_an_error_of_the_list)
{
    check_domain("fail:x example.com", false, "example.com", MATCH_ERROR);
    check_domain("example.com fail:x", false, "example.com", MATCH_YES);
    check_domain("example.com fail:x", false, "other.com", MATCH_ERROR);
    check_client("!fail:x", "", "192.0.2.1", MATCH_ERROR);
    check_domain("hash:/no/such/table", false, "example.com", MATCH_ERROR);
}

TEST(a_missing_file_is_an_error_until_it_is_there)
{
    char path[200];
    struct verdict verdict;
    snprintf(path, sizeof path, "%s/later", test_directory());
    struct match_list *list = list_of(path, false);
    CHECK(match_domain(list, STR("a.b"), &verdict) == MATCH_ERROR);
    CHECK(!match_list_probe(list, &verdict));
    CHECK(!match_list_is_empty(list));
    write_list("later", "a.b\n");
    CHECK(match_domain(list, STR("a.b"), &verdict) == MATCH_YES);
    CHECK(match_list_probe(list, &verdict));
    match_list_close(list);
}

TEST(a_file_holds_patterns_and_is_read_again_when_it_changes)
{
    struct verdict verdict;
    const char *path =
        write_list("nets", "# ours\n10.0.0.0/8, 192.0.2.0/24\n  !198.51.100.7\n198.51.100.0/24\n");
    struct match_list *list = list_of(path, false);
    CHECK(match_client(list, STR(""), STR("192.0.2.9"), &verdict) == MATCH_YES);
    CHECK(match_client(list, STR(""), STR("198.51.100.7"), &verdict) == MATCH_NO);
    CHECK(match_client(list, STR(""), STR("198.51.100.8"), &verdict) == MATCH_YES);
    write_list("nets", "203.0.113.0/24\n");
    CHECK(match_client(list, STR(""), STR("192.0.2.9"), &verdict) == MATCH_NO);
    CHECK(match_client(list, STR(""), STR("203.0.113.1"), &verdict) == MATCH_YES);
    write_list("nets", "203.0.113.1/24\n");
    CHECK(match_client(list, STR(""), STR("203.0.113.1"), &verdict) == MATCH_YES);
    CHECK(!match_list_probe(list, &verdict));
    unlink(path);
    CHECK(match_client(list, STR(""), STR("203.0.113.1"), &verdict) == MATCH_YES);
    match_list_close(list);
}

TEST(a_negated_file_negates_each_of_its_patterns)
{
    char text[300];
    snprintf(text, sizeof text, "!%s, 10.0.0.0/8", write_list("not", "10.1.0.0/16\n!10.2.0.0/16\n"));
    check_client(text, "", "10.1.1.1", MATCH_NO);
    check_client(text, "", "10.2.1.1", MATCH_YES);
    check_client(text, "", "10.3.1.1", MATCH_YES);
}

TEST(a_file_that_names_itself_is_refused)
{
    char path[200];
    struct verdict verdict;
    snprintf(path, sizeof path, "%s/self", test_directory());
    write_list("self", path);
    CHECK(!match_list_open(str_of(path), false, &verdict));
}

TEST(patterns_that_can_never_match_are_refused)
{
    static const char *const wrong[] = {"10.0.0.1/8", "10.0.0.0/99",  "[::1",      "[::1]/129", "!",
                                        "a.b !",      "nosuchtype:x", "inline:{a", "name/24"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct verdict verdict = {0};
        struct match_list *list = match_list_open(str_of(wrong[i]), false, &verdict);
        if (list)
            test_failed(__FILE__, __LINE__, "accepted: %s", wrong[i]);
        match_list_close(list);
        CHECK(verdict.text[0] != '\0');
    }
}

TEST(a_list_that_is_not_there_has_nothing_in_it)
{
    struct verdict verdict;
    CHECK(match_domain(NULL, STR("a.b"), &verdict) == MATCH_NO);
    CHECK(match_list_is_empty(NULL));
    struct match_list *list = list_of(" ,", false);
    CHECK(match_list_is_empty(list));
    CHECK(match_string(list, STR("x"), &verdict) == MATCH_NO);
    match_list_close(list);
}

TEST(strings_match_whole)
{
    struct verdict verdict;
    struct match_list *list = list_of("smtp.helper, inline:{b=x}", true);
    CHECK(match_string(list, STR("SMTP.helper"), &verdict) == MATCH_YES);
    CHECK(match_string(list, STR("a.smtp.helper"), &verdict) == MATCH_NO);
    CHECK(match_string(list, STR("a.b"), &verdict) == MATCH_NO);
    CHECK(match_string(list, STR("b"), &verdict) == MATCH_YES);
    match_list_close(list);
}
