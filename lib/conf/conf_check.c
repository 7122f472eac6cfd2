/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Judging a loaded configuration: the value of every row for every service, and names: those that nobody uses
 * (mostly slips of the pen), those that a value refers to though they are not defined, and those that Postfix
 * acts on and Relais does not.
 */
#include "base/hash.h"
#include "conf/conf_state.h"
#include "conf/expand.h"
#include "conf/known.h"
#include "conf/service_param.h"

/* --- what is used --- */

static void note_used(void *context, struct str name)
{
    struct conf *conf = context;
    hash_put(conf->used, name, conf);
}

/* Types of tables that may have their parameters in main.cf: "ldap:name" has name_server_host and so on. */
static bool has_own_parameters(struct str type)
{
    static const char *const types[] = {"ldap", "mysql", "pgsql", "sqlite", "memcache", "mongodb"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (str_eq(type, str_of(types[i])))
            return true;
    return false;
}

static void note_table(struct conf *conf, struct str word)
{
    struct str name = word, type;
    if (str_starts(name, STR("proxy:")))
        name = str_from(name, 6);
    if (!str_cut(&name, ':', &type))
        return;
    if (name.at && name.len && has_own_parameters(type) && !str_contains(name, '/'))
        note_used(conf, arena_printf(conf->arena, STR_FMT "_", STR_ARG(name)));
}

static void note_setting(void *context, struct str name, struct str raw)
{
    struct conf *conf = context;
    struct str rest = raw, word;
    bool classes = str_eq(name, STR("smtpd_restriction_classes"));
    expand_names(raw, note_used, conf);
    while (str_word(&rest, ", \t\r\n{}", &word)) {
        note_table(conf, word);
        if (classes)
            note_used(conf, word);
    }
}

void conf_note_uses(struct conf *conf)
{
    conf_each_explicit(conf, note_setting, conf);
    for (size_t i = 0; i < conf->services.count; i++)
        for (size_t k = 0; k < conf->services.at[i].option_count; k++)
            note_setting(conf, conf->services.at[i].options[k].name, conf->services.at[i].options[k].value);
}

bool conf_is_used(const struct conf *conf, struct str name)
{
    if (hash_get(conf->used, name))
        return true;
    for (size_t i = 0; i < name.len; i++)
        if (name.at[i] == '_' && hash_get(conf->used, str_sub(name, 0, i + 1)))
            return true;
    return false;
}

/* --- where a value comes from --- */

struct str conf_place(const struct conf *conf, const struct service *service, struct str name,
                      struct arena *arena)
{
    const struct setting *setting = hash_get(conf->settings, name);
    if (service && service_option(service, name))
        return arena_printf(arena, "%s, line %zu: ", conf->services_file, service->line);
    return setting && setting->file ? arena_printf(arena, "%s, line %zu: ", setting->file, setting->line)
                                    : STR("");
}

/* --- judging names --- */

struct judging {
    const struct conf *conf;
    const struct service *service; /* NULL: main.cf */
    struct str place;              /* of the value that is looked at */
    struct arena *arena;
    struct complaints *complaints;
    bool slips_only; /* what Postfix knows and Relais does not is no slip */
};

static bool is_set_by_a_service(const struct conf *conf, struct str name)
{
    for (size_t i = 0; i < conf->services.count; i++)
        if (service_option(&conf->services.at[i], name))
            return true;
    return false;
}

static void judge_reference(void *context, struct str name)
{
    const struct judging *judging = context;
    struct str raw;
    if (!conf_raw(judging->conf, judging->service, name, &raw) && !str_eq(name, STR("process_id")) &&
        (judging->service || !is_set_by_a_service(judging->conf, name)))
        complain(judging->complaints, false, STR_FMT "undefined parameter: " STR_FMT, STR_ARG(judging->place),
                 STR_ARG(name));
}

/* One letter more, less or other, or two that changed places. */
static bool is_slip_of(struct str written, struct str meant)
{
    size_t front = 0, back = 0, shorter = written.len < meant.len ? written.len : meant.len;
    while (front < shorter && written.at[front] == meant.at[front])
        front++;
    while (back < shorter - front && written.at[written.len - 1 - back] == meant.at[meant.len - 1 - back])
        back++;
    size_t left = written.len - front - back, right = meant.len - front - back;
    bool swapped = left == 2 && right == 2 && written.at[front] == meant.at[front + 1] &&
                   written.at[front + 1] == meant.at[front];
    return swapped || (left <= 1 && right <= 1);
}

/* The name that was meant; empty when there is none so near. */
static struct str meant_by(const struct conf *conf, struct str written)
{
    const struct known *known;
    for (size_t i = 0; conf->sets[i]; i++)
        for (size_t k = 0; k < conf->sets[i]->count; k++)
            if (is_slip_of(written, str_of(conf->sets[i]->rows[k].name)))
                return str_of(conf->sets[i]->rows[k].name);
    for (size_t i = 0; (known = conf_known_at(i)); i++)
        if (is_slip_of(written, known->name))
            return known->name;
    return STR("");
}

static void judge_unused(const struct judging *judging, struct str name, struct str raw)
{
    struct str meant = meant_by(judging->conf, name);
    complain(judging->complaints, false, STR_FMT "unused parameter: " STR_FMT "=" STR_FMT "%s" STR_FMT "%s",
             STR_ARG(judging->place), STR_ARG(name), STR_ARG(raw), meant.len ? " (is " : "", STR_ARG(meant),
             meant.len ? " meant?)" : "");
}

/* A name that is neither a row nor used. */
static void judge_idle_name(const struct judging *judging, struct str name, struct str raw)
{
    const struct known *known = conf_known(name);
    const char *effect = known                                     ? known->effect
                         : conf_service_param(judging->conf, name) ? "been a limit of this one transport"
                                                                   : NULL;
    if (effect && (judging->slips_only || (known && str_eq_nocase(raw, str_of(known->fallback)))))
        return;
    if (effect)
        complain(judging->complaints, false,
                 STR_FMT STR_FMT " is Postfix's and does nothing here: it would have %s",
                 STR_ARG(judging->place), STR_ARG(name), effect);
    else
        judge_unused(judging, name, raw);
}

/* What a service is, it is not told. */
static bool can_be_set(const struct judging *judging, struct str name)
{
    if (!str_eq(name, STR("service_name")) && !str_eq(name, STR("process_name")) &&
        !str_eq(name, STR("process_id")))
        return true;
    complain(judging->complaints, false, STR_FMT STR_FMT " cannot be set", STR_ARG(judging->place),
             STR_ARG(name));
    return false;
}

static void judge_name(void *context, struct str name, struct str raw)
{
    struct judging *judging = context;
    const struct conf *conf = judging->conf;
    judging->place = conf_place(conf, judging->service, name, judging->arena);
    if (!can_be_set(judging, name))
        return;
    struct param_row of_service;
    const struct param_row *row = conf_row(conf, name);
    if (row && row->type == PARAM_TEXT && row->kind == PARAM_RAW)
        return; /* its names have their values at each use */
    if (row || conf_service_row(conf, name, judging->arena, &of_service) ||
        (conf_is_used(conf, name) && !conf_known(name)))
        expand_names(raw, judge_reference, judging);
    else
        judge_idle_name(judging, name, raw);
}

static void check_names(struct judging *judging)
{
    const struct services *services = &judging->conf->services;
    conf_each_explicit(judging->conf, judge_name, judging);
    for (size_t i = 0; i < services->count; i++) {
        judging->service = &services->at[i];
        for (size_t k = 0; k < judging->service->option_count; k++)
            judge_name(judging, judging->service->options[k].name, judging->service->options[k].value);
    }
}

static void expand_one(void *context, struct str name, struct str raw)
{
    struct judging *judging = context;
    struct str value;
    (void)raw;
    conf_value(judging->conf, NULL, name, judging->arena, judging->complaints, &value);
}

void conf_check_names(const struct conf *conf, struct arena *arena, struct complaints *complaints)
{
    struct judging judging = {.conf = conf, .arena = arena, .complaints = complaints, .slips_only = true};
    conf_each_explicit(conf, expand_one, &judging);
    check_names(&judging);
    complaints_drop_repetitions(complaints);
}

/* --- judging values --- */

static void check_sets(const struct conf *conf, const struct service *service, struct arena *arena,
                       struct complaints *complaints)
{
    for (size_t i = 0; conf->sets[i]; i++) {
        void *params = arena_get(arena, conf->sets[i]->size);
        conf_load_set(conf, service, conf->sets[i], arena, complaints, params);
    }
}

/* What is set for one service has the type and range of its row. */
static void check_own_value(void *context, struct str name, struct str raw)
{
    const struct judging *judging = context;
    struct param_row row;
    int64_t value;
    (void)raw;
    if (conf_row(judging->conf, name) || !conf_service_row(judging->conf, name, judging->arena, &row))
        return;
    row.offset = 0;
    const struct param_set one = {"", &row, 1, sizeof value};
    conf_load_set(judging->conf, judging->service, &one, judging->arena, judging->complaints, &value);
}

static void check_values(struct judging *judging)
{
    const struct service *service = judging->service;
    check_sets(judging->conf, service, judging->arena, judging->complaints);
    if (!service)
        conf_each_explicit(judging->conf, check_own_value, judging);
    for (size_t i = 0; service && i < service->option_count; i++)
        check_own_value(judging, service->options[i].name, service->options[i].value);
}

void conf_check(const struct conf *conf, struct arena *arena, struct complaints *complaints)
{
    struct judging judging = {.conf = conf, .arena = arena, .complaints = complaints};
    check_values(&judging);
    for (size_t i = 0; i < conf->services.count; i++) {
        judging.service = &conf->services.at[i];
        if (judging.service->option_count)
            check_values(&judging);
    }
    judging.service = NULL;
    check_names(&judging);
    complaints_drop_repetitions(complaints);
}
