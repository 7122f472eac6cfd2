/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes a manual page of its source while the house is built. In the place of a line `.\" PARAMETERS folder`
 * comes the list of the rows in that folder's params.def, of `PARAMETERS all` every row there is, by name,
 * and of `PARAMETERS known` the names of Postfix's that nothing here acts on; in that of `.\" COUNTERS` what
 * is counted; in that of `.\" INCLUDE file` that file: what many pages say alike. What a page says of an
 * installation in /usr becomes true of the one at hand.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/installed.h"
#include "conf/registry.h"
#include "io/file.h"

enum { PAGE_LIMIT = 4 * 1024 * 1024, ROWS = 4096, COLUMN = 78 };

struct entry {
    const struct param_row *row;
    const char *owner; /* a folder */
};

/* --- mdoc --- */

/* A word as it stands in running text; what mdoc would read as its own is masked. */
static void add_word(struct buf *page, struct str word, bool first)
{
    if (first && (word.at[0] == '.' || word.at[0] == '\''))
        buf_add_text(page, "\\&");
    for (size_t i = 0; i < word.len; i++)
        if (word.at[i] == '\\')
            buf_add_text(page, "\\e");
        else if (word.at[i] == '-' && (i == 0 || word.at[i - 1] == '-'))
            buf_add_text(page, "\\-");
        else
            buf_add_char(page, word.at[i]);
}

/* Sentences, each from the beginning of a line. */
static void add_text(struct buf *page, struct str text)
{
    struct str word;
    size_t column = 0;
    bool ended = false;
    while (str_word(&text, " ", &word)) {
        bool begins = ended && word.at[0] >= 'A' && word.at[0] <= 'Z';
        bool wrap = column && (begins || column + 1 + word.len > COLUMN);
        if (column)
            buf_add_char(page, wrap ? '\n' : ' ');
        column = wrap || !column ? 0 : column + 1;
        add_word(page, word, column == 0);
        column += word.len;
        ended = word.at[word.len - 1] == '.';
    }
    buf_add_char(page, '\n');
}

/* A value in quotes, by a macro: none of its words is one. */
static void add_quoted(struct buf *page, struct str value)
{
    struct str word;
    buf_add_text(page, ".Ql");
    while (str_word(&value, " ", &word)) {
        buf_add_text(page, " \\&");
        for (size_t i = 0; i < word.len; i++)
            if (word.at[i] == '\\')
                buf_add_text(page, "\\e");
            else if (word.at[i] == '"')
                buf_add_text(page, "\\(dq");
            else if (word.at[i] == '-')
                buf_add_text(page, "\\-");
            else
                buf_add_char(page, word.at[i]);
    }
    buf_add_text(page, " .\n");
}

/* --- rows --- */

static const char *kind_name(const struct param_row *row)
{
    static const char *const kinds[] = {
        [PARAM_PLAIN] = "A text",         [PARAM_MAPS] = "A list of tables",
        [PARAM_MATCH] = "A match list",   [PARAM_ACCESS] = "A list of restrictions",
        [PARAM_PATH] = "A path",          [PARAM_READABLE] = "A file",
        [PARAM_HOSTNAME] = "A host name", [PARAM_CHOICE] = "One of",
        [PARAM_CHOICES] = "A list of",
    };
    static const char *const types[] = {
        [PARAM_COUNT] = "A count", [PARAM_TIME] = "A time", [PARAM_FLAG] = "A flag"};
    return row->type == PARAM_TEXT ? kinds[row->kind] : types[row->type];
}

/* In the largest unit that divides it. */
static void add_seconds(struct buf *page, int64_t seconds)
{
    static const struct {
        int64_t seconds;
        char letter;
    } units[] = {{604800, 'w'}, {86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    size_t i = 0;
    while (seconds % units[i].seconds != 0 || (seconds == 0 && units[i].seconds > 1))
        i++;
    buf_printf(page, "%lld%c", (long long)(seconds / units[i].seconds), units[i].letter);
}

static void add_range(struct buf *page, const struct param_row *row)
{
    if (row->type == PARAM_TIME) {
        buf_add_text(page, " from ");
        add_seconds(page, row->min);
        buf_add_text(page, " to ");
        add_seconds(page, row->max);
    } else if (row->type == PARAM_COUNT && row->max == INT64_MAX) {
        buf_printf(page, " from %lld", (long long)row->min);
    } else if (row->type == PARAM_COUNT) {
        buf_printf(page, " from %lld to %lld", (long long)row->min, (long long)row->max);
    } else if (row->words) {
        struct str rest = str_of(row->words), word;
        while (str_word(&rest, " ", &word))
            buf_printf(page, "\n.Cm " STR_FMT "%s", STR_ARG(word), rest.len ? " ," : " ;\n");
    }
}

static void add_row(struct buf *page, const struct param_row *row)
{
    buf_printf(page, ".It Va %s\n", row->name);
    add_text(page, str_of(row->help));
    buf_add_text(page, kind_name(row));
    add_range(page, row);
    if (row->type != PARAM_TEXT) {
        buf_printf(page, "; default %s.\n", row->fallback);
    } else if (row->fallback[0] == '\0') {
        buf_add_text(page, row->words ? "empty by default.\n" : "; empty by default.\n");
    } else {
        buf_add_text(page, row->words ? "default\n" : "; default\n");
        add_quoted(page, str_of(row->fallback));
    }
}

static bool add_folder(struct buf *page, struct str folder)
{
    bool found = false;
    buf_add_text(page, ".Bl -tag -width Ds\n");
    for (const struct param_set *const *set = all_param_sets; *set; set++)
        for (size_t i = 0; str_eq(str_of((*set)->owner), folder) && i < (*set)->count; i++) {
            add_row(page, &(*set)->rows[i]);
            found = true;
        }
    buf_add_text(page, ".El\n");
    return found;
}

static int by_name(const void *a, const void *b)
{
    const struct entry *left = a, *right = b;
    return strcmp(left->row->name, right->row->name);
}

/* Who acts on it is said where that is one program. */
static void add_all(struct buf *page)
{
    struct entry entries[ROWS];
    size_t count = 0;
    for (const struct param_set *const *set = all_param_sets; *set; set++)
        for (size_t i = 0; i < (*set)->count && count < ROWS; i++)
            entries[count++] = (struct entry){&(*set)->rows[i], (*set)->owner};
    qsort(entries, count, sizeof entries[0], by_name);
    buf_add_text(page, ".Bl -tag -width Ds\n");
    for (size_t i = 0; i < count; i++) {
        add_row(page, entries[i].row);
        if (!strchr(entries[i].owner, '/'))
            buf_printf(page, ".Pq Xr %s 8\n", entries[i].owner);
    }
    buf_add_text(page, ".El\n");
}

static void add_known(struct buf *page)
{
    static const char *const known[] = {
#define KNOWN(name, fallback, effect) name,
#include "conf/known.def"
#undef KNOWN
    };
    size_t count = sizeof known / sizeof known[0];
    for (size_t i = 0; i < count; i++)
        buf_printf(page, ".Va %s %c\n", known[i], i + 1 < count ? ',' : '.');
}

/* --- pages --- */

static bool add_parameters(struct buf *page, struct str what)
{
    if (str_eq(what, STR("all")))
        add_all(page);
    else if (str_eq(what, STR("known")))
        add_known(page);
    else
        return add_folder(page, what);
    return true;
}

/* Copies a line; the places of an installation in /usr are replaced by ours. */
static void add_line(struct buf *page, struct str line)
{
    static const struct {
        struct str said;
        const char *is;
    } places[] = {{STR_INIT("/etc/relais"), INSTALLED_CONFIGURATION},
                  {STR_INIT("/usr/libexec/relais"), INSTALLED_PROGRAMS},
                  {STR_INIT("/var/spool/relais"), INSTALLED_QUEUE},
                  {STR_INIT("/var/lib/relais"), INSTALLED_DATA},
                  {STR_INIT("/var/vmail"), INSTALLED_MAIL}};
    for (size_t at = 0; at < line.len;) {
        size_t i = 0;
        while (i < sizeof places / sizeof places[0] && !str_starts(str_from(line, at), places[i].said))
            i++;
        if (i < sizeof places / sizeof places[0]) {
            buf_add_text(page, places[i].is);
            at += places[i].said.len;
        } else {
            buf_add_char(page, line.at[at++]);
        }
    }
    buf_add_char(page, '\n');
}

static bool add_counters(struct buf *page, struct str none)
{
    static const struct {
        const char *name, *help;
    } counters[] = {
#define METRIC(name, help) {#name, help},
#include "worker/metrics.def"
#undef METRIC
    };
    buf_add_text(page, ".Bl -tag -width queue_delivered -compact\n");
    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++)
        buf_printf(page, ".It Li %s\n%s\n", counters[i].name, counters[i].help);
    buf_add_text(page, ".El\n");
    return none.len == 0;
}

/* From the folder of the sources, where we are run. */
static bool add_include(struct buf *page, struct str file)
{
    struct buf text;
    char path[256];
    snprintf(path, sizeof path, STR_FMT, STR_ARG(file));
    buf_init(&text, PAGE_LIMIT);
    bool read = file_read_whole(AT_FDCWD, path, &text);
    struct str rest = buf_str(&text), line;
    while (rest.len && str_cut(&rest, '\n', &line))
        add_line(page, line);
    buf_finish(&text);
    return read;
}

static bool make_page(struct str source, struct buf *page)
{
    static const struct {
        struct str mark;
        bool (*add)(struct buf *page, struct str what);
    } marks[] = {{STR_INIT(".\\\" PARAMETERS "), add_parameters},
                 {STR_INIT(".\\\" COUNTERS"), add_counters},
                 {STR_INIT(".\\\" INCLUDE "), add_include}};
    struct str line;
    while (source.len && str_cut(&source, '\n', &line)) {
        size_t i = 0;
        while (i < sizeof marks / sizeof marks[0] && !str_starts(line, marks[i].mark))
            i++;
        if (i == sizeof marks / sizeof marks[0]) {
            add_line(page, line);
        } else if (!marks[i].add(page, str_trim(str_from(line, marks[i].mark.len)))) {
            fprintf(stderr, "page: that cannot be: " STR_FMT "\n", STR_ARG(line));
            return false;
        }
    }
    return !page->over;
}

int main(int argc, char **argv)
{
    struct buf source, page;
    buf_init(&source, PAGE_LIMIT);
    buf_init(&page, PAGE_LIMIT);
    bool made =
        argc == 3 && file_read_whole(AT_FDCWD, argv[1], &source) && make_page(buf_str(&source), &page);
    if (made && !file_replace(AT_FDCWD, argv[2], buf_str(&page), 0644))
        made = false;
    if (!made)
        fprintf(stderr, "page: %s cannot be made\n", argc > 2 ? argv[2] : "a page without names");
    buf_finish(&source);
    buf_finish(&page);
    return made ? EXIT_SUCCESS : EXIT_FAILURE;
}
