/* SPDX-License-Identifier: BSD-2-Clause */
/* What master judges too, and the users that programs become. */
#include "tools/check.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include "conf/registry.h"
#include "worker/judge.h"

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
    judge_configuration(configuration->conf, configuration->arena, &configuration->complaints);
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
