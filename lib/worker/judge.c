/* SPDX-License-Identifier: BSD-2-Clause */
/* What conf_check cannot know, for it stands above lib/conf: tables, certificates, programs, where they
 * listen, as whom they run. */
#include "worker/judge.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/list.h"
#include "conf/params.h"
#include "conf/restriction.h"
#include "io/tls.h"
#include "map/maps.h"
#include "map/match.h"
#include "worker/endpoint.h"
#include "worker/programs.h"

enum { NOTES_TOLD = 10 };

struct judging {
    const struct conf *conf;
    struct arena *arena;
    struct complaints *complaints;
};

static struct str value_for(struct judging *judging, const struct service *service, const char *name)
{
    struct str value;
    conf_value(judging->conf, service, str_of(name), judging->arena, judging->complaints, &value);
    return value;
}

/* By the administrator, not by a default. */
static bool is_set(const struct judging *judging, const struct service *service, const char *name)
{
    struct str raw;
    return (service && service_option(service, str_of(name))) ||
           conf_explicit(judging->conf, str_of(name), &raw);
}

/* Of the value of a parameter: with its place, and with the service that has it for itself. */
static void complain_of_value(struct judging *judging, bool fatal, const struct service *service,
                              const char *name, const char *what)
{
    bool own = service && service_option(service, str_of(name));
    struct str place = conf_place(judging->conf, service, str_of(name), judging->arena);
    struct str whose = own ? service->name : STR("");
    complain(judging->complaints, fatal, STR_FMT "%s%s" STR_FMT "%s: %s", STR_ARG(place), name,
             own ? " (service " : "", STR_ARG(whose), own ? ")" : "", what);
}

/* --- tables --- */

/* A parameter whose tables are looked at. */
struct tables_of {
    struct judging *judging;
    const struct service *service;
    const struct param_row *row;
    size_t notes;
};

/* Lines that a table passes over; of many the first ones. A parameter that has the tables of another by
 * default says no more of them. */
static void take_note(void *arg, struct str note)
{
    struct tables_of *tables = arg;
    if (!is_set(tables->judging, tables->service, tables->row->name) || tables->notes++ > NOTES_TOLD)
        return;
    const char *text =
        tables->notes > NOTES_TOLD ? "more lines are skipped" : arena_cstr(tables->judging->arena, note);
    complain_of_value(tables->judging, false, tables->service, tables->row->name, text);
}

static bool probe_maps(struct tables_of *tables, struct str text, struct verdict *verdict)
{
    struct maps *maps = maps_open(text, verdict);
    bool good = maps && maps_probe(maps, verdict);
    if (maps)
        maps_take_notes(maps, take_note, tables);
    maps_close(maps);
    return good;
}

static bool probe_match_list(struct tables_of *tables, struct str text, struct verdict *verdict)
{
    struct match_list *list = match_list_open(text, false, verdict);
    bool good = list && match_list_probe(list, verdict);
    if (list)
        match_list_take_notes(list, take_note, tables);
    match_list_close(list);
    return good;
}

static bool probe(struct tables_of *tables, struct str text, struct verdict *verdict)
{
    return tables->row->kind == PARAM_MATCH ? probe_match_list(tables, text, verdict)
                                            : probe_maps(tables, text, verdict);
}

/* Of each item that has one; what is wrong with the list itself is said by whoever loads the parameter. */
static void check_access(struct tables_of *tables)
{
    struct judging *judging = tables->judging;
    const char *name = tables->row->name;
    struct str rest = value_for(judging, tables->service, name);
    struct restriction_item item;
    struct verdict verdict;
    enum restriction_result result;
    while ((result = restriction_next(&rest, &item, &verdict)) != RESTRICTION_END)
        if (result == RESTRICTION_READ && item.table.len && !probe(tables, item.table, &verdict))
            complain_of_value(
                judging, true, tables->service, name,
                arena_printf(judging->arena, STR_FMT ": %s", STR_ARG(item.name), verdict.text).at);
}

static void complain_of_table(struct tables_of *tables, const struct verdict *verdict)
{
    bool fatal =
        verdict->class == VERDICT_REJECT || is_set(tables->judging, tables->service, tables->row->name);
    complain_of_value(tables->judging, fatal, tables->service, tables->row->name, verdict->text);
}

/* Each item of a list that has something wrong with it; the list itself where none alone is to blame. */
static void check_tables(struct tables_of *tables)
{
    struct verdict whole, verdict;
    struct str rest = value_for(tables->judging, tables->service, tables->row->name), item;
    bool found = false, broken = false;
    if (probe(tables, rest, &whole))
        return;
    while (list_next(&rest, &item, &broken)) {
        if (probe(tables, item, &verdict))
            continue;
        found = true;
        complain_of_table(tables, &verdict);
    }
    if (broken)
        verdict_set(&whole, 550, "3.5", "a brace is not closed: " STR_FMT, STR_ARG(str_trim(rest)));
    if (broken || !found)
        complain_of_table(tables, &whole);
}

/* A file that must be there. */
static void check_file(struct judging *judging, const struct service *service, const struct param_row *row)
{
    const char *path = arena_cstr(judging->arena, value_for(judging, service, row->name));
    if (path[0] == '/' && access(path, R_OK) != 0)
        complain_of_value(judging, true, service, row->name,
                          arena_printf(judging->arena, "%s: %s", path, strerror(errno)).at);
}

static void check_value(struct judging *judging, const struct service *service, const struct param_row *row)
{
    struct tables_of tables = {judging, service, row, 0};
    if (row->kind == PARAM_ACCESS)
        check_access(&tables);
    if (row->kind == PARAM_MAPS || row->kind == PARAM_MATCH)
        check_tables(&tables);
    if (row->kind == PARAM_READABLE && is_set(judging, service, row->name))
        check_file(judging, service, row);
}

static void check_row(struct judging *judging, const struct param_row *row)
{
    const struct services *services = conf_services(judging->conf);
    if (row->type != PARAM_TEXT)
        return;
    check_value(judging, NULL, row);
    for (size_t i = 0; i < services->count; i++)
        if (service_option(&services->at[i], str_of(row->name)))
            check_value(judging, &services->at[i], row);
}

static void check_all_values(struct judging *judging)
{
    const struct param_set *const *sets = conf_sets(judging->conf);
    for (size_t i = 0; sets[i]; i++)
        for (size_t k = 0; k < sets[i]->count; k++)
            check_row(judging, &sets[i]->rows[k]);
}

/* --- certificates --- */

/* Whether the service would not start without a certificate. */
static bool wants_tls(struct judging *judging, const struct service *service, const char *prefix)
{
    const char *wrapper = arena_printf(judging->arena, "%s_wrappermode", prefix).at;
    struct str level = value_for(judging, service, "smtpd_tls_security_level");
    struct str protocol = value_for(judging, service, "login_protocol");
    if (str_eq_nocase(value_for(judging, service, wrapper), STR("yes")))
        return true;
    return prefix[0] == 's' ? str_eq(level, STR("may")) || str_eq(level, STR("encrypt"))
                            : str_eq(protocol, STR("imaps")) || str_eq(protocol, STR("pop3s"));
}

static void check_certificate(struct judging *judging, const struct service *service, const char *prefix)
{
    struct arena *arena = judging->arena;
    struct verdict verdict;
    const char *name = arena_printf(arena, "%s_chain_files", prefix).at;
    struct str chain = value_for(judging, service, name);
    struct str cert = value_for(judging, service, arena_printf(arena, "%s_cert_file", prefix).at);
    struct str key = value_for(judging, service, arena_printf(arena, "%s_key_file", prefix).at);
    if (chain.len == 0 && cert.len == 0) {
        if (wants_tls(judging, service, prefix))
            complain(judging->complaints, true,
                     "master.cf, line %zu: service " STR_FMT ": TLS is wanted, but %s has no certificate",
                     service->line, STR_ARG(service->name), name);
        return;
    }
    const char *first = arena_cstr(arena, chain.len ? chain : cert);
    struct tls_server_options options = {.chain_file = first,
                                         .key_file = chain.len || !key.len ? first : arena_cstr(arena, key)};
    if (access(options.chain_file, R_OK) != 0 || access(options.key_file, R_OK) != 0)
        return; /* said already */
    struct tls_context *context = tls_server_create(&options, &verdict);
    if (!context)
        complain_of_value(judging, true, service,
                          chain.len ? name : arena_printf(arena, "%s_cert_file", prefix).at, verdict.text);
    tls_context_destroy(context);
}

/* --- services --- */

/* What master.cf says about a program of ours that it does not take. */
static void check_form(struct judging *judging, const struct service *service)
{
    if (service->arguments.len)
        complain(judging->complaints, false,
                 "master.cf, line %zu: " STR_FMT " takes no arguments but options: " STR_FMT, service->line,
                 STR_ARG(service->program), STR_ARG(service->arguments));
    bool outside = str_eq(service->program, STR("smtpd")) || str_eq(service->program, STR("login"));
    if (service->type != SERVICE_UNIX && (service->type != SERVICE_INET || !outside))
        complain(judging->complaints, true, "master.cf, line %zu: " STR_FMT " is not for type %s",
                 service->line, STR_ARG(service->program), service_type_name(service->type));
}

static bool is_ours(const struct service *service)
{
    const struct program *program = program_find(service->program);
    return program && !program->instead;
}

static bool listens_there(const struct endpoints *endpoints, const char *name)
{
    for (size_t i = 0; i < endpoints->count; i++)
        if (strcmp(endpoints->at[i].name, name) == 0)
            return true;
    return false;
}

/* "smtp" and "25" are two services, and one port. */
static void check_neighbours(struct judging *judging, const struct service *service,
                             const struct conf_params *params, const struct endpoints *endpoints)
{
    const struct service *other = conf_services(judging->conf)->at;
    struct endpoints *taken = arena_get(judging->arena, sizeof *taken);
    struct verdict verdict;
    for (; other != service; other++) {
        if (other->type != SERVICE_INET || !is_ours(other) ||
            !endpoints_read(other->name, params, taken, &verdict))
            continue;
        for (size_t i = 0; i < endpoints->count; i++)
            if (listens_there(taken, endpoints->at[i].name))
                complain(judging->complaints, true,
                         "master.cf, line %zu: service " STR_FMT ": the service " STR_FMT
                         " listens on %s already",
                         service->line, STR_ARG(service->name), STR_ARG(other->name), endpoints->at[i].name);
    }
}

/* Where it listens can be read; whether it can be had is known when it is opened. */
static void check_endpoints(struct judging *judging, const struct service *service)
{
    struct conf_params params;
    struct complaints said_already;
    struct endpoints endpoints;
    struct verdict verdict;
    complaints_init(&said_already, judging->arena);
    conf_load_set(judging->conf, NULL, &conf_param_set, judging->arena, &said_already, &params);
    if (endpoints_read(service->name, &params, &endpoints, &verdict))
        check_neighbours(judging, service, &params, &endpoints);
    else
        complain(judging->complaints, true, "master.cf, line %zu: service " STR_FMT ": %s", service->line,
                 STR_ARG(service->name), verdict.text);
}

/* --- whose mail is taken --- */

/* Whether the list stops mail of strangers for others, before it lets everybody pass. */
static bool guards_relaying(struct judging *judging, const struct service *service, const char *name)
{
    struct str rest = value_for(judging, service, name);
    struct restriction_item item;
    struct verdict verdict;
    enum restriction_result result;
    while ((result = restriction_next(&rest, &item, &verdict)) != RESTRICTION_END) {
        if (result != RESTRICTION_READ)
            continue;
        if (item.restriction == RESTRICTION_permit)
            return false;
        if (item.restriction == RESTRICTION_reject_unauth_destination ||
            item.restriction == RESTRICTION_defer_unauth_destination ||
            item.restriction == RESTRICTION_reject || item.restriction == RESTRICTION_defer)
            return true;
    }
    return false;
}

static void check_relaying(struct judging *judging, const struct service *service)
{
    if (service->type == SERVICE_INET && !guards_relaying(judging, service, "smtpd_relay_restrictions") &&
        !guards_relaying(judging, service, "smtpd_recipient_restrictions"))
        complain(judging->complaints, false,
                 "master.cf, line %zu: service " STR_FMT
                 " is an open relay: neither smtpd_relay_restrictions nor smtpd_recipient_restrictions has "
                 "reject_unauth_destination",
                 service->line, STR_ARG(service->name));
}

static bool lists_domain(struct str list, struct str domain)
{
    struct str item;
    bool broken = false;
    while (list_next(&list, &item, &broken))
        if (str_eq_nocase(item, domain))
            return true;
    return false;
}

/* Of tables it is not known what they have. */
static bool is_plain_domain(struct str item)
{
    return item.len && item.at[0] != '!' && item.at[0] != '{' && !str_contains(item, ':') &&
           !str_contains(item, '/');
}

/* A domain belongs to one class (reference: Postfix warns of these pairs too). */
static void check_classes(struct judging *judging)
{
    static const char *const pairs[][2] = {{"mydestination", "virtual_alias_domains"},
                                           {"mydestination", "virtual_mailbox_domains"},
                                           {"virtual_alias_domains", "virtual_mailbox_domains"},
                                           {"relay_domains", "virtual_alias_domains"},
                                           {"relay_domains", "virtual_mailbox_domains"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct str rest = value_for(judging, NULL, pairs[i][0]), item;
        struct str other = value_for(judging, NULL, pairs[i][1]);
        bool broken = false;
        while (list_next(&rest, &item, &broken))
            if (is_plain_domain(item) && lists_domain(other, item))
                complain(judging->complaints, false, "do not list domain " STR_FMT " in both %s and %s",
                         STR_ARG(item), pairs[i][0], pairs[i][1]);
    }
}

/* --- services of all kinds --- */

static void check_service(struct judging *judging, const struct service *service)
{
    const struct program *program = program_find(service->program);
    if (is_ours(service))
        check_form(judging, service);
    if (is_ours(service) && service->type == SERVICE_INET)
        check_endpoints(judging, service);
    if (str_eq(service->program, STR("smtpd")) && conf_row(judging->conf, STR("smtpd_relay_restrictions")))
        check_relaying(judging, service);
    if (!program)
        complain(judging->complaints, true, "master.cf, line %zu: unknown program: " STR_FMT, service->line,
                 STR_ARG(service->program));
    else if (program->instead)
        complain(judging->complaints, false, "master.cf, line %zu: " STR_FMT " is not started: %s",
                 service->line, STR_ARG(service->program), program->instead);
    else if (str_eq(service->program, STR("smtpd")) || str_eq(service->program, STR("login")))
        check_certificate(judging, service, program->name[0] == 's' ? "smtpd_tls" : "login_tls");
}

/* --- services that others call --- */

static bool has_service(const struct judging *judging, const char *name)
{
    const struct services *services = conf_services(judging->conf);
    for (size_t i = 0; i < services->count; i++)
        if (services->at[i].type == SERVICE_UNIX && str_eq(services->at[i].name, str_of(name)))
            return true;
    return false;
}

static bool runs_program(const struct judging *judging, const char *name)
{
    const struct services *services = conf_services(judging->conf);
    for (size_t i = 0; i < services->count; i++) {
        const struct program *program = program_find(services->at[i].program);
        if (program && program->program && str_eq(str_of(program->program), str_of(name)))
            return true;
    }
    return false;
}

/* A master.cf of Postfix's has none of those that only Relais has. */
static void check_needs(struct judging *judging)
{
    for (const struct need *need = program_needs(); need->program; need++)
        if (runs_program(judging, need->program) && !has_service(judging, need->service))
            complain(judging->complaints, false,
                     "master.cf: there is no service %s, which %s for %s; add: %s unix - - n - - %s",
                     need->service, need->what, need->program, need->service, need->service);
}

/* --- users --- */

/* As root each program becomes a user of its own; else all stay who they are. */
static void check_users(struct judging *judging)
{
    static const char *const roles[] = {
#define ROLE(user, groups) user,
#include "worker/roles.def"
#undef ROLE
    };
    const char *group = arena_cstr(judging->arena, value_for(judging, NULL, "mail_owner"));
    if (geteuid() != 0)
        return;
    if (!getgrnam(group))
        complain(judging->complaints, true, "mail_owner: there is no group %s", group);
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (!getpwnam(roles[i]))
            complain(judging->complaints, true, "there is no user %s", roles[i]);
}

/* --- dropped messages --- */

enum { DROP_MODE = 03733 };

/* master makes it so at its start; what has become of it since is worth knowing, for then nobody may leave
 * anything there, or somebody may read it. A user's instance needs no modes: nobody but the user calls. */
static void check_drop(struct judging *judging, const char *path)
{
    const struct passwd *owner = getpwnam("relais-pickup");
    struct stat status;
    if (geteuid() != 0 || !owner || lstat(path, &status) != 0)
        return;
    if (!S_ISDIR(status.st_mode) || status.st_uid != owner->pw_uid || status.st_gid != owner->pw_gid ||
        (status.st_mode & 07777) != DROP_MODE)
        complain(
            judging->complaints, false,
            "drop_directory: %s is not a directory of relais-pickup with mode %05o, which a start makes it",
            path, (unsigned)DROP_MODE);
}

static void check_dropping(struct judging *judging)
{
    struct stat taken, queue;
    const char *path = arena_cstr(judging->arena, value_for(judging, NULL, "taken_directory"));
    check_drop(judging, arena_cstr(judging->arena, value_for(judging, NULL, "drop_directory")));
    if (runs_program(judging, "pickup") && stat(path, &taken) == 0 &&
        stat(arena_cstr(judging->arena, value_for(judging, NULL, "queue_files_directory")), &queue) == 0 &&
        taken.st_dev != queue.st_dev)
        complain(judging->complaints, true,
                 "taken_directory: %s is not on the file system of queue_files_directory", path);
}

void judge_configuration(const struct conf *conf, struct arena *arena, struct complaints *complaints)
{
    struct judging judging = {conf, arena, complaints};
    const struct services *services = conf_services(conf);
    conf_check(conf, arena, complaints);
    if (services->count == 0)
        complain(complaints, true, "master.cf: no service");
    for (size_t i = 0; i < services->count; i++)
        check_service(&judging, &services->at[i]);
    check_needs(&judging);
    check_all_values(&judging);
    check_classes(&judging);
    check_users(&judging);
    check_dropping(&judging);
}
