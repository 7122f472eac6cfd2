/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of patterns: pcre, regexp and cidr. */
#include "map/map.h"
#include "unit/test.h"

static struct arena *arena(void)
{
    static struct arena *one;
    if (!one)
        one = arena_create(4 << 20);
    arena_reset(one);
    return one;
}

static size_t notes_seen;

static void see_note(void *arg, struct str note)
{
    (void)arg, (void)note;
    notes_seen++;
}

/* Opens the text as a table of the type; counts its notes. */
static struct map *table(const char *type, const char *text)
{
    char path[200], spec[220];
    struct verdict verdict;
    static int number;
    snprintf(path, sizeof path, "%s/table%d", test_directory(), number++);
    FILE *file = fopen(path, "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        abort();
    snprintf(spec, sizeof spec, "%s:%s", type, path);
    struct map *map = map_open(str_of(spec), &verdict);
    CHECK(map != NULL);
    notes_seen = 0;
    map_take_notes(map, see_note, NULL);
    return map;
}

static struct str ask(struct map *map, const char *key)
{
    struct verdict verdict;
    struct str value;
    enum map_result result = map_find(map, str_of(key), arena(), &value, &verdict);
    return result == MAP_FOUND ? value : result == MAP_ERROR ? STR("ERROR") : STR("NOT FOUND");
}

static void check(const char *type, const char *text, const char *key, const char *wanted)
{
    struct map *map = table(type, text);
    CHECK_STR(ask(map, key), wanted);
    map_close(map);
}

static void check_both(const char *text, const char *key, const char *wanted)
{
    check("pcre", text, key, wanted);
    check("regexp", text, key, wanted);
}

TEST(letters_match_without_case_unless_the_flag_says_otherwise)
{
    check_both("/^User@/ hit\n", "uSER@x", "hit");
    check_both("/^User@/i hit\n", "uSER@x", "NOT FOUND");
    check_both("/^User@/i hit\n", "User@x", "hit");
}

TEST(the_first_rule_that_matches_gives_the_value)
{
    check_both("/b/ first\n/a/ second\n", "ab", "first");
    check_both("!/b/ first\n/a/ second\n", "ab", "second");
    check_both("!/b/ first\n/a/ second\n", "xx", "first");
    check_both("# comment\n\n/a/\n  continued\n", "a", "continued");
}

TEST(groups_go_into_the_value)
{
    check_both("/^(.*)@(.*)$/ $2:${1}x$(2) $$5\n", "u@d", "d:uxd $5");
    check_both("/^(a)|(b)$/ <$1$2>\n", "b", "<b>");
}

TEST(a_value_that_names_no_group_is_skipped_and_noted)
{
    static const char *const wrong[] = {"/(a)/ $2\n",
                                        "/a/ $1\n",
                                        "!/(a)/ $1\n",
                                        "/a/ $x\n",
                                        "/(a)/ ${1\n",
                                        "/(a)/ $0\n",
                                        "/(a)/ $99999999999999999999\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct map *map = table("pcre", wrong[i]);
        CHECK_INT(notes_seen, 1);
        CHECK_STR(ask(map, "a"), "NOT FOUND");
        map_close(map);
    }
}

TEST(lines_that_are_no_rules_are_skipped_and_noted)
{
    static const char *const wrong[] = {"/a\n",     "a/ x\n",  "/a/\n",    "/(a/ x\n", "/a/q x\n",
                                        "/[a/ x\n", "endif\n", "/*a/ x\n", "\\a\\ x\n"};
    static const char *const types[] = {"pcre", "regexp"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        for (size_t t = 0; t < 2; t++) {
            struct map *map = table(types[t], wrong[i]);
            CHECK_INT(notes_seen, 1);
            CHECK_STR(ask(map, "a"), "NOT FOUND");
            map_close(map);
        }
}

TEST(rules_in_a_block_are_tried_only_when_its_pattern_matches)
{
    const char *text = "if /^a/\n/1/ a1\nif !/x$/\n/2/ a2\nendif\n/2/ a2x\nendif\n/2/ other2\n";
    check_both(text, "a1", "a1");
    check_both(text, "a2", "a2");
    check_both(text, "a2x", "a2x");
    check_both(text, "b2", "other2");
    check_both(text, "b1", "NOT FOUND");
}

TEST(a_block_whose_if_cannot_be_read_is_skipped_as_a_whole)
{
    struct map *map = table("pcre", "if /(a/\n/./ inside\nendif\n/./ outside\n");
    CHECK_INT(notes_seen, 1);
    CHECK_STR(ask(map, "a"), "outside");
    map_close(map);
    map = table("pcre", "if !/(a/\n/./ inside\nendif\n/./ outside\n");
    CHECK_STR(ask(map, "a"), "outside");
    map_close(map);
}

TEST(a_block_without_end_ends_with_the_table)
{
    struct map *map = table("pcre", "if /a/\n/b/ both\n");
    CHECK_INT(notes_seen, 1);
    CHECK_STR(ask(map, "ab"), "both");
    CHECK_STR(ask(map, "b"), "NOT FOUND");
    map_close(map);
}

TEST(a_catastrophic_pattern_is_cut_off_and_is_an_error)
{
    char key[200];
    memset(key, 'a', sizeof key);
    key[sizeof key - 2] = '!';
    key[sizeof key - 1] = 0;
    check_both("/^(a+)+$/ hit\n", key, "ERROR");
    check_both("/^(a|aa)+$/ hit\n", key, "ERROR");
    check_both("/^(a+)+$/ hit\n", "aaaa", "hit");
}

TEST(pcre_flags_turn_options_over)
{
    check("pcre", "/a b/x hit\n", "ab", "hit");
    check("pcre", "/^b/m hit\n", "a\nb", "hit");
    check("pcre", "/^b/ hit\n", "a\nb", "NOT FOUND");
    check("pcre", "/a.b/ hit\n", "a\nb", "hit");
    check("pcre", "/a.b/s hit\n", "a\nb", "NOT FOUND");
    check("pcre", "/b/A hit\n", "ab", "NOT FOUND");
    check("pcre", "/^(a+)/U $1\n", "aaa", "a");
    check("pcre", "|/etc| hit\n", "/etc", "hit");
    check("pcre", "/\\/etc/ hit\n", "/etc", "hit");
}

TEST(letters_beyond_ascii_are_whole_letters_and_broken_utf8_does_no_harm)
{
    check("pcre", "/^[\xc3\xa4\xc3\xb6]$/ hit\n", "\xc3\xa4", "hit");
    check("pcre", "/^[\xc3\xa4\xc3\xb6]$/ hit\n", "\xc3\x84", "hit");
    check("pcre", "/\xc3\xa4/ hit\n", "\xff\xc3", "NOT FOUND");
    check("pcre", "/\xff/ hit\n", "a\xff", "hit");
}

TEST(regexp_reads_posix_expressions)
{
    check("regexp", "/^[^\\.]+$/ hit\n", "ab", "hit");
    check("regexp", "/^[^\\.]+$/ hit\n", "a\\b", "NOT FOUND");
    check("regexp", "/^[[:digit:]]{2,3}$/ hit\n", "123", "hit");
    check("regexp", "/^[]a]+$/ hit\n", "]a]", "hit");
    check("regexp", "/^[^]a]+$/ hit\n", "b", "hit");
    check("regexp", "/\\<word\\>/ hit\n", "a word here", "hit");
    check("regexp", "/\\<word\\>/ hit\n", "swords", "NOT FOUND");
    check("regexp", "/^\\d$/ hit\n", "5", "NOT FOUND");
    check("regexp", "/^\\d$/ hit\n", "d", "hit");
    check("regexp", "/^(.)\\1$/ hit\n", "aa", "hit");
    check("regexp", "/a$/ hit\n", "a\n", "NOT FOUND");
    check("regexp", "/(?i)a/ hit\n", "a", "NOT FOUND");
    check("regexp", "/a+?b/ hit\n", "ab", "NOT FOUND");
}

TEST(patterns_may_stand_in_the_parameter)
{
    struct verdict verdict;
    struct map *map = map_open(STR("pcre:{ {/^a(.*)/ got $1}, {/b/ B} }"), &verdict);
    CHECK_STR(ask(map, "axy"), "got xy");
    CHECK_STR(ask(map, "b"), "B");
    CHECK_STR(ask(map, "c"), "NOT FOUND");
    map_close(map);
    map = map_open(STR("cidr:{ {10.0.0.0/8 net} }"), &verdict);
    CHECK_STR(ask(map, "10.1.1.1"), "net");
    map_close(map);
}

TEST(cidr_finds_the_first_net_that_holds_the_address)
{
    const char *text = "192.0.2.7 one\n192.0.2.0/24 net\n!10.0.0.0/8 outside\n0.0.0.0/0 any\n";
    check("cidr", text, "192.0.2.7", "one");
    check("cidr", text, "192.0.2.8", "net");
    check("cidr", text, "198.51.100.1", "outside");
    check("cidr", text, "10.1.2.3", "any");
    check("cidr", text, "::ffff:192.0.2.8", "net");
    check("cidr", "2001:db8::/33 v6\n[2001:db9::]/32 bracket\n", "2001:DB8:7fff::1", "v6");
    check("cidr", "2001:db8::/33 v6\n[2001:db9::]/32 bracket\n", "2001:db8:8000::1", "NOT FOUND");
    check("cidr", "2001:db8::/33 v6\n[2001:db9::]/32 bracket\n", "2001:db9::1", "bracket");
    check("cidr", "::/0 six\n", "192.0.2.1", "NOT FOUND");
    check("cidr", "0.0.0.0/0 four\n", "::1", "NOT FOUND");
}

TEST(cidr_blocks_and_keys_that_are_no_addresses)
{
    const char *text = "if 10.0.0.0/8\n10.1.0.0/16 one\nendif\nif !10.0.0.0/8\n!192.0.2.1 else\nendif\n";
    check("cidr", text, "10.1.9.9", "one");
    check("cidr", text, "10.2.9.9", "NOT FOUND");
    check("cidr", text, "198.51.100.7", "else");
    check("cidr", text, "example.com", "NOT FOUND");
    check("cidr", text, "", "NOT FOUND");
}

TEST(bad_nets_are_skipped_and_noted)
{
    struct map *map = table("cidr", "10.0.0.1/8 host bits\n10.0.0.0/33 x\n10.0.0/8 x\nname x\n10.0.0.0/ x\n"
                                    "10.0.0.0/8\n1.2.3.4/-1 x\n[1::2 x\n10.0.0.0/8 good\n");
    CHECK_INT(notes_seen, 8);
    CHECK_STR(ask(map, "10.0.0.1"), "good");
    map_close(map);
}
