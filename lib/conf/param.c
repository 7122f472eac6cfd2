/* SPDX-License-Identifier: BSD-2-Clause */
/* From text to the typed struct of a program. */
#include "conf/param.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/hash.h"
#include "conf/restriction.h"

void complaints_init(struct complaints *complaints, struct arena *arena)
{
    *complaints = (struct complaints){.arena = arena};
}

void complain(struct complaints *complaints, bool fatal, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?'; /* a file that is none of text must not rule the terminal */
    struct complaint *complaint = arena_get(complaints->arena, sizeof *complaint);
    complaint->fatal = fatal;
    complaint->text = arena_copy(complaints->arena, str_of(text));
    if (complaints->last)
        complaints->last->next = complaint;
    else
        complaints->first = complaint;
    complaints->last = complaint;
    complaints->fatal_count += fatal;
}

void complaints_drop_repetitions(struct complaints *complaints)
{
    struct hash *seen = hash_create();
    struct complaint **link = &complaints->first;
    complaints->last = NULL;
    while (*link) {
        struct complaint *one = *link;
        if (hash_get(seen, one->text)) {
            complaints->fatal_count -= one->fatal;
            *link = one->next;
            continue;
        }
        hash_put(seen, one->text, one);
        complaints->last = one;
        link = &one->next;
    }
    hash_destroy(seen);
}

static int64_t unit_ms(char unit)
{
    switch (unit) {
    case 's':
        return 1000;
    case 'm':
        return 60 * 1000;
    case 'h':
        return 60 * 60 * 1000;
    case 'd':
        return 24 * 60 * 60 * 1000;
    case 'w':
        return 7 * 24 * 60 * 60 * 1000;
    default:
        return 0;
    }
}

bool param_parse_time(struct str text, const char *fallback, int64_t *ms)
{
    struct str unit_of = str_of(fallback);
    uint64_t number;
    if (text.len == 0)
        return false;
    if (text.len > 2 && str_eq_nocase(str_from(text, text.len - 2), STR("ms"))) {
        bool sound = str_to_u64(str_sub(text, 0, text.len - 2), &number) && number <= (uint64_t)INT64_MAX;
        *ms = sound ? (int64_t)number : 0;
        return sound;
    }
    char last = char_lower(text.at[text.len - 1]);
    bool bare = char_is_digit(last);
    int64_t unit = unit_ms(bare ? unit_of.at[unit_of.len - 1] : last);
    if (unit == 0 || !str_to_u64(bare ? text : str_sub(text, 0, text.len - 1), &number) ||
        number > (uint64_t)INT64_MAX / (uint64_t)unit)
        return false;
    *ms = (int64_t)number * unit;
    return true;
}

struct loading {
    const struct param_row *row;
    struct arena *arena;
    struct complaints *complaints;
    void *field;
};

static void load_time(const struct loading *loading, struct str value)
{
    const struct param_row *row = loading->row;
    int64_t ms;
    if (!param_parse_time(value, row->fallback, &ms))
        complain(loading->complaints, true, "%s: not a time: " STR_FMT, row->name, STR_ARG(value));
    else if (ms < row->min * 1000 || ms > row->max * 1000)
        complain(loading->complaints, true, "%s: " STR_FMT " is not between %llds and %llds", row->name,
                 STR_ARG(value), (long long)row->min, (long long)row->max);
    else
        *(int64_t *)loading->field = ms;
}

static void load_count(const struct loading *loading, struct str value)
{
    const struct param_row *row = loading->row;
    int64_t number;
    if (!str_to_i64(value, &number))
        complain(loading->complaints, true, "%s: not a number: " STR_FMT, row->name, STR_ARG(value));
    else if (number < row->min || number > row->max)
        complain(loading->complaints, true, "%s: " STR_FMT " is not between %lld and %lld", row->name,
                 STR_ARG(value), (long long)row->min, (long long)row->max);
    else
        *(int64_t *)loading->field = number;
}

static void load_flag(const struct loading *loading, struct str value)
{
    bool yes = str_eq_nocase(value, STR("yes"));
    if (!yes && !str_eq_nocase(value, STR("no")))
        complain(loading->complaints, true, "%s: neither yes nor no: " STR_FMT, loading->row->name,
                 STR_ARG(value));
    *(bool *)loading->field = yes;
}

static bool looks_like_host(struct str value)
{
    for (size_t i = 0; i < value.len; i++)
        if (!char_is_alnum(value.at[i]) && value.at[i] != '-' && value.at[i] != '.' && value.at[i] != '_' &&
            (unsigned char)value.at[i] < 0x80)
            return false;
    return value.len > 0 && value.len <= 253;
}

/* Exactly as they are written: so the programs compare them. */
static bool is_word_of(const char *words, struct str word)
{
    struct str rest = str_of(words), one;
    while (str_word(&rest, " ", &one))
        if (str_eq(one, word))
            return true;
    return false;
}

static void refuse_word(const struct loading *loading, struct str word)
{
    struct str words = str_trim(str_of(loading->row->words));
    complain(loading->complaints, true, "%s: not one of \"" STR_FMT "\": " STR_FMT, loading->row->name,
             STR_ARG(words), STR_ARG(word));
}

static void check_words(const struct loading *loading, struct str value)
{
    const struct param_row *row = loading->row;
    struct str rest = value, word;
    if (row->kind == PARAM_CHOICE) {
        if (value.len ? !is_word_of(row->words, value) : row->fallback[0] && row->words[0] != ' ')
            refuse_word(loading, value);
        return;
    }
    while (str_word(&rest, ", \t\r\n", &word))
        if (!is_word_of(row->words, word))
            refuse_word(loading, word);
}

static void check_restrictions(const struct loading *loading, struct str value)
{
    struct restriction_item item;
    struct verdict verdict;
    enum restriction_result result;
    while ((result = restriction_next(&value, &item, &verdict)) != RESTRICTION_END)
        if (result == RESTRICTION_WRONG)
            complain(loading->complaints, true, "%s: %s", loading->row->name, verdict.text);
}

static void load_text(const struct loading *loading, struct str value)
{
    const struct param_row *row = loading->row;
    *(struct str *)loading->field = arena_copy(loading->arena, value);
    bool path = row->kind == PARAM_PATH || row->kind == PARAM_READABLE;
    if (path && value.len && value.at[0] != '/')
        complain(loading->complaints, true, "%s: not an absolute path: " STR_FMT, row->name, STR_ARG(value));
    if (row->kind == PARAM_HOSTNAME && !looks_like_host(value))
        complain(loading->complaints, true, "%s: not a host name: \"" STR_FMT "\"", row->name,
                 STR_ARG(value));
    if (row->kind == PARAM_CHOICE || row->kind == PARAM_CHOICES)
        check_words(loading, value);
    if (row->kind == PARAM_ACCESS)
        check_restrictions(loading, value);
}

static void load_row(const struct loading *loading, struct str value)
{
    switch (loading->row->type) {
    case PARAM_TEXT:
        load_text(loading, value);
        break;
    case PARAM_COUNT:
        load_count(loading, value);
        break;
    case PARAM_TIME:
        load_time(loading, value);
        break;
    case PARAM_FLAG:
        load_flag(loading, value);
        break;
    }
}

void param_load(const struct param_set *set, param_source *source, void *context, struct arena *arena,
                struct complaints *complaints, void *params)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct param_row *row = &set->rows[i];
        struct loading loading = {row, arena, complaints, (char *)params + row->offset};
        struct str value;
        if (!source(context, row, arena, &value))
            value = str_of(row->fallback);
        load_row(&loading, value);
    }
}
