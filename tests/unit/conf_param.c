/* SPDX-License-Identifier: BSD-2-Clause */
/* From texts to values: kinds, ranges, units. */
#include "conf/param.h"
#include "unit/test.h"

struct sample {
    struct str text, path, host, word, level, words, access;
    int64_t count, wait, days;
    bool flag;
};

#define AT(field) offsetof(struct sample, field)
static const struct param_row rows[] = {
    {"text", PARAM_TEXT, PARAM_PLAIN, "", 0, 0, "t", AT(text)},
    {"path", PARAM_TEXT, PARAM_PATH, "", 0, 0, "p", AT(path)},
    {"host", PARAM_TEXT, PARAM_HOSTNAME, "localhost", 0, 0, "h", AT(host)},
    {"count", PARAM_COUNT, PARAM_PLAIN, "10", 1, 100, "c", AT(count)},
    {"wait", PARAM_TIME, PARAM_PLAIN, "300s", 1, 3600, "w", AT(wait)},
    {"days", PARAM_TIME, PARAM_PLAIN, "5d", 0, 8640000, "d", AT(days)},
    {"word", PARAM_TEXT, PARAM_CHOICE, "one", 0, 0, "w", AT(word), "one two"},
    {"level", PARAM_TEXT, PARAM_CHOICE, "", 0, 0, "l", AT(level), "may encrypt"},
    {"words", PARAM_TEXT, PARAM_CHOICES, "one", 0, 0, "w", AT(words), "one two"},
    {"access", PARAM_TEXT, PARAM_ACCESS, "permit_mynetworks, reject", 0, 0, "a", AT(access)},
    {"flag", PARAM_FLAG, PARAM_PLAIN, "no", 0, 0, "f", AT(flag)},
};
static const struct param_set set = {"sample", rows, sizeof rows / sizeof rows[0], sizeof(struct sample)};

/* One name has another value, all others their default. */
struct given {
    const char *name, *value;
};

static bool source(void *context, const struct param_row *row, struct arena *arena, struct str *value)
{
    const struct given *given = context;
    (void)arena;
    *value = str_of(str_eq(str_of(row->name), str_of(given->name)) ? given->value : row->fallback);
    return true;
}

/* How many complaints refuse this value. */
static size_t load(const char *name, const char *value, struct sample *sample)
{
    struct arena *arena = arena_create(1 << 20);
    struct complaints complaints;
    struct given given = {name, value};
    complaints_init(&complaints, arena);
    param_load(&set, source, &given, arena, &complaints, sample);
    size_t count = complaints.fatal_count;
    arena_destroy(arena);
    return count;
}

TEST(defaults_are_good_values)
{
    struct sample sample;
    CHECK(load("", "", &sample) == 0);
    CHECK(sample.count == 10 && sample.wait == 300000 && sample.days == 432000000 && !sample.flag);
}

TEST(a_time_without_a_unit_has_that_of_its_default)
{
    struct sample sample;
    CHECK(load("days", "5", &sample) == 0 && sample.days == 432000000);
    CHECK(load("wait", "5", &sample) == 0 && sample.wait == 5000);
    CHECK(load("wait", "1h", &sample) == 0 && sample.wait == 3600000);
    CHECK(load("days", "2w", &sample) == 0 && sample.days == 1209600000);
}

TEST(a_time_may_be_in_milliseconds)
{
    struct sample sample;
    CHECK(load("wait", "1500ms", &sample) == 0 && sample.wait == 1500);
    CHECK(load("wait", "1MS", &sample) == 1); /* below the least */
    CHECK(load("wait", "ms", &sample) == 1);
    CHECK(load("wait", "1.5ms", &sample) == 1);
    CHECK(load("wait", "99999999999999999999ms", &sample) == 1);
    CHECK(load("wait", "18446744073709551615ms", &sample) == 1);
}

TEST(a_choice_is_one_of_its_words_and_nothing_only_where_that_is_the_default)
{
    struct sample sample;
    CHECK(load("word", "two", &sample) == 0);
    CHECK(load("word", "three", &sample) == 1);
    CHECK(load("word", "one two", &sample) == 1);
    CHECK(load("word", "Two", &sample) == 1);
    CHECK(load("word", "", &sample) == 1);
    CHECK(load("level", "", &sample) == 0);
    CHECK(load("level", "secure", &sample) == 1);
}

TEST(a_list_of_choices_has_only_such_words)
{
    struct sample sample;
    CHECK(load("words", "two, one", &sample) == 0);
    CHECK(load("words", "", &sample) == 0);
    CHECK(load("words", "two, three, four", &sample) == 2);
}

TEST(a_list_of_restrictions_has_only_known_ones)
{
    struct sample sample;
    CHECK(load("access", "", &sample) == 0);
    CHECK(load("access", "Permit_MyNetworks reject_unauth_destination", &sample) == 0);
    CHECK(load("access", "check_client_access hash:/x, check_helo_access inline:{{a=OK}, b=OK} permit",
               &sample) == 0);
    CHECK(load("access", "permit_mynetworks, check_nothing_access hash:/x", &sample) == 2);
    CHECK(load("access", "check_client_access", &sample) == 1);
    CHECK(load("access", "check_client_access reject nonsense", &sample) == 2);
    CHECK(load("access", "check_client_access inline:{a=OK permit", &sample) == 1);
}

TEST(what_is_no_time_is_refused)
{
    struct sample sample;
    CHECK(load("wait", "5x", &sample) == 1);
    CHECK(load("wait", "", &sample) == 1);
    CHECK(load("wait", "-5", &sample) == 1);
    CHECK(load("wait", "1h30m", &sample) == 1);
    CHECK(load("wait", "99999999999999999999s", &sample) == 1);
}

TEST(a_value_out_of_range_is_refused)
{
    struct sample sample;
    CHECK(load("count", "0", &sample) == 1);
    CHECK(load("count", "101", &sample) == 1);
    CHECK(load("count", "100", &sample) == 0 && sample.count == 100);
    CHECK(load("wait", "2h", &sample) == 1);
    CHECK(load("count", "abc", &sample) == 1);
    CHECK(load("count", "1 2", &sample) == 1);
}

TEST(a_flag_is_yes_or_no_in_any_case)
{
    struct sample sample;
    CHECK(load("flag", "YES", &sample) == 0 && sample.flag);
    CHECK(load("flag", "No", &sample) == 0 && !sample.flag);
    CHECK(load("flag", "true", &sample) == 1);
    CHECK(load("flag", "", &sample) == 1);
}

TEST(a_path_is_empty_or_absolute)
{
    struct sample sample;
    CHECK(load("path", "/a/b", &sample) == 0);
    CHECK(load("path", "", &sample) == 0);
    CHECK(load("path", "a/b", &sample) == 1);
}

TEST(repeated_complaints_are_dropped_and_no_longer_counted)
{
    struct arena *arena = arena_create(1 << 20);
    struct complaints complaints;
    complaints_init(&complaints, arena);
    complain(&complaints, true, "a");
    complain(&complaints, false, "b");
    complain(&complaints, true, "a");
    complaints_drop_repetitions(&complaints);
    CHECK(complaints.fatal_count == 1);
    CHECK_STR(complaints.first->text, "a");
    CHECK(complaints.first->next == complaints.last && !complaints.last->next);
    complain(&complaints, false, "c");
    CHECK_STR(complaints.first->next->next->text, "c");
    arena_destroy(arena);
}
