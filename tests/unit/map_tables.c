/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables as a whole: names, errors, files that change, and each type that is not a list of patterns. */
#include <sys/stat.h>
#include <unistd.h>

#include "map/maps.h"
#include "map/table_writer.h"
#include "unit/test.h"

static struct arena *arena(void)
{
    static struct arena *one;
    if (!one)
        one = arena_create(16 << 20);
    arena_reset(one);
    return one;
}

static void write_file(const char *name, const char *text)
{
    char path[200], fresh[210];
    snprintf(path, sizeof path, "%s/%s", test_directory(), name);
    snprintf(fresh, sizeof fresh, "%s.fresh", path);
    FILE *file = fopen(fresh, "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0 || rename(fresh, path) != 0)
        abort();
}

/* "type:" and the file's path. */
static struct str spec_of(const char *type, const char *name)
{
    static char text[300];
    snprintf(text, sizeof text, "%s:%s/%s", type, test_directory(), name);
    return str_of(text);
}

static const struct table_access open_to_all = {0644, (gid_t)-1};

static struct map *open_table(struct str spec)
{
    struct verdict verdict;
    struct map *map = map_open(spec, &verdict);
    if (!map)
        fprintf(stderr, "%s\n", verdict.text);
    CHECK(map != NULL);
    map_set_recheck(map, 0);
    return map;
}

/* The value, or "NOT FOUND" or "ERROR". */
static struct str ask(struct map *map, const char *key)
{
    struct verdict verdict = {0};
    struct str value;
    switch (map_find(map, str_of(key), arena(), &value, &verdict)) {
    case MAP_FOUND:
        return value;
    case MAP_NOT_FOUND:
        return STR("NOT FOUND");
    case MAP_ERROR:
        CHECK(verdict.class == VERDICT_DEFER);
        CHECK(verdict.text[0] != '\0');
        return STR("ERROR");
    }
    return STR("?");
}

static void check_answer(const char *spec, const char *key, const char *wanted)
{
    struct map *map = open_table(str_of(spec));
    CHECK_STR(ask(map, key), wanted);
    map_close(map);
}

static void check_refused(const char *spec)
{
    struct verdict verdict = {0};
    struct map *map = map_open(str_of(spec), &verdict);
    if (map)
        test_failed(__FILE__, __LINE__, "accepted: %s", spec);
    CHECK(verdict.text[0] != '\0');
    map_close(map);
}

static void make_lmdb(const char *name, const char *const (*entries)[2])
{
    char path[200];
    struct verdict verdict;
    snprintf(path, sizeof path, "%s/%s.lmdb", test_directory(), name);
    struct table_writer *writer = table_writer_begin(path, TABLE_NEW, &open_to_all, &verdict);
    for (; (*entries)[0]; entries++)
        CHECK(table_writer_put(writer, str_of((*entries)[0]), str_of((*entries)[1]), false, &verdict) ==
              PUT_DONE);
    CHECK(table_writer_commit(writer, &verdict));
}

static size_t notes_seen;
static char last_note[400];

static void see_note(void *arg, struct str note)
{
    (void)arg;
    notes_seen++;
    snprintf(last_note, sizeof last_note, STR_FMT, STR_ARG(note));
}

TEST(a_static_table_gives_the_same_answer_for_every_key)
{
    check_answer("static:all", "x", "all");
    check_answer("static:{ two words }", "", "two words");
}

TEST(an_inline_table_has_plain_and_braced_entries)
{
    check_answer("inline:{ {a = b c}, d=e }", "a", "b c");
    check_answer("inline:{ {a = b c}, d=e }", "D", "e");
    check_answer("inline:{ {a = b c}, d=e }", "b", "NOT FOUND");
    check_answer("inline:{}", "b", "NOT FOUND");
}

TEST(names_that_can_never_become_right_are_refused)
{
    check_refused("virtual");
    check_refused(":x");
    check_refused("nosuchtype:/etc/x");
    check_refused("inline:{a}");
    check_refused("inline:{a=b");
    check_refused("inline:{=b}");
    check_refused("inline:{a=b, A=c}");
    check_refused("unix:shadow.byname");
    check_refused("pipemap:{}");
    check_refused("unionmap:static:x");
    check_refused("pipemap:{pipemap:{pipemap:{pipemap:{pipemap:{pipemap:{pipemap:{pipemap:{pipemap:{pipemap:{"
                  "static:x}}}}}}}}}}");
}

TEST(a_missing_file_is_an_error_and_not_an_empty_table)
{
    static const char *const types[] = {"lmdb", "hash", "btree", "dbm", "texthash", "cidr", "pcre", "regexp"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct map *map = open_table(spec_of(types[i], "is-not-there"));
        CHECK_STR(ask(map, "key"), "ERROR");
        struct verdict verdict;
        CHECK(!map_probe(map, &verdict));
        map_close(map);
    }
}

TEST(a_table_of_type_fail_always_fails)
{
    check_answer("fail:on purpose", "x", "ERROR");
}

TEST(a_file_that_appears_later_is_read)
{
    struct map *map = open_table(spec_of("texthash", "late"));
    CHECK_STR(ask(map, "key"), "ERROR");
    write_file("late", "key value\n");
    CHECK_STR(ask(map, "key"), "value");
    map_close(map);
}

TEST(text_tables_follow_the_rules_of_logical_lines)
{
    write_file("text", "  # a comment\n\nkey1\tvalue 1  \nkey2 begin\n# inside\n\n  middle\n\tend\n"
                       "\"quoted key\" q\nKEY3 Value3\nkey1 again\nlonely\nlast  no newline");
    struct map *map = open_table(spec_of("texthash", "text"));
    CHECK_STR(ask(map, "key1"), "value 1");
    CHECK_STR(ask(map, "key2"), "begin  middle\tend");
    CHECK_STR(ask(map, "\"quoted key\""), "q");
    CHECK_STR(ask(map, "key3"), "Value3");
    CHECK_STR(ask(map, "Key3"), "Value3");
    CHECK_STR(ask(map, "last"), "no newline");
    CHECK_STR(ask(map, "lonely"), "NOT FOUND");
    CHECK_STR(ask(map, "#"), "NOT FOUND");
    notes_seen = 0;
    map_take_notes(map, see_note, NULL);
    CHECK_INT(notes_seen, 2);
    CHECK(strstr(last_note, "line 12") != NULL);
    map_take_notes(map, see_note, NULL);
    CHECK_INT(notes_seen, 2);
    map_close(map);
}

TEST(a_line_that_has_nothing_to_continue_is_skipped_and_noted)
{
    write_file("misplaced", "  key value\n  more\nother x\n");
    struct map *map = open_table(spec_of("texthash", "misplaced"));
    CHECK_STR(ask(map, "key"), "NOT FOUND");
    CHECK_STR(ask(map, "other"), "x");
    notes_seen = 0;
    map_take_notes(map, see_note, NULL);
    CHECK_INT(notes_seen, 1);
    CHECK(strstr(last_note, "line 1:") != NULL);
    map_close(map);
}

TEST(what_was_added_to_a_table_a_moment_ago_is_found)
{
    struct verdict verdict;
    make_lmdb("added", (const char *const[][2]){{"a", "1"}, {0}});
    struct map *map = map_open(spec_of("lmdb", "added"), &verdict);
    CHECK_STR(ask(map, "a"), "1");
    CHECK_STR(ask(map, "b"), "NOT FOUND");
    make_lmdb("added", (const char *const[][2]){{"a", "1"}, {"b", "2"}, {0}});
    CHECK_STR(ask(map, "b"), "2");
    map_close(map);
}

TEST(a_table_that_changes_while_open_is_read_again)
{
    write_file("changing", "key one\n");
    struct map *map = open_table(spec_of("texthash", "changing"));
    CHECK_STR(ask(map, "key"), "one");
    write_file("changing", "key two\n");
    CHECK_STR(ask(map, "key"), "two");
    map_close(map);
}

TEST(a_table_is_looked_at_once_a_second_at_most)
{
    write_file("lazy", "key one\n");
    struct verdict verdict;
    struct map *map = map_open(spec_of("texthash", "lazy"), &verdict);
    write_file("lazy", "key two\n");
    CHECK_STR(ask(map, "key"), "one");
    map_close(map);
}

TEST(the_old_contents_stay_while_new_ones_cannot_be_read)
{
    write_file("vanishing", "key one\n");
    struct map *map = open_table(spec_of("texthash", "vanishing"));
    char path[200];
    snprintf(path, sizeof path, "%s/vanishing", test_directory());
    unlink(path);
    CHECK_STR(ask(map, "key"), "one");
    CHECK_STR(ask(map, "other"), "NOT FOUND");
    notes_seen = 0;
    map_take_notes(map, see_note, NULL);
    CHECK_INT(notes_seen, 1);
    struct verdict verdict;
    CHECK(!map_probe(map, &verdict));
    write_file("vanishing", "key two\n");
    CHECK_STR(ask(map, "key"), "two");
    CHECK(map_probe(map, &verdict));
    map_close(map);
}

TEST(an_lmdb_table_finds_folded_keys_and_takes_over_its_replacement)
{
    make_lmdb("db", (const char *const[][2]){{"user@example.com", "one"}, {"empty", ""}, {NULL, NULL}});
    struct map *map = open_table(spec_of("hash", "db"));
    CHECK_STR(ask(map, "User@Example.COM"), "one");
    CHECK_STR(ask(map, "other"), "NOT FOUND");
    CHECK_STR(ask(map, ""), "NOT FOUND");
    CHECK_STR(ask(map, "empty"), "");
    make_lmdb("db", (const char *const[][2]){{"other", "two"}, {NULL, NULL}});
    CHECK_STR(ask(map, "other"), "two");
    CHECK_STR(ask(map, "user@example.com"), "NOT FOUND");
    map_close(map);
}

TEST(an_lmdb_key_that_is_too_long_to_be_stored_is_not_found)
{
    make_lmdb("long", (const char *const[][2]){{"a", "b"}, {NULL, NULL}});
    struct map *map = open_table(spec_of("lmdb", "long"));
    char key[2000];
    memset(key, 'A', sizeof key);
    for (size_t len = 505; len < 520; len++) {
        key[len] = '\0';
        CHECK_STR(ask(map, key), "NOT FOUND");
        key[len] = 'A';
    }
    key[1999] = '\0';
    CHECK_STR(ask(map, key), "NOT FOUND");
    map_close(map);
}

TEST(an_lmdb_entry_with_nul_ends_as_postfix_writes_it_is_found)
{
    char path[200];
    struct verdict verdict;
    snprintf(path, sizeof path, "%s/nul.lmdb", test_directory());
    struct table_writer *writer = table_writer_begin(path, TABLE_NEW, &open_to_all, &verdict);
    CHECK(table_writer_put(writer, str_make("key", 4), str_make("value", 6), false, &verdict) == PUT_DONE);
    CHECK(table_writer_commit(writer, &verdict));
    struct map *map = open_table(spec_of("lmdb", "nul"));
    CHECK_STR(ask(map, "key"), "value");
    CHECK_STR(ask(map, "ke"), "NOT FOUND");
    map_close(map);
}

TEST(garbage_in_place_of_an_lmdb_file_is_an_error)
{
    char garbage[9000];
    memset(garbage, 'g', sizeof garbage);
    garbage[sizeof garbage - 1] = '\0';
    write_file("garbage.lmdb", garbage);
    struct map *map = open_table(spec_of("lmdb", "garbage"));
    CHECK_STR(ask(map, "key"), "ERROR");
    map_close(map);
    write_file("short.lmdb", "x");
    map = open_table(spec_of("lmdb", "short"));
    CHECK_STR(ask(map, "key"), "ERROR");
    map_close(map);
}

TEST(an_arena_without_room_makes_an_error_and_not_an_empty_answer)
{
    struct map *map = open_table(STR("static:a-value-that-is-longer-than-the-budget-of-the-session"));
    struct arena *small = arena_create(16);
    struct str value;
    struct verdict verdict;
    CHECK(map_find(map, STR("k"), small, &value, &verdict) == MAP_ERROR);
    arena_destroy(small);
    map_close(map);
}

TEST(system_accounts_are_found_by_name)
{
    struct map *map = open_table(STR("proxy:unix:passwd.byname"));
    CHECK(str_starts(ask(map, "root"), STR("root:")));
    CHECK(str_ends(str_sub(ask(map, "ROOT"), 0, 5), STR(":")));
    CHECK_STR(ask(map, "no-such-user-here"), "NOT FOUND");
    map_close(map);
    map = open_table(STR("unix:group.byname"));
    CHECK(str_starts(ask(map, "root"), STR("root:")));
    CHECK_STR(ask(map, "no-such-group-here"), "NOT FOUND");
    map_close(map);
}

TEST(a_pipemap_feeds_one_answer_to_the_next_table)
{
    check_answer("pipemap:{inline:{a=b}, inline:{b=c}}", "A", "c");
    check_answer("pipemap:{inline:{a=b}, inline:{b=c}}", "b", "NOT FOUND");
    check_answer("pipemap:{inline:{a=b}, fail:x}", "a", "ERROR");
}

TEST(a_unionmap_joins_all_answers)
{
    check_answer("unionmap:{inline:{a=1}, inline:{b=2}, inline:{a=3}}", "a", "1,3");
    check_answer("unionmap:{inline:{a=1}, inline:{b=2}}", "c", "NOT FOUND");
    check_answer("unionmap:{inline:{a=1}, fail:x}", "a", "ERROR");
}

TEST(a_randmap_gives_one_of_its_values)
{
    struct map *map = open_table(STR("randmap:{one, { two words }}"));
    for (int i = 0; i < 50; i++) {
        struct str value = ask(map, "any");
        CHECK(str_eq(value, STR("one")) || str_eq(value, STR("two words")));
    }
    map_close(map);
}

TEST(in_a_list_the_first_hit_wins_and_the_first_error_ends_the_search)
{
    struct verdict verdict;
    struct str value;
    struct maps *maps = maps_open(STR("inline:{a=1}, inline:{a=2,b=3} fail:x inline:{c=4}"), &verdict);
    CHECK(maps && maps_count(maps) == 4);
    CHECK(maps_find(maps, STR("a"), arena(), &value, &verdict) == MAP_FOUND);
    CHECK_STR(value, "1");
    CHECK(maps_find(maps, STR("b"), arena(), &value, &verdict) == MAP_FOUND);
    CHECK_STR(value, "3");
    CHECK(maps_find(maps, STR("c"), arena(), &value, &verdict) == MAP_ERROR);
    maps_close(maps);
    CHECK(!maps_open(STR("inline:{a=1}, nonsense"), &verdict));
    CHECK(!maps_open(STR("inline:{a=1"), &verdict));
}

TEST(an_empty_list_finds_nothing_and_an_empty_value_is_an_error)
{
    struct verdict verdict;
    struct str value;
    struct maps *maps = maps_open(STR(" "), &verdict);
    CHECK(maps_is_empty(maps));
    CHECK(maps_find(maps, STR("a"), arena(), &value, &verdict) == MAP_NOT_FOUND);
    CHECK(maps_find(NULL, STR("a"), arena(), &value, &verdict) == MAP_NOT_FOUND);
    maps_close(maps);
    maps = maps_open(STR("inline:{a=}"), &verdict);
    CHECK(maps_find(maps, STR("a"), arena(), &value, &verdict) == MAP_ERROR);
    maps_close(maps);
}

static bool same_in_other(void *arg, struct str key, struct str value)
{
    char copy[600];
    snprintf(copy, sizeof copy, STR_FMT, STR_ARG(key));
    struct str wanted = value;
    CHECK(str_eq(ask(arg, copy), wanted));
    return true;
}

TEST(an_lmdb_table_made_from_a_file_answers_as_the_file_itself)
{
    char text[20000] = "", path[200];
    size_t len = 0;
    uint32_t seed = 12345;
    for (int i = 0; i < 400; i++) {
        seed = seed * 1103515245 + 12345;
        len += (size_t)snprintf(text + len, sizeof text - len, "Key%u value %u\n", seed >> 16 & 0xff, seed);
    }
    write_file("both", text);
    struct map *from_text = open_table(spec_of("texthash", "both"));
    struct verdict verdict;
    snprintf(path, sizeof path, "%s/both.lmdb", test_directory());
    struct table_writer *writer = table_writer_begin(path, TABLE_NEW, &open_to_all, &verdict);
    char line[100];
    FILE *file = fmemopen(text, len, "r");
    while (fgets(line, sizeof line, file)) {
        char *blank = strchr(line, ' ');
        *blank = '\0';
        line[0] = 'k';
        struct str value = str_trim(str_of(blank + 1));
        CHECK(table_writer_put(writer, str_of(line), value, false, &verdict) <= PUT_DUPLICATE);
    }
    fclose(file);
    CHECK(table_writer_commit(writer, &verdict));
    struct map *from_lmdb = open_table(spec_of("lmdb", "both"));
    CHECK(map_each(from_text, same_in_other, from_lmdb, &verdict));
    CHECK(map_each(from_lmdb, same_in_other, from_text, &verdict));
    map_close(from_text);
    map_close(from_lmdb);
}

TEST(changing_a_table_keeps_what_is_not_changed_and_a_discarded_change_is_nothing)
{
    make_lmdb("edit", (const char *const[][2]){{"a", "1"}, {"b", "2"}, {NULL, NULL}});
    char path[200];
    bool found;
    struct verdict verdict;
    snprintf(path, sizeof path, "%s/edit.lmdb", test_directory());
    chmod(path, 0640);
    struct table_writer *writer = table_writer_begin(path, TABLE_CHANGE, &open_to_all, &verdict);
    CHECK(writer != NULL);
    CHECK(table_writer_put(writer, STR("a"), STR("9"), false, &verdict) == PUT_DUPLICATE);
    CHECK(table_writer_put(writer, STR("c"), STR("3"), false, &verdict) == PUT_DONE);
    CHECK(table_writer_remove(writer, STR("b"), &found, &verdict) && found);
    CHECK(table_writer_remove(writer, STR("x"), &found, &verdict) && !found);
    CHECK(table_writer_commit(writer, &verdict));
    struct stat st;
    CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0640);
    struct map *map = open_table(spec_of("lmdb", "edit"));
    CHECK_STR(ask(map, "a"), "1");
    CHECK_STR(ask(map, "b"), "NOT FOUND");
    CHECK_STR(ask(map, "c"), "3");
    writer = table_writer_begin(path, TABLE_CHANGE, &open_to_all, &verdict);
    CHECK(table_writer_put(writer, STR("a"), STR("9"), true, &verdict) == PUT_DONE);
    table_writer_discard(writer);
    CHECK_STR(ask(map, "a"), "1");
    map_close(map);
}

TEST(a_change_to_a_table_that_is_not_there_is_refused)
{
    char path[200];
    struct verdict verdict;
    snprintf(path, sizeof path, "%s/absent.lmdb", test_directory());
    CHECK(!table_writer_begin(path, TABLE_CHANGE, &open_to_all, &verdict));
    snprintf(path, sizeof path, "%s/no/such/directory.lmdb", test_directory());
    CHECK(!table_writer_begin(path, TABLE_NEW, &open_to_all, &verdict));
}
