/* SPDX-License-Identifier: BSD-2-Clause */
/* main.cf: logical lines, names and values, and the expansion of every value with the others. */
#include "conf/expand.h"
#include "conf/file.h"
#include "fuzz/fuzz.h"

enum { MEMORY = 4 << 20, INPUT_LIMIT = 16 * 1024, MOST_SETTINGS = 200, VALUE_LIMIT = 64 * 1024 };

struct settings {
    struct setting {
        struct str name, value;
    } at[MOST_SETTINGS];
    size_t count;
};

static bool lookup(void *context, struct str name, struct str *raw)
{
    const struct settings *settings = context;
    for (size_t i = settings->count; i > 0; i--) {
        if (!str_eq(settings->at[i - 1].name, name))
            continue;
        *raw = settings->at[i - 1].value;
        return true;
    }
    return false;
}

static void count_name(void *context, struct str name)
{
    size_t *count = context;
    *count += name.len;
}

static void read_settings(struct str text, struct arena *arena, struct settings *settings)
{
    struct complaints complaints;
    struct conf_lines lines;
    struct str line;
    size_t number, before = 0;
    complaints_init(&complaints, arena);
    conf_lines_start(&lines, "main.cf", text, &complaints);
    while (conf_lines_next(&lines, &line, &number)) {
        struct setting setting;
        int64_t ms;
        assert(number > before && line.len > 0);
        before = number;
        if (!conf_line_split(line, &setting.name, &setting.value) || settings->count == MOST_SETTINGS)
            continue;
        assert(setting.name.len > 0);
        param_parse_time(setting.value, "1h", &ms);
        setting.name = arena_copy(arena, setting.name);
        setting.value = arena_copy(arena, setting.value);
        settings->at[settings->count++] = setting;
    }
    conf_lines_finish(&lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    if (size > INPUT_LIMIT)
        return 0;
    struct arena *arena = arena_create(MEMORY);
    struct settings settings = {.count = 0};
    struct buf out;
    buf_init(&out, VALUE_LIMIT);
    read_settings(str_make(octets, size), arena, &settings);
    for (size_t i = 0; i < settings.count; i++) {
        struct expand expand = {.lookup = lookup, .context = &settings};
        size_t length = 0;
        buf_clear(&out);
        bool expands = expand_text(&expand, settings.at[i].value, &out);
        assert(expands || expand.error[0]);
        expand_names(settings.at[i].value, count_name, &length);
    }
    buf_finish(&out);
    arena_destroy(arena);
    return 0;
}
