/* SPDX-License-Identifier: BSD-2-Clause */
/* Logical lines of table files. */
#include "map/table_text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "io/file.h"
#include "base/list.h"

void table_text_over(struct table_text *text, const struct map_source *source, struct str octets)
{
    *text = (struct table_text){.source = source, .rest = octets, .next_line = 1};
    buf_init(&text->file, MAP_FILE_LIMIT);
    buf_init(&text->joined, MAP_FILE_LIMIT);
}

bool table_text_open(struct table_text *text, const struct map_source *source, struct verdict *verdict)
{
    table_text_over(text, source, (struct str){NULL, 0});
    if (!source->path) {
        text->braced = true;
        if (!list_unbrace(source->name, &text->rest))
            return verdict_set(verdict, 451, "3.5", "bad braces in \"" STR_FMT "\"", STR_ARG(source->name));
        return true;
    }
    errno = 0;
    if (!file_read_whole(AT_FDCWD, source->path, &text->file))
        return verdict_system(verdict, source->path, errno);
    text->rest = buf_str(&text->file);
    return true;
}

void table_text_close(struct table_text *text)
{
    buf_finish(&text->file);
    buf_finish(&text->joined);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Empty, or a comment. */
static bool says_nothing(struct str line)
{
    line = str_trim(line);
    return line.len == 0 || line.at[0] == '#';
}

static struct str take_physical(struct table_text *text)
{
    size_t end = str_find(text->rest, '\n');
    struct str line = str_sub(text->rest, 0, end);
    text->rest = end == SIZE_MAX ? (struct str){NULL, 0} : str_from(text->rest, end + 1);
    text->next_line++;
    return line;
}

/* Drops lines that say nothing; false at the end. */
static bool skip_silence(struct table_text *text)
{
    while (text->rest.len) {
        size_t end = str_find(text->rest, '\n');
        if (!says_nothing(str_sub(text->rest, 0, end)))
            return true;
        take_physical(text);
    }
    return false;
}

/* Adds what continues the line just taken. */
static struct str continued(struct table_text *text, struct str line)
{
    bool joining = false;
    while (skip_silence(text) && is_blank(text->rest.at[0])) {
        if (!joining) {
            buf_clear(&text->joined);
            buf_add(&text->joined, str_trim(line));
            joining = true;
        }
        struct str more = take_physical(text);
        if (str_ends(more, STR("\r")))
            more.len--;
        buf_add(&text->joined, more);
    }
    return joining ? buf_str(&text->joined) : line;
}

static bool next_braced(struct table_text *text, struct str *line, size_t *number)
{
    struct str item;
    bool broken = false;
    *number = 0;
    while (list_next(&text->rest, &item, &broken)) {
        if (!list_unbrace(item, line))
            *line = item;
        if (line->len)
            return true;
    }
    if (broken && !text->stopped)
        map_note(text->source, 0, "a brace is not closed at \"" STR_FMT "\"", STR_ARG(text->rest));
    text->stopped = broken;
    return false;
}

bool table_text_next(struct table_text *text, struct str *line, size_t *number)
{
    if (text->braced)
        return next_braced(text, line, number);
    while (skip_silence(text)) {
        *number = text->next_line;
        bool misplaced = is_blank(text->rest.at[0]);
        *line = str_trim(continued(text, take_physical(text)));
        if (!misplaced)
            return true;
        map_note(text->source, *number, "a line must not begin with white space; skipped");
    }
    return false;
}

bool table_entry_split(struct str line, struct str *key, struct str *value, const char **why)
{
    bool quoted = false;
    size_t at = 0;
    for (; at < line.len; at++) {
        char c = line.at[at];
        if (c == '\\' && at + 1 < line.len)
            at++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && char_is_space(c))
            break;
    }
    if (quoted) {
        *why = "unbalanced quote";
        return false;
    }
    *key = str_sub(line, 0, at);
    *value = str_trim(str_from(line, at));
    if (!key->len || !value->len) {
        *why = "expected: key, white space, value";
        return false;
    }
    return true;
}
