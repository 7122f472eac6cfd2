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

#include "base/memory.h"
#include "conf/conf_state.h"
#include "conf/expand.h"
#include "conf/file.h"
#include "conf/known.h"
#include "conf/service_param.h"
#include "io/file.h"

enum { FILE_LIMIT = 16 * 1024 * 1024, VALUE_LIMIT = 1024 * 1024, FILES_IN_CONF_D = 1000 };

/* --- loading --- */

static void put_setting(struct conf *conf, struct setting setting)
{
    struct setting *kept = arena_get(conf->arena, sizeof *kept);
    *kept = setting;
    kept->name = arena_copy(conf->arena, setting.name);
    kept->raw = arena_copy(conf->arena, setting.raw);
    hash_put(conf->settings, kept->name, kept);
}

void conf_set(struct conf *conf, struct str name, struct str value)
{
    const struct setting *old = hash_get(conf->settings, name);
    put_setting(conf, (struct setting){name, value, old ? old->file : NULL, old ? old->line : 0});
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
        if (old && !str_eq(old->raw, value))
            complain(complaints, false, "%s, line %zu: overriding earlier entry: " STR_FMT "=" STR_FMT, file,
                     number, STR_ARG(name), STR_ARG(old->raw));
        put_setting(conf, (struct setting){name, value, file, number});
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
    conf->used = hash_create();
    conf->services_file = path;
    index_rows(conf);
    read_main_files(conf, directory, complaints);
    conf_set(conf, STR("config_directory"), str_of(directory));
    set_host_names(conf);
    if (read_file(path, &text, false, complaints))
        master_cf_read(path, buf_str(&text), arena, complaints, &conf->services);
    buf_finish(&text);
    conf_note_uses(conf);
    return conf;
}

void conf_free(struct conf *conf)
{
    if (!conf)
        return;
    hash_destroy(conf->settings);
    hash_destroy(conf->rows);
    hash_destroy(conf->used);
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
    if (!setting || !setting->file)
        return false;
    *raw = setting->raw;
    return true;
}

const struct param_row *conf_row(const struct conf *conf, struct str name)
{
    return hash_get(conf->rows, name);
}

/* Names that Postfix's daemons know of themselves; here it is the service that knows them. */
static bool is_own_name(const struct service *service, struct str name, struct str *raw)
{
    bool of_service = str_eq(name, STR("service_name")), of_process = str_eq(name, STR("process_name"));
    *raw = !service ? STR("") : of_service ? service->name : service->program;
    return of_service || of_process;
}

bool conf_default(const struct conf *conf, struct str name, struct str *raw)
{
    const struct param_row *row = conf_row(conf, name);
    const struct known *known = row ? NULL : conf_known(name);
    const struct service_param *param = row || known ? NULL : conf_service_param(conf, name);
    if (!row && !known && !param)
        return false;
    *raw = row              ? str_of(row->fallback)
           : known          ? str_of(known->fallback)
           : param->row.len ? arena_printf(conf->arena, "$" STR_FMT, STR_ARG(param->row))
                            : STR("");
    return true;
}

bool conf_raw(const struct conf *conf, const struct service *service, struct str name, struct str *raw)
{
    const struct str *option = service ? service_option(service, name) : NULL;
    const struct setting *setting = hash_get(conf->settings, name);
    if (is_own_name(service, name, raw))
        return true;
    if (!option && !setting)
        return conf_default(conf, name, raw);
    *raw = option ? *option : setting->raw;
    return true;
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
    const struct param_row *row = conf_row(conf, name);
    struct str raw;
    *value = STR("");
    if (!conf_raw(conf, service, name, &raw))
        return true;
    if (!row || row->type != PARAM_TEXT || row->kind != PARAM_RAW)
        return expand_in(&scope, name, raw, value);
    *value = arena_copy(arena, str_trim(raw));
    return true;
}

bool conf_expand(const struct conf *conf, struct str name, struct str raw, struct arena *arena,
                 struct complaints *complaints, struct str *value)
{
    return expand_in(&(struct scope){conf, NULL, arena, complaints}, name, raw, value);
}

static bool row_source(void *context, const struct param_row *row, struct arena *arena, struct str *value)
{
    const struct scope *scope = context;
    return conf_value(scope->conf, scope->service, str_of(row->name), arena, scope->complaints, value);
}

/* Row by row, for a complaint is to say what place it is about. */
void conf_load_set(const struct conf *conf, const struct service *service, const struct param_set *set,
                   struct arena *arena, struct complaints *complaints, void *params)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct param_set one = {set->owner, &set->rows[i], 1, set->size};
        struct complaints found;
        struct scope scope = {conf, service, arena, &found};
        complaints_init(&found, arena);
        param_load(&one, row_source, &scope, arena, &found, params);
        struct str place = conf_place(conf, service, str_of(set->rows[i].name), arena);
        for (const struct complaint *complaint = found.first; complaint; complaint = complaint->next)
            complain(complaints, complaint->fatal, STR_FMT STR_FMT, STR_ARG(place), STR_ARG(complaint->text));
    }
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
        if (setting->file)
            sorted[count++] = setting;
    if (count)
        qsort(sorted, count, sizeof(struct setting *), setting_order);
    for (size_t i = 0; i < count; i++)
        fn(arg, sorted[i]->name, sorted[i]->raw);
    free(sorted);
}
