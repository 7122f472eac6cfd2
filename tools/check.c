/* SPDX-License-Identifier: BSD-2-Clause */
/* What conf_check cannot know, for it stands above lib/conf: tables, certificates, programs, users. */
#include "tools/check.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "conf/registry.h"
#include "io/tls.h"
#include "map/maps.h"
#include "map/match.h"
#include "worker/programs.h"

static struct str value_for(struct configuration *configuration, const struct service *service,
                            const char *name)
{
    struct str value;
    conf_value(configuration->conf, service, str_of(name), configuration->arena, &configuration->complaints,
               &value);
    return value;
}

static const char *service_name(struct configuration *configuration, const struct service *service)
{
    return service ? arena_printf(configuration->arena, " (service " STR_FMT ")", STR_ARG(service->name)).at
                   : "";
}

/* --- tables --- */

/* By the administrator, not by a default. */
static bool is_set(const struct configuration *configuration, const struct service *service, const char *name)
{
    struct str raw;
    return (service && service_option(service, str_of(name))) ||
           conf_explicit(configuration->conf, str_of(name), &raw);
}

static void check_tables(struct configuration *configuration, const struct service *service,
                         const struct param_row *row)
{
    struct verdict verdict;
    struct str value = value_for(configuration, service, row->name);
    bool good = true;
    if (row->kind == PARAM_MAPS) {
        struct maps *maps = maps_open(value, &verdict);
        good = maps && maps_probe(maps, &verdict);
        maps_close(maps);
    } else {
        struct match_list *list = match_list_open(value, false, &verdict);
        good = list != NULL;
        match_list_close(list);
    }
    if (!good)
        complain(&configuration->complaints,
                 verdict.class == VERDICT_REJECT || is_set(configuration, service, row->name), "%s%s: %s",
                 row->name, service_name(configuration, service), verdict.text);
}

static void check_row(struct configuration *configuration, const struct param_row *row)
{
    const struct services *services = conf_services(configuration->conf);
    if (row->type != PARAM_TEXT || (row->kind != PARAM_MAPS && row->kind != PARAM_MATCH))
        return;
    check_tables(configuration, NULL, row);
    for (size_t i = 0; i < services->count; i++)
        if (service_option(&services->at[i], str_of(row->name)))
            check_tables(configuration, &services->at[i], row);
}

static void check_all_tables(struct configuration *configuration)
{
    for (size_t i = 0; all_param_sets[i]; i++)
        for (size_t k = 0; k < all_param_sets[i]->count; k++)
            check_row(configuration, &all_param_sets[i]->rows[k]);
}

/* --- certificates --- */

/* Whether the service would not start without a certificate. */
static bool wants_tls(struct configuration *configuration, const struct service *service, const char *prefix)
{
    const char *wrapper = arena_printf(configuration->arena, "%s_wrappermode", prefix).at;
    struct str level = value_for(configuration, service, "smtpd_tls_security_level");
    struct str protocol = value_for(configuration, service, "login_protocol");
    if (str_eq_nocase(value_for(configuration, service, wrapper), STR("yes")))
        return true;
    return prefix[0] == 's' ? str_eq(level, STR("may")) || str_eq(level, STR("encrypt"))
                            : str_eq(protocol, STR("imaps")) || str_eq(protocol, STR("pop3s"));
}

static void check_certificate(struct configuration *configuration, const struct service *service,
                              const char *prefix)
{
    struct arena *arena = configuration->arena;
    struct verdict verdict;
    struct str chain = value_for(configuration, service, arena_printf(arena, "%s_chain_files", prefix).at);
    struct str cert = value_for(configuration, service, arena_printf(arena, "%s_cert_file", prefix).at);
    struct str key = value_for(configuration, service, arena_printf(arena, "%s_key_file", prefix).at);
    struct str first = chain.len ? chain : cert;
    if (first.len == 0) {
        if (wants_tls(configuration, service, prefix))
            complain(&configuration->complaints, true,
                     "%s_chain_files%s: TLS is wanted, but there is no certificate", prefix,
                     service_name(configuration, service));
        return;
    }
    struct tls_server_options options = {.chain_file = arena_cstr(arena, first),
                                         .key_file = arena_cstr(arena, chain.len || !key.len ? first : key)};
    struct tls_context *context = tls_server_create(&options, &verdict);
    if (!context)
        complain(&configuration->complaints, true, "%s%s: %s", prefix, service_name(configuration, service),
                 verdict.text);
    tls_context_destroy(context);
}

/* --- services --- */

/* What master.cf says about a program of ours that it does not take. */
static void check_form(struct configuration *configuration, const struct service *service)
{
    if (service->arguments.len)
        complain(&configuration->complaints, false,
                 "master.cf, line %zu: " STR_FMT " takes no arguments but options: " STR_FMT, service->line,
                 STR_ARG(service->program), STR_ARG(service->arguments));
    if (service->type != SERVICE_INET && service->type != SERVICE_UNIX)
        complain(&configuration->complaints, true, "master.cf, line %zu: " STR_FMT " is not for type %s",
                 service->line, STR_ARG(service->program), service_type_name(service->type));
}

static void check_service(struct configuration *configuration, const struct service *service)
{
    const struct program *program = program_find(service->program);
    if (program && !program->instead)
        check_form(configuration, service);
    if (!program)
        complain(&configuration->complaints, true, "master.cf, line %zu: unknown program: " STR_FMT,
                 service->line, STR_ARG(service->program));
    else if (program->instead)
        complain(&configuration->complaints, false, "master.cf, line %zu: " STR_FMT " is not started: %s",
                 service->line, STR_ARG(service->program), program->instead);
    else if (str_eq(service->program, STR("smtpd")) || str_eq(service->program, STR("login")))
        check_certificate(configuration, service, program->name[0] == 's' ? "smtpd_tls" : "login_tls");
}

/* --- users --- */

static const char *const roles[] = {
#define ROLE(user, groups) user,
#include "tools/roles.def"
#undef ROLE
};

static void check_users(struct configuration *configuration)
{
    const char *group = arena_cstr(configuration->arena, configuration->params.mail_owner);
    if (geteuid() != 0)
        return;
    if (!getgrnam(group))
        complain(&configuration->complaints, true, "mail_owner: there is no group %s", group);
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (!getpwnam(roles[i]))
            complain(&configuration->complaints, true, "there is no user %s", roles[i]);
}

void configuration_check(struct configuration *configuration)
{
    const struct services *services = conf_services(configuration->conf);
    conf_check(configuration->conf, configuration->arena, &configuration->complaints);
    if (services->count == 0)
        complain(&configuration->complaints, true, "master.cf: no service");
    for (size_t i = 0; i < services->count; i++)
        check_service(configuration, &services->at[i]);
    check_all_tables(configuration);
    check_users(configuration);
}

bool configuration_open_checked(struct configuration *configuration, const char *name, const char *given,
                                bool warnings)
{
    configuration->arena = arena_create(CONFIGURATION_MEMORY);
    complaints_init(&configuration->complaints, configuration->arena);
    configuration->conf = conf_load(configuration_directory(given, configuration->arena), all_param_sets,
                                    configuration->arena, &configuration->complaints);
    conf_load_set(configuration->conf, NULL, &conf_param_set, configuration->arena,
                  &configuration->complaints, &configuration->params);
    configuration_check(configuration);
    complaints_drop_repetitions(&configuration->complaints);
    complaints_print(&configuration->complaints, name, warnings);
    return configuration->complaints.fatal_count == 0;
}
