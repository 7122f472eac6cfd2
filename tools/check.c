/* SPDX-License-Identifier: BSD-2-Clause */
/* The judgement that master makes too, for a command. */
#include "tools/check.h"

#include "conf/registry.h"
#include "worker/judge.h"

bool configuration_open_checked(struct configuration *configuration, const char *name, const char *given,
                                bool warnings)
{
    configuration->arena = arena_create(CONFIGURATION_MEMORY);
    complaints_init(&configuration->complaints, configuration->arena);
    configuration->conf = conf_load(configuration_directory(given, configuration->arena), all_param_sets,
                                    configuration->arena, &configuration->complaints);
    conf_load_set(configuration->conf, NULL, &conf_param_set, configuration->arena,
                  &configuration->complaints, &configuration->params);
    judge_configuration(configuration->conf, configuration->arena, &configuration->complaints);
    complaints_drop_repetitions(&configuration->complaints);
    complaints_print(&configuration->complaints, name, warnings);
    return configuration->complaints.fatal_count == 0;
}
