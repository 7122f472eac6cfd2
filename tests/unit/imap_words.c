/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets, sections, dates, patterns, strings and search keys. */
#include "imap/datetime.h"
#include "imap/pattern.h"
#include "imap/quote.h"
#include "imap/search.h"
#include "imap/section.h"
#include "imap/set.h"
#include "unit/test.h"

/* --- sets --- */

static struct str resolved(const char *text, uint32_t star)
{
    static char printed[200];
    struct arena *arena = arena_create(1 << 20);
    struct imap_set set;
    struct buf out;
    buf_init(&out, sizeof printed - 1);
    if (imap_set_parse(str_of(text), arena, &set)) {
        imap_set_resolve(&set, star);
        imap_set_print(&set, &out);
    } else {
        buf_add_text(&out, "bad");
    }
    struct str result = str_make(printed, out.len);
    memcpy(printed, buf_cstr(&out), out.len + 1);
    buf_finish(&out);
    arena_destroy(arena);
    return result;
}

TEST(sets_are_sorted_and_joined)
{
    CHECK_STR(resolved("1", 5), "1");
    CHECK_STR(resolved("5:3,1,4:6", 9), "1,3:6");
    CHECK_STR(resolved("1,2,3", 9), "1:3");
    CHECK_STR(resolved("3:*", 7), "3:7");
    CHECK_STR(resolved("10:*", 7), "7:10"); /* RFC 3501 6.4.8: always has the last one */
    CHECK_STR(resolved("*", 7), "7");
    CHECK_STR(resolved("*:4294967295,1", 7), "1,7:4294967295");
}

TEST(what_is_no_set_is_refused)
{
    static const char *const wrong[] = {"",  "0",     "0:1", "1:", ":1", "1,",        ",1",
                                        "a", "1:2:3", "1 ",  "+1", "**", "4294967296"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CHECK_STR(resolved(wrong[i], 5), "bad");
}

TEST(a_set_knows_its_members)
{
    struct arena *arena = arena_create(1 << 20);
    struct imap_set set;
    CHECK(imap_set_parse(STR("2:4,9"), arena, &set));
    imap_set_resolve(&set, 9);
    CHECK(!imap_set_contains(&set, 1) && imap_set_contains(&set, 2) && imap_set_contains(&set, 4));
    CHECK(!imap_set_contains(&set, 5) && imap_set_contains(&set, 9) && !imap_set_contains(&set, 10));
    arena_destroy(arena);
}

/* --- what a lexer makes --- */

struct fixture {
    struct stream *stream;
    struct arena *arena;
    struct imap_lexer lexer;
};

static struct imap_lexer *over(struct fixture *fixture, const char *line)
{
    fixture->arena = arena_create(16 << 20);
    struct str text = arena_printf(fixture->arena, "%s\r\n", line);
    fixture->stream = stream_over_memory(text, 128 * 1024, NULL);
    imap_lexer_init(&fixture->lexer, fixture->stream, fixture->arena);
    CHECK(imap_lexer_begin(&fixture->lexer));
    return &fixture->lexer;
}

static void done(struct fixture *fixture)
{
    stream_destroy(fixture->stream);
    arena_destroy(fixture->arena);
}

static void check_section(const char *text, const char *printed)
{
    struct fixture f;
    struct imap_section section;
    struct imap_lexer *lexer = over(&f, text);
    struct buf out;
    buf_init(&out, 1000);
    if (imap_lex_section(lexer, &section) && imap_lex_end(lexer))
        imap_section_print(&section, &out);
    else
        buf_add_text(&out, "bad");
    CHECK_STR(buf_str(&out), printed);
    buf_finish(&out);
    done(&f);
}

TEST(sections_are_read_and_printed)
{
    check_section("[]", "[]");
    check_section("[header]", "[HEADER]");
    check_section("[4.2.2.1]", "[4.2.2.1]");
    check_section("[3.HEADER.FIELDS (Date \"From\")]", "[3.HEADER.FIELDS (Date From)]");
    check_section("[HEADER.FIELDS.NOT (a)]<0.2048>", "[HEADER.FIELDS.NOT (a)]<0>");
    check_section("[1.MIME]<10.1>", "[1.MIME]<10>");
    check_section("[TEXT]", "[TEXT]");
}

TEST(what_is_no_section_is_refused)
{
    static const char *const wrong[] = {
        "[MIME]", "[1.]",  "[.1]",    "[0]",    "[HEADER.FIELDS]", "[HEADER.FIELDS ()]", "[1",
        "[BODY]", "[]<1>", "[]<0.0>", "[]<0.1", "[1 .2]",          "[1.2..3]",           "[4294967296]"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        check_section(wrong[i], "bad");
}

/* A key in a form that shows its shape. */
static void print_key(const struct imap_search *key, struct buf *out)
{
    buf_printf(out, "%s%d", key->negated ? "!" : "", (int)key->kind);
    if (!key->first)
        return;
    buf_add_char(out, '(');
    for (const struct imap_search *child = key->first; child; child = child->next) {
        print_key(child, out);
        if (child->next)
            buf_add_char(out, ' ');
    }
    buf_add_char(out, ')');
}

static bool is_search(const char *text, struct buf *out)
{
    struct fixture f;
    struct imap_search *root;
    buf_clear(out);
    bool good = imap_lex_search(over(&f, text), &root);
    if (good)
        print_key(root, out);
    done(&f);
    return good;
}

TEST(search_keys_become_a_tree)
{
    char wanted[200];
    struct buf out;
    buf_init(&out, 1000);
    /* RFC 3501 6.4.4, its example */
    CHECK(is_search("FLAGGED SINCE 1-Feb-1994 NOT FROM \"Smith\"", &out));
    snprintf(wanted, sizeof wanted, "%d(%d %d !%d(%d))", IMAP_SEARCH_AND, IMAP_SEARCH_FLAG, IMAP_SEARCH_SINCE,
             IMAP_SEARCH_AND, IMAP_SEARCH_HEADER);
    CHECK_STR(buf_str(&out), wanted);
    CHECK(is_search("OR (1:3 UNSEEN) uid 5:* NEW", &out));
    snprintf(wanted, sizeof wanted, "%d(%d(%d(%d !%d) %d) %d(%d !%d))", IMAP_SEARCH_AND, IMAP_SEARCH_OR,
             IMAP_SEARCH_AND, IMAP_SEARCH_SEQUENCE, IMAP_SEARCH_FLAG, IMAP_SEARCH_UID, IMAP_SEARCH_AND,
             IMAP_SEARCH_RECENT, IMAP_SEARCH_FLAG);
    CHECK_STR(buf_str(&out), wanted);
    CHECK(is_search("MODSEQ \"/flags/\\\\draft\" all 620162338", &out));
    CHECK(is_search("HEADER Message-ID <a@b> SENTON \"1-Feb-1994\" KEYWORD $Junk", &out));
    buf_finish(&out);
}

TEST(wrong_search_keys_are_refused)
{
    static const char *const wrong[] = {"",
                                        "NOT",
                                        "OR SEEN",
                                        "(SEEN",
                                        "SEEN)",
                                        "()",
                                        "SINCE",
                                        "SINCE 32-Jan-2000",
                                        "SINCE 29-Feb-2001",
                                        "LARGER x",
                                        "FOO",
                                        "SEEN  ALL",
                                        "UID",
                                        "UID 0",
                                        "HEADER Subject",
                                        "0",
                                        "SEEN "};
    struct buf out;
    buf_init(&out, 1000);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CHECK(!is_search(wrong[i], &out));
    buf_finish(&out);
}

TEST(a_search_that_is_too_deep_is_refused)
{
    struct buf text, out;
    buf_init(&out, 1000);
    buf_init(&text, 10000);
    for (int i = 0; i <= IMAP_SEARCH_DEPTH; i++)
        buf_add_text(&text, "NOT ");
    buf_add_text(&text, "SEEN");
    CHECK(!is_search(buf_cstr(&text), &out));
    CHECK(is_search(buf_cstr(&text) + 4, &out));
    buf_finish(&text);
    buf_finish(&out);
}

/* --- dates --- */

TEST(dates_have_a_day_that_is)
{
    int64_t seconds, days;
    struct buf out;
    buf_init(&out, 100);
    CHECK(imap_datetime_parse(STR("17-Jul-1996 02:44:25 -0700"), &seconds));
    CHECK_INT(seconds, 837596665);
    imap_datetime_print(seconds, &out);
    CHECK_STR(buf_str(&out), "\"17-Jul-1996 09:44:25 +0000\"");
    buf_clear(&out);
    imap_datetime_print(-1, &out);
    CHECK_STR(buf_str(&out), "\"31-Dec-1969 23:59:59 +0000\"");
    CHECK(imap_datetime_parse(STR(" 1-Jan-1970 00:00:00 +0000"), &seconds) && seconds == 0);
    CHECK(!imap_datetime_parse(STR("17-Jul-1996 24:00:00 -0700"), &seconds));
    CHECK(!imap_datetime_parse(STR("17-Jul-1996 02:44:25"), &seconds));
    CHECK(!imap_datetime_parse(STR("17-Jul-96 02:44:25 -0700"), &seconds));
    CHECK(!imap_datetime_parse(STR("17-Jul-1996 02:44:25 PST"), &seconds));
    CHECK(imap_date_parse(STR("29-feb-2000"), &days) && days == 11016);
    CHECK(!imap_date_parse(STR("29-Feb-1900"), &days));
    CHECK(!imap_date_parse(STR("0-Jan-2000"), &days));
    buf_finish(&out);
}

/* --- patterns --- */

static bool pattern_fits(const char *pattern, const char *name)
{
    return imap_pattern_fits(str_of(pattern), str_of(name), '/');
}

TEST(a_star_goes_through_levels_and_a_percent_does_not)
{
    CHECK(pattern_fits("*", "a/b/c") && pattern_fits("%", "a") && !pattern_fits("%", "a/b"));
    CHECK(pattern_fits("a/%", "a/b") && !pattern_fits("a/%", "a/b/c") && pattern_fits("a/%/%", "a/b/c"));
    CHECK(pattern_fits("%c", "abc") && pattern_fits("*%c", "a/xbc") && pattern_fits("%*c", "a/b/c"));
    CHECK(pattern_fits("*a%b*c", "xxa1b/zzc") && !pattern_fits("*a%b*c", "xxa1/bzzd"));
    CHECK(pattern_fits("%/b%", "a/bc") && !pattern_fits("%/b%", "x/a/bc"));
    CHECK(pattern_fits("", "") && !pattern_fits("", "a") && pattern_fits("*", "") && !pattern_fits("a", "A"));
    CHECK(pattern_fits("inbox", "INBOX") && pattern_fits("iN%", "INBOX") &&
          pattern_fits("inbox/X", "INBOX/X"));
    CHECK(!pattern_fits("inbox/x", "INBOX/X") && !pattern_fits("inboxes", "INBOXES"));
}

TEST(a_pattern_of_many_stars_takes_no_time)
{
    char pattern[4001], name[4001];
    for (size_t i = 0; i < 4000; i += 2) {
        memcpy(pattern + i, "*a", 2);
        memcpy(name + i, "aa", 2);
    }
    pattern[4000] = name[4000] = 0;
    name[3999] = 'b';
    CHECK(!pattern_fits(pattern, name));
    for (size_t i = 0; i < 4000; i += 2)
        memcpy(pattern + i, "*%", 2);
    pattern[3999] = 'c';
    CHECK(!pattern_fits(pattern, name));
    CHECK(pattern_fits("*%%b", "a/ab") && pattern_fits("*%", "") && !pattern_fits("a*%c", "a/b"));
}

/* --- strings --- */

TEST(strings_are_quoted_or_literals)
{
    struct buf out;
    buf_init(&out, 1000);
    imap_put_string(&out, STR("a\"b\\"));
    imap_put_string(&out, STR("a\r\n"));
    imap_put_string(&out, STR("\xc3\xa9"));
    imap_put_nstring(&out, (struct str){NULL, 0});
    imap_put_string(&out, STR(""));
    imap_put_astring(&out, STR("a]b"));
    imap_put_astring(&out, STR("nil"));
    imap_put_string(&out, str_make("\0", 1));
    CHECK_STR(buf_str(&out), "\"a\\\"b\\\\\"{3}\r\na\r\n{2}\r\n\xc3\xa9NIL\"\"a]b\"nil\"{1}\r\n\x80");
    buf_finish(&out);
}
