/* SPDX-License-Identifier: BSD-2-Clause */
/* Making lmdb tables from texts. */
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "map/table_build.h"
#include "unit/test.h"

static size_t notes_seen;
static char last_note[400];

static void see_note(void *arg, struct str note)
{
    (void)arg;
    notes_seen++;
    snprintf(last_note, sizeof last_note, STR_FMT, STR_ARG(note));
}

static const char *write_text(const char *name, const char *text)
{
    static char path[200];
    snprintf(path, sizeof path, "%s/%s", test_directory(), name);
    FILE *file = fopen(path, "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        abort();
    notes_seen = 0;
    return path;
}

static bool make(const char *path, const struct build_terms *terms)
{
    struct verdict verdict = {0};
    bool good = table_make(path, terms, &(struct map_notes){see_note, NULL}, &verdict);
    CHECK(good || verdict.text[0]);
    return good;
}

static void check(const char *type, const char *path, const char *key, const char *wanted)
{
    char spec[300];
    struct verdict verdict;
    struct str value;
    struct arena *arena = arena_create(1 << 20);
    snprintf(spec, sizeof spec, "%s:%s", type, path);
    struct map *map = map_open(str_of(spec), &verdict);
    enum map_result result = map_find(map, str_of(key), arena, &value, &verdict);
    CHECK_STR(result == MAP_FOUND ? value : result == MAP_ERROR ? STR("ERROR") : STR("NOT FOUND"), wanted);
    map_close(map);
    arena_destroy(arena);
}

TEST(a_key_with_a_colon_is_taken_and_wondered_at)
{
    const char *path = write_text("looks", "root: admin\nhost:25 smtp\n");
    CHECK(make(path, &(struct build_terms){0}));
    CHECK_INT(notes_seen, 1);
    CHECK(strstr(last_note, "is this a file of aliases?"));
    check("hash", path, "root:", "admin");
    path = write_text("aliases", "root: admin\n");
    CHECK(make(path, &(struct build_terms){.aliases = true}));
    CHECK_INT(notes_seen, 0);
}

TEST(a_table_is_made_from_its_text)
{
    const char *path = write_text("table", "# comment\nKey one\nother\n  two\n");
    CHECK(make(path, &(struct build_terms){0}));
    CHECK_INT(notes_seen, 0);
    check("hash", path, "key", "one");
    check("hash", path, "other", "two");
}

TEST(duplicates_are_noted_ignored_or_replace)
{
    const char *path = write_text("dup", "a 1\nA 2\n");
    CHECK(make(path, &(struct build_terms){0}));
    CHECK_INT(notes_seen, 1);
    CHECK(strstr(last_note, "/dup, line 2: duplicate entry \"a\"") != NULL);
    check("lmdb", path, "a", "1");
    CHECK(make(path, &(struct build_terms){.on_duplicate = DUPLICATE_IGNORED}));
    CHECK_INT(notes_seen, 1);
    CHECK(make(path, &(struct build_terms){.on_duplicate = DUPLICATE_REPLACES}));
    check("lmdb", path, "a", "2");
}

TEST(bad_lines_are_noted_with_their_numbers_and_skipped)
{
    const char *path = write_text("bad", "a 1\n\nlonely\n\"open quote x\nb 2\n");
    CHECK(make(path, &(struct build_terms){0}));
    CHECK_INT(notes_seen, 2);
    CHECK(strstr(last_note, "line 4") != NULL);
    check("lmdb", path, "b", "2");
    check("lmdb", path, "lonely", "NOT FOUND");
}

TEST(a_key_that_is_too_long_is_noted_and_skipped)
{
    char text[2000];
    memset(text, 'k', sizeof text);
    snprintf(text + 512, sizeof text - 512, " v\nb 2\n");
    const char *path = write_text("longkey", text);
    CHECK(make(path, &(struct build_terms){0}));
    CHECK_INT(notes_seen, 1);
    check("lmdb", path, "b", "2");
    CHECK(make(path, &(struct build_terms){.keep_case = true}));
    CHECK_INT(notes_seen, 2);
}

TEST(aliases_are_made_from_names_and_values)
{
    const char *path = write_text("aliases", "Postmaster: root\n\"odd name\": a, \"|prog x, y\"\n"
                                             "bad line\nlist: :include:/etc/list,\n  more\nopen: \"x\n");
    CHECK(make(path, &(struct build_terms){.aliases = true}));
    CHECK_INT(notes_seen, 2);
    check("hash", path, "postmaster", "root");
    check("hash", path, "odd name", "a, \"|prog x, y\"");
    check("hash", path, "list", ":include:/etc/list,  more");
    check("hash", path, "open", "NOT FOUND");
}

TEST(a_text_that_cannot_be_read_leaves_the_old_table)
{
    const char *path = write_text("old", "a 1\n");
    CHECK(make(path, &(struct build_terms){0}));
    unlink(path);
    CHECK(!make(path, &(struct build_terms){0}));
    check("lmdb", path, "a", "1");
}

TEST(a_table_is_no_more_readable_than_its_text)
{
    struct stat st;
    char table[220];
    const char *path = write_text("secret", "a 1\n");
    chmod(path, 0600);
    snprintf(table, sizeof table, "%s.lmdb", path);
    CHECK(make(path, &(struct build_terms){0}));
    CHECK(stat(table, &st) == 0 && (st.st_mode & 0777) == 0600);
}

TEST(making_a_table_leaves_no_temporary_file)
{
    const char *path = write_text("tidy", "a 1\n");
    CHECK(make(path, &(struct build_terms){0}));
    DIR *directory = opendir(test_directory());
    for (struct dirent *entry; (entry = readdir(directory));)
        CHECK(!strstr(entry->d_name, ".new."));
    closedir(directory);
}
