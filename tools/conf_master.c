/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The services of master.cf as postconf shows and changes them: whole entries (-M), their eight fields (-F)
 * and their -o parameters (-P). Entries are taken word by word and written back in one form; lines that are
 * not meant stay as they are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/edit.h"
#include "conf/file.h"
#include "tools/conf_view.h"

enum {
    FIELDS = 8,
    COMMAND = 7,
    ARGUMENTS = 400,
    TEXT_LIMIT = 16 * 1024 * 1024,
    LINE_COLUMNS = 79,
    INDENT = 4
};

static const char *const field_names[FIELDS] = {"service", "type",   "private",       "unprivileged",
                                                "chroot",  "wakeup", "process_limit", "command"};

/* An option -o (then it has a name), or another word. */
struct argument {
    struct str name, value, word;
    bool of_program; /* stands behind the options */
};

struct entry {
    struct str fields[FIELDS]; /* the last: the program only */
    struct argument arguments[ARGUMENTS];
    size_t argument_count;
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

static bool take_option(struct str word, struct argument *argument)
{
    if (word.len > 1 && word.at[0] == '{')
        word = str_trim(str_sub(word, 1, word.len - 2));
    return conf_line_split(word, &argument->name, &argument->value);
}

static bool read_argument(struct str word, struct str *rest, struct argument *argument)
{
    *argument = (struct argument){.word = word};
    if (!str_starts(word, STR("-o")))
        return true;
    return word.len > 2 ? take_option(str_from(word, 2), argument)
                        : take_word(rest, &word) && take_option(word, argument);
}

/* Options come first; what stands behind the first word that is none belongs to the program as it is. */
static bool read_entry(struct str line, struct entry *entry)
{
    struct str word;
    bool of_program = false;
    entry->argument_count = 0;
    for (size_t i = 0; i < FIELDS; i++)
        if (!take_word(&line, &entry->fields[i]))
            return false;
    while (take_word(&line, &word)) {
        struct argument *argument = &entry->arguments[entry->argument_count];
        if (entry->argument_count++ == ARGUMENTS)
            return false;
        of_program = of_program || !str_starts(word, STR("-"));
        if (of_program)
            *argument = (struct argument){.word = word, .of_program = true};
        else if (!read_argument(word, &line, argument))
            return false;
    }
    return true;
}

/* Takes "text" or "*", and the slash behind it, off *pattern. A service's name may have a slash in it. */
static bool take_match(struct str *pattern, struct str text)
{
    struct str rest = *pattern;
    if (str_starts(rest, text))
        rest = str_from(rest, text.len);
    else if (str_starts(rest, STR("*")))
        rest = str_from(rest, 1);
    else
        return false;
    if (rest.len && rest.at[0] != '/')
        return false;
    *pattern = str_from(rest, 1);
    return true;
}

/* Whether "service", "service/type" or "service/type/name" means it. Takes service and type off *pattern. */
static bool matches(const struct entry *entry, struct str *pattern)
{
    return take_match(pattern, entry->fields[0]) &&
           (pattern->len == 0 || take_match(pattern, entry->fields[1]));
}

static bool name_matches(struct str pattern, struct str name)
{
    return pattern.len == 0 || str_eq(pattern, STR("*")) || str_eq(pattern, name);
}

/* --- writing --- */

static bool has_blanks(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (char_is_space(text.at[i]))
            return true;
    return false;
}

static struct str argument_text(const struct argument *argument, struct arena *arena)
{
    bool braces = has_blanks(argument->value);
    if (!argument->name.len)
        return argument->word;
    return arena_printf(arena, "-o %s" STR_FMT "=" STR_FMT "%s", braces ? "{" : "", STR_ARG(argument->name),
                        STR_ARG(argument->value), braces ? "}" : "");
}

static bool next_is_of_program(const struct entry *entry, size_t i)
{
    return i + 1 < entry->argument_count && entry->arguments[i + 1].of_program;
}

/* Folded, each option with a value has a line of its own, and other words stand as far as there is room.
 * column: of what is in *out already. */
static void put_arguments(const struct entry *entry, struct arena *arena, bool folded, size_t column,
                          struct buf *out)
{
    bool after_option = false;
    for (size_t i = 0; i < entry->argument_count; i++) {
        const struct argument *argument = &entry->arguments[i];
        struct str text = argument_text(argument, arena);
        bool begins = argument->name.len || after_option;
        bool fold = folded && (begins || column + 1 + text.len > LINE_COLUMNS);
        buf_printf(out, "%s" STR_FMT, fold ? "\n    " : " ", STR_ARG(text));
        column = (fold ? INDENT : column + 1) + text.len;
        after_option = !argument->of_program && (argument->name.len || next_is_of_program(entry, i));
    }
}

/* Each field at its column, or as soon behind the one before as can be. */
static void put_entry(const struct entry *entry, struct arena *arena, bool folded, struct buf *out)
{
    static const size_t columns[FIELDS] = {0, 11, 17, 25, 33, 41, 49, 57};
    size_t start = out->len;
    for (size_t i = 0; i < FIELDS; i++) {
        size_t used = out->len - start, wanted = columns[i] > used ? columns[i] : used + 1;
        buf_printf(out, "%*s" STR_FMT, i ? (int)(wanted - used) : 0, "", STR_ARG(entry->fields[i]));
    }
    put_arguments(entry, arena, folded, out->len - start, out);
}

/* --- showing --- */

static void show_entry(const struct conf_view *view, const struct entry *entry)
{
    struct buf text;
    buf_init(&text, TEXT_LIMIT);
    put_entry(entry, view->arena, view->folded, &text);
    printf(STR_FMT "\n", STR_ARG(buf_str(&text)));
    buf_finish(&text);
}

static struct str full_name(const struct conf_view *view, const struct entry *entry, struct str last)
{
    return arena_printf(view->arena, STR_FMT "/" STR_FMT "/" STR_FMT, STR_ARG(entry->fields[0]),
                        STR_ARG(entry->fields[1]), STR_ARG(last));
}

static void show_command(const struct conf_view *view, const struct entry *entry)
{
    struct str name = full_name(view, entry, STR("command"));
    struct buf text;
    buf_init(&text, TEXT_LIMIT);
    if (!view->no_name && !view->no_value && !view->json)
        buf_printf(&text, STR_FMT " = ", STR_ARG(name));
    buf_add(&text, entry->fields[COMMAND]);
    put_arguments(entry, view->arena, view->folded, text.len, &text);
    if (view->json || view->no_value)
        conf_print(view, name, buf_str(&text));
    else
        printf(STR_FMT "\n", STR_ARG(buf_str(&text)));
    buf_finish(&text);
}

/* Both show parts whose name matches, and return whether there were any. */
static bool show_fields(const struct conf_view *view, const struct entry *entry, struct str wanted)
{
    bool shown = false;
    for (size_t i = 0; i < FIELDS; i++) {
        if (!name_matches(wanted, str_of(field_names[i])))
            continue;
        if (i == COMMAND)
            show_command(view, entry);
        else
            conf_print(view, full_name(view, entry, str_of(field_names[i])), entry->fields[i]);
        shown = true;
    }
    return shown;
}

static int by_name(const void *left, const void *right)
{
    const struct argument *const *a = left, *const *b = right;
    int order = str_compare((*a)->name, (*b)->name);
    return order ? order : (*a > *b) - (*a < *b);
}

static const struct service *service_of(const struct conf_view *view, const struct entry *entry)
{
    const struct services *services = conf_services(view->conf);
    for (size_t i = 0; i < services->count; i++)
        if (str_eq(services->at[i].name, entry->fields[0]) &&
            str_eq(str_of(service_type_name(services->at[i].type)), entry->fields[1]))
            return &services->at[i];
    return NULL;
}

/* In order of name; of two with one name the last counts. */
static bool show_overrides(struct conf_view *view, const struct entry *entry, struct str wanted)
{
    const struct argument *sorted[ARGUMENTS];
    size_t count = 0;
    for (size_t i = 0; i < entry->argument_count; i++)
        if (entry->arguments[i].name.len && name_matches(wanted, entry->arguments[i].name))
            sorted[count++] = &entry->arguments[i];
    if (count)
        qsort(sorted, count, sizeof sorted[0], by_name);
    for (size_t i = 0; i < count; i++)
        if (i + 1 == count || !str_eq(sorted[i]->name, sorted[i + 1]->name))
            conf_print(view, full_name(view, entry, sorted[i]->name), sorted[i]->value);
    return count > 0;
}

static bool show_parts(struct conf_view *view, const struct entry *entry, struct str wanted)
{
    if (view->subject == CONF_FIELDS)
        return show_fields(view, entry, wanted);
    if (view->subject == CONF_OVERRIDES)
        return show_overrides(view, entry, wanted);
    show_entry(view, entry);
    return true;
}

static void expand_options(struct conf_view *view, struct entry *entry)
{
    const struct service *service = service_of(view, entry);
    for (size_t i = 0; i < entry->argument_count; i++)
        if (entry->arguments[i].name.len)
            conf_value(view->conf, service, entry->arguments[i].name, view->arena, &view->complaints,
                       &entry->arguments[i].value);
}

/* What the words of the command line (none: everything) mean in this entry; found[i]: word i meant
 * something. */
static void show_wanted(struct conf_view *view, const struct entry *entry, bool *found)
{
    if (view->word_count == 0)
        show_parts(view, entry, STR(""));
    for (size_t i = 0; i < view->word_count; i++) {
        struct str wanted = str_of(view->words[i]);
        bool shown = matches(entry, &wanted) && show_parts(view, entry, wanted);
        found[i] = found[i] || shown;
        if (shown && view->subject == CONF_SERVICES)
            break;
    }
}

static void show_entries(struct conf_view *view, struct str text)
{
    bool *found = arena_array(view->arena, view->word_count + 1, sizeof *found);
    struct entry *entry = arena_get(view->arena, sizeof *entry);
    struct complaints ignored; /* conf_load has said them */
    struct conf_lines lines;
    struct str line;
    size_t number;
    complaints_init(&ignored, view->arena);
    conf_lines_start(&lines, "master.cf", text, &ignored);
    while (conf_lines_next(&lines, &line, &number)) {
        if (!read_entry(arena_copy(view->arena, line), entry))
            continue;
        if (view->expanded)
            expand_options(view, entry);
        show_wanted(view, entry, found);
    }
    conf_lines_finish(&lines);
    for (size_t i = 0; i < view->word_count && !view->quiet; i++)
        if (!found[i])
            conf_say(view, "warning", "unmatched request: \"%s\"", view->words[i]);
}

static bool is_field(struct str name)
{
    size_t i = 0;
    while (i < FIELDS && !str_eq(name, str_of(field_names[i])))
        i++;
    return i < FIELDS;
}

/* A service's name may have slashes in it, so it is the word's last part that names a field. */
static bool judge_request(const struct conf_view *view, const char *word)
{
    struct str rest = str_of(word), part, last = STR("");
    size_t parts = 0;
    for (; str_cut(&rest, '/', &part); parts++)
        last = part;
    bool good = parts < 3 || str_eq(last, STR("*")) ||
                (view->subject == CONF_FIELDS ? is_field(last) : view->subject == CONF_OVERRIDES);
    if (!good)
        conf_say(view, "fatal", "%s: %s", word,
                 view->subject == CONF_FIELDS ? "no such field" : "service/type is wanted");
    return good;
}

/* As with postconf, a request that nothing matches is warned of and is no failure. */
bool conf_master_show(struct conf_view *view)
{
    struct buf text;
    for (size_t i = 0; i < view->word_count; i++)
        if (!judge_request(view, view->words[i]))
            return false;
    bool good = conf_file_read(view, "master.cf", &text);
    if (good)
        show_entries(view, buf_str(&text));
    complaints_print(&view->complaints, view->name, !view->quiet);
    buf_finish(&text);
    return good && view->complaints.fatal_count == 0;
}

/* --- changing --- */

struct change {
    struct conf_view *view;
    struct str pattern; /* service/type[/name] */
    struct str value;   /* behind the '=' */
    struct entry *entry;
    bool found;
    struct str why; /* it cannot be done; empty: it can */
};

/* A command comes with its arguments: they are read as those of a line. */
static bool set_command(struct arena *arena, struct entry *entry, struct str value)
{
    struct buf line;
    buf_init(&line, TEXT_LIMIT);
    for (size_t i = 0; i < COMMAND; i++)
        buf_printf(&line, STR_FMT " ", STR_ARG(entry->fields[i]));
    buf_add(&line, value);
    bool good = read_entry(arena_copy(arena, buf_str(&line)), entry);
    buf_finish(&line);
    return good;
}

static bool set_field(struct arena *arena, struct entry *entry, struct str name, struct str value)
{
    for (size_t i = 0; i < COMMAND; i++) {
        if (!str_eq(name, str_of(field_names[i])))
            continue;
        entry->fields[i] = value;
        return value.len > 0 && !has_blanks(value);
    }
    return str_eq(name, str_of(field_names[COMMAND])) && set_command(arena, entry, value);
}

/* Every -o of that name goes but the first, which is set; a new one stands behind the last option. */
static bool set_override(struct entry *entry, struct str name, struct str value, bool remove)
{
    struct argument set = {.name = name, .value = value};
    size_t kept = 0, place = 0;
    bool placed = remove;
    for (size_t i = 0; i < entry->argument_count; i++) {
        bool same = str_eq(entry->arguments[i].name, name);
        if (same && placed)
            continue;
        entry->arguments[kept++] = same ? set : entry->arguments[i];
        placed = placed || same;
        place = entry->arguments[i].of_program ? place : kept;
    }
    entry->argument_count = kept;
    if (name.len == 0 || kept == ARGUMENTS)
        return false;
    if (placed)
        return true;
    memmove(&entry->arguments[place + 1], &entry->arguments[place], (kept - place) * sizeof set);
    entry->arguments[place] = set;
    entry->argument_count++;
    return true;
}

static bool change_parts(const struct change *change, struct entry *entry, struct str name)
{
    struct conf_view *view = change->view;
    if (view->subject == CONF_FIELDS)
        return set_field(view->arena, entry, name, change->value);
    return set_override(entry, name, change->value, view->action == CONF_REMOVE);
}

/* What becomes of a whole entry. */
static enum conf_edit_verb change_service(const struct change *change, struct entry *entry)
{
    if (change->view->action == CONF_COMMENT)
        return CONF_EDIT_COMMENT_OUT;
    if (change->view->action == CONF_REMOVE)
        return CONF_EDIT_DELETE;
    return read_entry(change->value, entry) ? CONF_EDIT_REPLACE : CONF_EDIT_KEEP;
}

/* Puts the entry as it is now, when it is one that master would take. */
static bool put_changed(struct change *change, struct buf *out)
{
    struct complaints complaints;
    struct services services;
    struct buf text;
    complaints_init(&complaints, change->view->arena);
    buf_init(&text, TEXT_LIMIT);
    put_entry(change->entry, change->view->arena, true, &text);
    master_cf_read("the entry", buf_str(&text), change->view->arena, &complaints, &services);
    for (const struct complaint *one = complaints.first; one && !change->why.len; one = one->next)
        if (one->fatal)
            change->why = one->text;
    bool good = !change->why.len && buf_add(out, buf_str(&text));
    buf_finish(&text);
    return good;
}

static enum conf_edit_verb change_line(void *arg, struct str line, struct buf *replacement)
{
    struct change *change = arg;
    struct conf_view *view = change->view;
    struct str name = change->pattern;
    struct entry *entry = change->entry;
    enum conf_edit_verb verb;
    if (!read_entry(arena_copy(view->arena, line), entry) || !matches(entry, &name))
        return CONF_EDIT_KEEP;
    if (view->subject == CONF_SERVICES && view->action == CONF_SET && change->found)
        return CONF_EDIT_DELETE;
    change->found = true;
    if (view->subject == CONF_SERVICES)
        verb = change_service(change, entry);
    else
        verb = change_parts(change, entry, name) ? CONF_EDIT_REPLACE : CONF_EDIT_KEEP;
    if (verb == CONF_EDIT_KEEP)
        change->why = view->subject == CONF_SERVICES ? STR("not the eight fields of a service")
                                                     : STR("no such field, or not a value for it");
    if (verb == CONF_EDIT_REPLACE && !put_changed(change, replacement))
        verb = CONF_EDIT_KEEP;
    return verb;
}

static bool add_service(struct change *change, struct buf *out)
{
    if (!read_entry(change->value, change->entry))
        change->why = STR("not the eight fields of a service");
    return !change->why.len && put_changed(change, out) && buf_add_char(out, '\n');
}

/* What is wrong with the word itself. */
static struct str judge_word(const struct conf_view *view, const struct change *change)
{
    if ((view->action == CONF_SET) != (change->value.at != NULL))
        return view->action == CONF_SET ? STR("not name=value") : STR("no value is wanted");
    if (!str_contains(change->pattern, '/'))
        return STR("a service has a type: service/type");
    return STR("");
}

/* Changes *text as one word says. As with postconf, to change what is not there is no failure. */
static bool apply(struct conf_view *view, const char *word, struct buf *text)
{
    struct change change = {
        .view = view, .value = str_of(word), .entry = arena_get(view->arena, sizeof *change.entry)};
    struct buf out;
    str_cut(&change.value, '=', &change.pattern);
    change.pattern = str_trim(change.pattern);
    change.why = judge_word(view, &change);
    change.value = str_trim(change.value);
    buf_init(&out, TEXT_LIMIT);
    bool good = !change.why.len && conf_edit(buf_str(text), change_line, &change, &out) && !change.why.len;
    if (good && !change.found && view->subject == CONF_SERVICES && view->action == CONF_SET)
        good = add_service(&change, &out);
    else if (good && !change.found && !view->quiet)
        conf_say(view, "warning", "unmatched service_name/type: \"%s\"", word);
    if (!good)
        conf_say(view, "fatal", "%s: " STR_FMT, word,
                 STR_ARG(change.why.len ? change.why : STR("master.cf would become too large")));
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
