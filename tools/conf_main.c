/* SPDX-License-Identifier: BSD-2-Clause */
/* The parameters of main.cf: which there are, what they are, and changing them. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "conf/edit.h"
#include "conf/known.h"
#include "conf/service_param.h"
#include "tools/conf_view.h"

enum { CHANGES = 10000, TEXT_LIMIT = 16 * 1024 * 1024 };

/* --- names --- */

struct names {
    struct hash *seen;
    struct str *at; /* owned */
    size_t count, room;
};

static void add_name(struct names *names, struct str name)
{
    if (hash_get(names->seen, name))
        return;
    hash_put(names->seen, name, names);
    if (names->count == names->room) {
        names->room = names->room ? names->room * 2 : 512;
        names->at = memory_resize(names->at, names->room, sizeof *names->at);
    }
    names->at[names->count++] = name;
}

static void add_explicit(void *arg, struct str name, struct str raw)
{
    (void)raw;
    add_name(arg, name);
}

static int by_name(const void *left, const void *right)
{
    return str_compare(*(const struct str *)left, *(const struct str *)right);
}

static void collect(const struct conf_view *view, struct names *names)
{
    const struct param_set *const *sets = conf_sets(view->conf);
    *names = (struct names){.seen = hash_create()};
    for (size_t i = 0; !view->only_set && sets[i]; i++)
        for (size_t k = 0; k < sets[i]->count; k++)
            add_name(names, str_of(sets[i]->rows[k].name));
    if (!view->defaults)
        conf_each_explicit(view->conf, add_explicit, names);
    if (view->only_set && view->named)
        add_name(names, STR("config_directory"));
    if (names->count)
        qsort(names->at, names->count, sizeof *names->at, by_name);
}

/* --- classes of names --- */

static unsigned class_of(const struct conf_view *view, struct str name)
{
    if (conf_row(view->conf, name) || conf_known(name))
        return CONF_BUILTIN;
    if (conf_service_param(view->conf, name))
        return CONF_SERVICE;
    return conf_is_used(view->conf, name) ? CONF_USER : 0;
}

/* A name that nobody uses is none of ours: postconf warns of it, and does not show it. */
static bool is_wanted(const struct conf_view *view, struct str name)
{
    return (view->classes ? view->classes : CONF_ALL) & class_of(view, name);
}

/* --- values --- */

static bool default_of(struct conf_view *view, struct str name, struct str *value)
{
    if (!conf_default(view->conf, name, value))
        return false;
    return !view->expanded || conf_expand(view->conf, name, *value, view->arena, &view->complaints, value);
}

static bool is_shown(const struct conf_view *view, struct str name)
{
    struct str raw;
    return !view->only_set || conf_explicit(view->conf, name, &raw) ||
           (view->named && str_eq(name, STR("config_directory")));
}

static bool value_of(struct conf_view *view, struct str name, struct str *value)
{
    if (view->defaults)
        return default_of(view, name, value);
    if (!is_shown(view, name) || !conf_raw(view->conf, NULL, name, value))
        return false;
    return !view->expanded || conf_value(view->conf, NULL, name, view->arena, &view->complaints, value);
}

/* As with postconf, a name that nobody knows is warned of and is no failure. */
static void show_named(struct conf_view *view)
{
    for (size_t i = 0; i < view->word_count; i++) {
        struct str name = str_of(view->words[i]), value;
        bool exists = class_of(view, name) != 0;
        if (exists && value_of(view, name, &value))
            conf_print(view, name, value);
        else if (!exists && !view->quiet)
            conf_say(view, "warning", "%s: unknown parameter", view->words[i]);
    }
}

bool conf_main_show(struct conf_view *view)
{
    if (view->word_count) {
        show_named(view);
    } else {
        struct names names;
        collect(view, &names);
        for (size_t i = 0; i < names.count; i++) {
            struct str value;
            if (is_wanted(view, names.at[i]) && value_of(view, names.at[i], &value))
                conf_print(view, names.at[i], value);
        }
        hash_destroy(names.seen);
        free(names.at);
    }
    if (!view->quiet && !view->word_count && view->only_set)
        conf_check_names(view->conf, view->arena, &view->complaints);
    complaints_print(&view->complaints, view->name, !view->quiet);
    return view->complaints.fatal_count == 0;
}

/* --- changing --- */

static bool is_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (char_is_space(name.at[i]) || name.at[i] == '=' || name.at[i] == '#')
            return false;
    return name.len > 0;
}

/* A value may go over several lines when each further one begins with white space. */
static bool is_value(struct str value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.at[i] == '\0' || value.at[i] == '\r' ||
            (value.at[i] == '\n' &&
             (i + 1 == value.len || (value.at[i + 1] != ' ' && value.at[i + 1] != '\t'))))
            return false;
    return true;
}

static bool read_change(struct conf_view *view, const char *word, struct conf_change *change)
{
    static const enum conf_edit_verb verbs[] = {[CONF_SET] = CONF_EDIT_REPLACE,
                                                [CONF_COMMENT] = CONF_EDIT_COMMENT_OUT,
                                                [CONF_REMOVE] = CONF_EDIT_DELETE};
    struct str value = str_of(word), name = value;
    bool has_value = view->action == CONF_SET;
    if (has_value)
        str_cut(&value, '=', &name);
    *change = (struct conf_change){str_trim(name), str_trim(value), verbs[view->action], false};
    if (is_name(change->name) && (!has_value || (value.at && is_value(change->value))))
        return true;
    conf_say(view, "fatal", "%s: %s", word, has_value ? "not name=value" : "not a name");
    return false;
}

/* Of two changes of one name the last counts. */
static size_t drop_earlier(const struct conf_view *view, struct conf_change *changes, size_t count)
{
    struct hash *seen = hash_create();
    size_t kept = count;
    for (size_t i = count; i > 0; i--) {
        if (!hash_get(seen, changes[i - 1].name))
            changes[--kept] = changes[i - 1];
        else if (!view->quiet)
            conf_say(view, "warning", "ignoring earlier request: '%s'", view->words[i - 1]);
        hash_put(seen, changes[i - 1].name, changes);
    }
    hash_destroy(seen);
    memmove(changes, changes + kept, (count - kept) * sizeof *changes);
    return count - kept;
}

/* A later file may say otherwise. */
static void warn_of_conf_d(struct conf_view *view, const struct conf_change *changes, size_t count)
{
    struct arena *arena = arena_create(CONFIGURATION_MEMORY);
    struct complaints complaints;
    struct str raw;
    complaints_init(&complaints, arena);
    struct conf *conf = conf_load(view->directory, conf_sets(view->conf), arena, &complaints);
    for (size_t i = 0; i < count; i++)
        if (conf_explicit(conf, changes[i].name, &raw) &&
            (changes[i].verb != CONF_EDIT_REPLACE || !str_contains(changes[i].value, '\n')) &&
            (changes[i].verb != CONF_EDIT_REPLACE || !str_eq(raw, changes[i].value)))
            conf_say(view, "warning", STR_FMT ": a file in conf.d sets it too, and wins",
                     STR_ARG(changes[i].name));
    conf_free(conf);
    arena_destroy(arena);
}

bool conf_main_edit(struct conf_view *view)
{
    struct conf_change *changes = arena_array(view->arena, view->word_count, sizeof *changes);
    struct buf before, after;
    if (view->word_count == 0 || view->word_count > CHANGES) {
        conf_say(view, "fatal", "name what to change");
        return false;
    }
    for (size_t i = 0; i < view->word_count; i++)
        if (!read_change(view, view->words[i], &changes[i]))
            return false;
    size_t count = drop_earlier(view, changes, view->word_count);
    buf_init(&after, TEXT_LIMIT);
    bool good = conf_file_read(view, "main.cf", &before) &&
                conf_edit_main(buf_str(&before), changes, count, &after) &&
                conf_file_write(view, "main.cf", &after);
    buf_finish(&before);
    buf_finish(&after);
    if (good)
        warn_of_conf_d(view, changes, count);
    return good;
}
