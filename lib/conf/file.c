/* SPDX-License-Identifier: BSD-2-Clause */
/* Logical lines. */
#include "conf/file.h"

enum { LINE_LIMIT = 16 * 1024 * 1024 };

void conf_lines_start(struct conf_lines *lines, const char *name, struct str text,
                      struct complaints *complaints)
{
    *lines = (struct conf_lines){.name = name, .rest = text, .next_line = 1, .complaints = complaints};
    buf_init(&lines->joined, LINE_LIMIT);
}

void conf_lines_finish(struct conf_lines *lines)
{
    buf_finish(&lines->joined);
}

static bool says_nothing(struct str line)
{
    line = str_trim(line);
    return line.len == 0 || line.at[0] == '#';
}

static bool continues(struct str line)
{
    return line.len && char_is_space(line.at[0]);
}

static bool take_physical(struct conf_lines *lines, struct str *line)
{
    if (lines->rest.len == 0)
        return false;
    size_t end = str_find(lines->rest, '\n');
    *line = str_sub(lines->rest, 0, end);
    lines->rest = end == SIZE_MAX ? (struct str){NULL, 0} : str_from(lines->rest, end + 1);
    lines->next_line++;
    if (line->len && line->at[line->len - 1] == '\r')
        line->len--;
    return true;
}

/* Adds the lines that go on with what is in joined. */
static void take_continuations(struct conf_lines *lines)
{
    struct str before, line;
    for (;;) {
        struct conf_lines saved = *lines;
        before = lines->rest;
        if (!take_physical(lines, &line))
            return;
        if (says_nothing(line))
            continue;
        if (!continues(line)) {
            lines->rest = before;
            lines->next_line = saved.next_line;
            return;
        }
        buf_add(&lines->joined, line);
    }
}

bool conf_lines_next(struct conf_lines *lines, struct str *line, size_t *number)
{
    struct str physical;
    while (take_physical(lines, &physical)) {
        *number = lines->next_line - 1;
        if (says_nothing(physical))
            continue;
        if (continues(physical)) {
            complain(lines->complaints, false,
                     "%s, line %zu: begins with white space and continues nothing; ignored", lines->name,
                     *number);
            continue;
        }
        buf_clear(&lines->joined);
        buf_add(&lines->joined, physical);
        take_continuations(lines);
        if (str_contains(buf_str(&lines->joined), '\0'))
            complain(lines->complaints, false, "%s, line %zu: has a NUL octet in it", lines->name, *number);
        if (lines->joined.over)
            complain(lines->complaints, true, "%s, line %zu: too long", lines->name, *number);
        *line = buf_str(&lines->joined);
        return true;
    }
    return false;
}

bool conf_line_split(struct str line, struct str *name, struct str *value)
{
    size_t end = 0;
    while (end < line.len && line.at[end] != '=' && !char_is_space(line.at[end]))
        end++;
    struct str rest = str_trim(str_from(line, end));
    if (end == 0 || rest.len == 0 || rest.at[0] != '=')
        return false;
    *name = str_sub(line, 0, end);
    *value = str_trim(str_from(rest, 1));
    return true;
}
