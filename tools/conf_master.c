/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The services of master.cf as postconf shows and changes them: whole entries (-M), their eight fields (-F)
 * and their -o parameters (-P). Entries are taken word by word and written back in one form; lines that are
 * not meant stay as they are.
 */
#include <stdio.h>
#include <string.h>

#include "conf/edit.h"
#include "conf/file.h"
#include "tools/conf_view.h"

enum { FIELDS = 8, OPTIONS = 200, TEXT_LIMIT = 16 * 1024 * 1024 };

static const char *const field_names[FIELDS] = {"service", "type",   "private",       "unprivileged",
                                                "chroot",  "wakeup", "process_limit", "command"};

struct entry {
    struct str fields[FIELDS]; /* the last: the program only */
    struct str arguments;      /* other than -o name=value, with a blank before each */
    struct str names[OPTIONS], values[OPTIONS];
    size_t option_count;
};

/* --- reading --- */

/* A word, or "{ ... }" with its braces. */
static bool take_word(struct str *rest, struct str *word)
{
    struct str s = str_trim(*rest);
    size_t depth = 0, end = 0;
    while (end < s.len && (depth || !char_is_space(s.at[end]))) {
        if (s.at[end] == '{' && (end == 0 || depth))
            depth++;
        else if (s.at[end] == '}' && depth)
            depth--;
        end++;
    }
    *word = str_sub(s, 0, end);
    *rest = str_from(s, end);
    return end > 0;
}

static bool take_option(struct str word, struct entry *entry)
{
    if (word.len > 1 && word.at[0] == '{')
        word = str_trim(str_sub(word, 1, word.len - 2));
    if (entry->option_count == OPTIONS ||
        !conf_line_split(word, &entry->names[entry->option_count], &entry->values[entry->option_count]))
        return false;
    entry->option_count++;
    return true;
}

static bool read_entry(struct arena *arena, struct str line, struct entry *entry)
{
    struct str word;
    *entry = (struct entry){.option_count = 0};
    for (size_t i = 0; i < FIELDS; i++)
        if (!take_word(&line, &entry->fields[i]))
            return false;
    while (take_word(&line, &word)) {
        if (str_eq(word, STR("-o"))
                ? take_word(&line, &word) && take_option(word, entry)
                : word.len > 2 && str_starts(word, STR("-o")) && take_option(str_from(word, 2), entry))
            continue;
        entry->arguments = arena_printf(arena, STR_FMT " " STR_FMT, STR_ARG(entry->arguments), STR_ARG(word));
    }
    return true;
}

/* Whether "service/type" or "service" names it. Takes that off *pattern; what is left is behind a further
 * slash. */
static bool matches(const struct entry *entry, struct str *pattern)
{
    struct str service, type, rest = *pattern;
    /* The service's own name may have a slash in it. */
    if (!str_starts(rest, entry->fields[0]))
        return str_starts(rest, STR("*")) && rest.len == 1 ? (*pattern = (struct str){NULL, 0}, true) : false;
    service = str_from(rest, entry->fields[0].len);
    if (service.len == 0) {
        *pattern = (struct str){NULL, 0};
        return true;
    }
    if (service.at[0] != '/')
        return false;
    rest = str_from(service, 1);
    str_cut(&rest, '/', &type);
    if (!str_eq(type, entry->fields[1]) && !str_eq(type, STR("*")))
        return false;
    *pattern = rest;
    return true;
}

/* --- writing --- */

static void put_option(struct str name, struct str value, struct buf *out)
{
    bool blanks = false;
    for (size_t i = 0; i < value.len; i++)
        blanks = blanks || char_is_space(value.at[i]);
    bool braces = blanks || value.len == 0;
    buf_printf(out, "\n    -o %s" STR_FMT "=" STR_FMT "%s", braces ? "{ " : "", STR_ARG(name), STR_ARG(value),
               braces ? " }" : "");
}

static void put_entry(const struct entry *entry, struct buf *out)
{
    static const int widths[FIELDS] = {10, 5, 7, 7, 7, 7, 7, 0};
    for (size_t i = 0; i < FIELDS; i++)
        buf_printf(out, "%s%-*.*s", i ? " " : "", widths[i], STR_ARG(entry->fields[i]));
    buf_add(out, entry->arguments);
    for (size_t i = 0; i < entry->option_count; i++)
        put_option(entry->names[i], entry->values[i], out);
}

/* --- showing --- */

static void show_entry(const struct conf_view *view, const struct entry *entry)
{
    struct buf text;
    buf_init(&text, TEXT_LIMIT);
    put_entry(entry, &text);
    struct str rest = buf_str(&text), line;
    for (bool first = true; str_cut(&rest, '\n', &line); first = false)
        printf("%s" STR_FMT,
               first          ? ""
               : view->folded ? "\n    "
                              : " ",
               STR_ARG(first ? line : str_trim(line)));
    putchar('\n');
    buf_finish(&text);
}

static struct str full_name(const struct conf_view *view, const struct entry *entry, struct str last)
{
    return arena_printf(view->arena, STR_FMT "/" STR_FMT "/" STR_FMT, STR_ARG(entry->fields[0]),
                        STR_ARG(entry->fields[1]), STR_ARG(last));
}

static struct str whole_command(const struct conf_view *view, const struct entry *entry)
{
    struct buf text;
    buf_init(&text, TEXT_LIMIT);
    buf_add(&text, entry->fields[FIELDS - 1]);
    buf_add(&text, entry->arguments);
    for (size_t i = 0; i < entry->option_count; i++)
        put_option(entry->names[i], entry->values[i], &text);
    struct str command = arena_copy(view->arena, buf_str(&text));
    buf_finish(&text);
    return command;
}

/* wanted: the field or parameter; empty: all. False when there is no such thing. */
static bool show_parts(const struct conf_view *view, const struct entry *entry, struct str wanted)
{
    bool shown = wanted.len == 0;
    for (size_t i = 0; view->subject == CONF_FIELDS && i < FIELDS; i++) {
        if (wanted.len && !str_eq(wanted, str_of(field_names[i])))
            continue;
        conf_print(view, full_name(view, entry, str_of(field_names[i])),
                   i + 1 < FIELDS ? entry->fields[i] : whole_command(view, entry));
        shown = true;
    }
    for (size_t i = 0; view->subject == CONF_OVERRIDES && i < entry->option_count; i++) {
        if (wanted.len && !str_eq(wanted, entry->names[i]))
            continue;
        conf_print(view, full_name(view, entry, entry->names[i]), entry->values[i]);
        shown = true;
    }
    return shown;
}

/* Shows what one word of the command line (NULL: everything) means. */
static bool show_matching(struct conf_view *view, struct str text, const char *word)
{
    struct conf_lines lines;
    struct str line;
    size_t number;
    bool found = word == NULL;
    conf_lines_start(&lines, "master.cf", text, &view->complaints);
    while (conf_lines_next(&lines, &line, &number)) {
        struct entry entry;
        struct str wanted = str_of(word);
        struct str kept = arena_copy(view->arena, line);
        if (!read_entry(view->arena, kept, &entry) || (word && !matches(&entry, &wanted)))
            continue;
        if (view->subject == CONF_SERVICES)
            show_entry(view, &entry);
        found = view->subject == CONF_SERVICES || show_parts(view, &entry, wanted) || found;
    }
    conf_lines_finish(&lines);
    if (!found)
        conf_say(view, "warning", "%s: there is no such thing in master.cf", word);
    return found;
}

bool conf_master_show(struct conf_view *view)
{
    struct buf text;
    bool good = conf_file_read(view, "master.cf", &text);
    if (good && view->word_count == 0)
        good = show_matching(view, buf_str(&text), NULL);
    for (size_t i = 0; good && i < view->word_count; i++)
        good = show_matching(view, buf_str(&text), view->words[i]);
    buf_finish(&text);
    return good;
}

/* --- changing --- */

struct change {
    struct conf_view *view;
    struct str pattern; /* service/type[/name] */
    struct str value;   /* behind the '=' */
    bool found, bad;
};

static bool set_field(struct entry *entry, struct str name, struct str value)
{
    for (size_t i = 0; i < FIELDS; i++) {
        if (!str_eq(name, str_of(field_names[i])))
            continue;
        entry->fields[i] = value;
        if (i + 1 == FIELDS) { /* a command comes with its arguments */
            entry->arguments = (struct str){NULL, 0};
            entry->option_count = 0;
        }
        return value.len > 0;
    }
    return false;
}

static bool set_override(struct entry *entry, struct str name, struct str value, bool remove)
{
    size_t i = 0;
    while (i < entry->option_count && !str_eq(entry->names[i], name))
        i++;
    if (remove && i < entry->option_count) {
        entry->option_count--;
        memmove(&entry->names[i], &entry->names[i + 1], (entry->option_count - i) * sizeof *entry->names);
        memmove(&entry->values[i], &entry->values[i + 1], (entry->option_count - i) * sizeof *entry->values);
    } else if (!remove && name.len && i < OPTIONS) {
        entry->names[i] = name;
        entry->values[i] = value;
        entry->option_count += i == entry->option_count;
    }
    return name.len > 0 && i < OPTIONS;
}

static enum conf_edit_verb change_service(struct change *change, struct buf *replacement)
{
    struct entry entry;
    if (change->view->action == CONF_COMMENT)
        return CONF_EDIT_COMMENT_OUT;
    if (change->view->action == CONF_REMOVE)
        return CONF_EDIT_DELETE;
    change->bad = !read_entry(change->view->arena, change->value, &entry);
    if (!change->bad)
        put_entry(&entry, replacement);
    return change->bad ? CONF_EDIT_KEEP : CONF_EDIT_REPLACE;
}

static enum conf_edit_verb change_line(void *arg, struct str line, struct buf *replacement)
{
    struct change *change = arg;
    struct conf_view *view = change->view;
    struct str name = change->pattern;
    struct entry entry;
    if (!read_entry(view->arena, line, &entry) || !matches(&entry, &name))
        return CONF_EDIT_KEEP;
    if (view->subject == CONF_SERVICES && change->found)
        return CONF_EDIT_DELETE;
    change->found = true;
    if (view->subject == CONF_SERVICES)
        return change_service(change, replacement);
    bool good = view->subject == CONF_FIELDS
                    ? set_field(&entry, name, change->value)
                    : set_override(&entry, name, change->value, view->action == CONF_REMOVE);
    change->bad = change->bad || !good;
    put_entry(&entry, replacement);
    return good ? CONF_EDIT_REPLACE : CONF_EDIT_KEEP;
}

static bool add_service(struct change *change, struct buf *out)
{
    struct entry entry;
    if (!read_entry(change->view->arena, change->value, &entry))
        return false;
    put_entry(&entry, out);
    return buf_add_char(out, '\n');
}

/* Changes *text as one word says. */
static bool apply(struct conf_view *view, const char *word, struct buf *text)
{
    struct change change = {.view = view, .value = str_of(word)};
    struct buf out;
    str_cut(&change.value, '=', &change.pattern);
    change.pattern = str_trim(change.pattern);
    change.value = str_trim(change.value);
    buf_init(&out, TEXT_LIMIT);
    bool good = (view->action == CONF_SET) == (strchr(word, '=') != NULL) &&
                conf_edit(buf_str(text), change_line, &change, &out) && !change.bad;
    if (good && !change.found)
        good =
            view->subject == CONF_SERVICES && view->action == CONF_SET ? add_service(&change, &out) : false;
    if (!good)
        conf_say(view, "fatal", "%s: that cannot be done with master.cf", word);
    struct buf old = *text;
    *text = out;
    buf_finish(&old);
    return good;
}

bool conf_master_edit(struct conf_view *view)
{
    struct buf text;
    if (view->word_count == 0 || (view->subject == CONF_FIELDS && view->action != CONF_SET) ||
        (view->subject == CONF_OVERRIDES && view->action == CONF_COMMENT)) {
        conf_say(view, "fatal", "name what to change; fields are only set, parameters set or removed");
        return false;
    }
    bool good = conf_file_read(view, "master.cf", &text);
    for (size_t i = 0; good && i < view->word_count; i++)
        good = apply(view, view->words[i], &text);
    good = good && conf_file_write(view, "master.cf", &text);
    buf_finish(&text);
    return good;
}
