/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading and looking up. Lookups go: service's -o, command line, files, row's default; then the value is
 * expanded. */
#include "conf/conf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/memory.h"
#include "conf/expand.h"
#include "conf/file.h"
#include "conf/known.h"
#include "io/file.h"

enum { FILE_LIMIT = 16 * 1024 * 1024, VALUE_LIMIT = 1024 * 1024, FILES_IN_CONF_D = 1000 };

struct setting {
    struct str name, raw;
    bool from_file;
};

struct conf {
    struct arena *arena; /* borrowed */
    const struct param_set *const *sets;
    struct hash *settings; /* name -> struct setting */
    struct hash *rows;     /* name -> const struct param_row */
    struct services services;
    struct str directory;
};

/* --- loading --- */

static void put_setting(struct conf *conf, struct str name, struct str raw, bool from_file)
{
    struct setting *setting = arena_get(conf->arena, sizeof *setting);
    *setting = (struct setting){arena_copy(conf->arena, name), arena_copy(conf->arena, raw), from_file};
    hash_put(conf->settings, name, setting);
}

void conf_set(struct conf *conf, struct str name, struct str value)
{
    put_setting(conf, name, value, false);
}

static void read_text(struct conf *conf, const char *file, struct str text, struct complaints *complaints)
{
    struct conf_lines lines;
    struct str line, name, value;
    size_t number;
    conf_lines_start(&lines, file, text, complaints);
    while (conf_lines_next(&lines, &line, &number)) {
        if (!conf_line_split(line, &name, &value)) {
            complain(complaints, true, "%s, line %zu: missing '=' after attribute name: \"" STR_FMT "\"",
                     file, number, STR_ARG(line));
            continue;
        }
        const struct setting *old = hash_get(conf->settings, name);
        if (old && old->from_file && !str_eq(old->raw, value))
            complain(complaints, false, "%s, line %zu: overriding earlier entry: " STR_FMT "=" STR_FMT, file,
                     number, STR_ARG(name), STR_ARG(old->raw));
        put_setting(conf, name, value, true);
    }
    conf_lines_finish(&lines);
}

static bool read_file(const char *path, struct buf *text, bool wanted, struct complaints *complaints)
{
    buf_init(text, FILE_LIMIT);
    if (file_read_whole(AT_FDCWD, path, text))
        return true;
    if (wanted || errno != ENOENT)
        complain(complaints, true, "%s: %s", path, strerror(errno));
    return false;
}

static int by_name(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static size_t list_conf_d(struct conf *conf, const char *path, char **names)
{
    DIR *directory = opendir(path);
    struct dirent *entry;
    size_t count = 0;
    while (directory && count < FILES_IN_CONF_D && (entry = readdir(directory)))
        if (str_ends(str_of(entry->d_name), STR(".cf")) && entry->d_name[0] != '.')
            names[count++] = (char *)(uintptr_t)arena_cstr(conf->arena, str_of(entry->d_name));
    if (directory)
        closedir(directory);
    qsort(names, count, sizeof *names, by_name);
    return count;
}

static void read_main_files(struct conf *conf, const char *directory, struct complaints *complaints)
{
    char **names = arena_array(conf->arena, FILES_IN_CONF_D, sizeof *names);
    const char *path = arena_printf(conf->arena, "%s/main.cf", directory).at;
    const char *conf_d = arena_printf(conf->arena, "%s/conf.d", directory).at;
    struct buf text;
    if (read_file(path, &text, true, complaints))
        read_text(conf, path, buf_str(&text), complaints);
    buf_finish(&text);
    size_t count = list_conf_d(conf, conf_d, names);
    for (size_t i = 0; i < count; i++) {
        path = arena_printf(conf->arena, "%s/%s", conf_d, names[i]).at;
        if (read_file(path, &text, true, complaints))
            read_text(conf, path, buf_str(&text), complaints);
        buf_finish(&text);
    }
}

/* What is computed when nobody says it: Postfix's rules for myhostname and mydomain. */
static void set_host_names(struct conf *conf)
{
    char host[256] = "localhost";
    struct str name, domain;
    bool named = conf_explicit(conf, STR("myhostname"), &name);
    gethostname(host, sizeof host - 1);
    if (!named && !str_contains(str_of(host), '.'))
        conf_set(conf, STR("myhostname"),
                 arena_printf(conf->arena, "%s.%s", host,
                              conf_explicit(conf, STR("mydomain"), &domain) ? "$mydomain" : "localdomain"));
    else if (!named)
        conf_set(conf, STR("myhostname"), str_of(host));
    conf_raw(conf, NULL, STR("myhostname"), &name);
    size_t dot = str_find(name, '.');
    if (!conf_explicit(conf, STR("mydomain"), &domain) && dot != SIZE_MAX && dot + 1 < name.len)
        conf_set(conf, STR("mydomain"), str_from(name, dot + 1));
}

static void index_rows(struct conf *conf)
{
    for (size_t i = 0; conf->sets[i]; i++)
        for (size_t k = 0; k < conf->sets[i]->count; k++)
            hash_put(conf->rows, str_of(conf->sets[i]->rows[k].name),
                     (void *)(uintptr_t)&conf->sets[i]->rows[k]);
}

struct conf *conf_load(const char *directory, const struct param_set *const *sets, struct arena *arena,
                       struct complaints *complaints)
{
    struct conf *conf = memory_get(sizeof *conf);
    const char *path = arena_printf(arena, "%s/master.cf", directory).at;
    struct buf text;
    conf->arena = arena;
    conf->sets = sets;
    conf->settings = hash_create();
    conf->rows = hash_create();
    index_rows(conf);
    read_main_files(conf, directory, complaints);
    conf_set(conf, STR("config_directory"), str_of(directory));
    set_host_names(conf);
    if (read_file(path, &text, false, complaints))
        master_cf_read(path, buf_str(&text), arena, complaints, &conf->services);
    buf_finish(&text);
    return conf;
}

void conf_free(struct conf *conf)
{
    if (!conf)
        return;
    hash_destroy(conf->settings);
    hash_destroy(conf->rows);
    free(conf);
}

const struct services *conf_services(const struct conf *conf)
{
    return &conf->services;
}

const struct param_set *const *conf_sets(const struct conf *conf)
{
    return conf->sets;
}

/* --- looking up --- */

bool conf_explicit(const struct conf *conf, struct str name, struct str *raw)
{
    const struct setting *setting = hash_get(conf->settings, name);
    if (!setting || !setting->from_file)
        return false;
    *raw = setting->raw;
    return true;
}

const struct param_row *conf_row(const struct conf *conf, struct str name)
{
    return hash_get(conf->rows, name);
}

bool conf_raw(const struct conf *conf, const struct service *service, struct str name, struct str *raw)
{
    for (size_t i = service ? service->option_count : 0; i > 0; i--) {
        if (!str_eq(service->options[i - 1].name, name))
            continue;
        *raw = service->options[i - 1].value;
        return true;
    }
    const struct setting *setting = hash_get(conf->settings, name);
    const struct param_row *row = setting ? NULL : conf_row(conf, name);
    if (setting)
        *raw = setting->raw;
    else if (row)
        *raw = str_of(row->fallback);
    return setting || row;
}

struct scope {
    const struct conf *conf;
    const struct service *service;
    struct arena *arena;
    struct complaints *complaints;
};

static bool look_up(void *context, struct str name, struct str *raw)
{
    const struct scope *scope = context;
    return conf_raw(scope->conf, scope->service, name, raw);
}

static bool expand_in(const struct scope *scope, struct str name, struct str raw, struct str *value)
{
    struct expand expand = {.lookup = look_up, .context = (void *)(uintptr_t)scope};
    struct buf out;
    buf_init(&out, VALUE_LIMIT);
    bool sound = expand_text(&expand, raw, &out);
    if (sound)
        *value = arena_copy(scope->arena, str_trim(buf_str(&out)));
    else
        complain(scope->complaints, true, STR_FMT ": %s", STR_ARG(name), expand.error);
    buf_finish(&out);
    return sound;
}

bool conf_value(const struct conf *conf, const struct service *service, struct str name, struct arena *arena,
                struct complaints *complaints, struct str *value)
{
    struct scope scope = {conf, service, arena, complaints};
    struct str raw;
    *value = STR("");
    return !conf_raw(conf, service, name, &raw) || expand_in(&scope, name, raw, value);
}

static bool row_source(void *context, const struct param_row *row, struct arena *arena, struct str *value)
{
    const struct scope *scope = context;
    return conf_value(scope->conf, scope->service, str_of(row->name), arena, scope->complaints, value);
}

void conf_load_set(const struct conf *conf, const struct service *service, const struct param_set *set,
                   struct arena *arena, struct complaints *complaints, void *params)
{
    struct scope scope = {conf, service, arena, complaints};
    param_load(set, row_source, &scope, arena, complaints, params);
}

static int setting_order(const void *left, const void *right)
{
    const struct setting *const *a = left, *const *b = right;
    return str_compare((*a)->name, (*b)->name);
}

void conf_each_explicit(const struct conf *conf, void (*fn)(void *arg, struct str name, struct str raw),
                        void *arg)
{
    size_t count = 0;
    struct setting **sorted = memory_array(hash_count(conf->settings), sizeof(struct setting *));
    struct hash_walk walk = hash_walk_start(conf->settings);
    struct str key;
    struct setting *setting;
    while ((setting = hash_walk_next(&walk, &key)))
        if (setting->from_file)
            sorted[count++] = setting;
    qsort(sorted, count, sizeof(struct setting *), setting_order);
    for (size_t i = 0; i < count; i++)
        fn(arg, sorted[i]->name, sorted[i]->raw);
    free(sorted);
}

/* --- checking --- */

struct usage {
    const struct conf *conf;
    struct hash *used;
    struct complaints *complaints;
};

static void note_used(void *context, struct str name)
{
    struct usage *usage = context;
    hash_put(usage->used, name, usage);
}

static void note_values(void *context, struct str name, struct str raw)
{
    (void)name;
    expand_names(raw, note_used, context);
}

static void judge_name(void *context, struct str name, struct str raw)
{
    struct usage *usage = context;
    const char *instead = conf_row(usage->conf, name) ? NULL : conf_known(name);
    if (instead)
        complain(usage->complaints, false, STR_FMT " is Postfix's: %s", STR_ARG(name), instead);
    else if (!conf_row(usage->conf, name) && !hash_get(usage->used, name))
        complain(usage->complaints, false, "unused parameter: " STR_FMT "=" STR_FMT, STR_ARG(name),
                 STR_ARG(raw));
}

static void check_names(const struct conf *conf, struct complaints *complaints)
{
    struct usage usage = {conf, hash_create(), complaints};
    conf_each_explicit(conf, note_values, &usage);
    for (size_t i = 0; i < conf->services.count; i++)
        for (size_t k = 0; k < conf->services.at[i].option_count; k++)
            expand_names(conf->services.at[i].options[k].value, note_used, &usage);
    conf_each_explicit(conf, judge_name, &usage);
    hash_destroy(usage.used);
}

static void check_sets(const struct conf *conf, const struct service *service, struct arena *arena,
                       struct complaints *complaints)
{
    for (size_t i = 0; conf->sets[i]; i++) {
        void *params = arena_get(arena, conf->sets[i]->size);
        conf_load_set(conf, service, conf->sets[i], arena, complaints, params);
    }
}

void conf_check(const struct conf *conf, struct arena *arena, struct complaints *complaints)
{
    check_sets(conf, NULL, arena, complaints);
    for (size_t i = 0; i < conf->services.count; i++)
        if (conf->services.at[i].option_count)
            check_sets(conf, &conf->services.at[i], arena, complaints);
    check_names(conf, complaints);
}
