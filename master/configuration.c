/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading and judging a configuration as a whole. */
#include <stdlib.h>
#include <string.h>

#include "conf/registry.h"
#include "master/master.h"
#include "worker/judge.h"

enum { CONFIGURATION_MEMORY = 512 * 1024 * 1024 };

static void log_complaints(const struct complaints *complaints, struct log *log)
{
    for (const struct complaint *complaint = complaints->first; complaint; complaint = complaint->next)
        log_say(log, complaint->fatal ? LOG_ERROR_LEVEL : LOG_WARNING_LEVEL, STR(""), STR_FMT,
                STR_ARG(complaint->text));
}

bool configuration_load(const char *directory, struct configuration *configuration, struct log *log)
{
    struct complaints complaints;
    struct arena *arena = arena_create(CONFIGURATION_MEMORY);
    complaints_init(&complaints, arena);
    configuration->arena = arena;
    configuration->conf = conf_load(directory, all_param_sets, arena, &complaints);
    conf_load_set(configuration->conf, NULL, &conf_param_set, arena, &complaints, &configuration->params);
    judge_configuration(configuration->conf, arena, &complaints);
    complaints_drop_repetitions(&complaints);
    log_complaints(&complaints, log);
    if (complaints.fatal_count == 0)
        return true;
    configuration_free(configuration->conf, arena);
    return false;
}

void configuration_free(struct conf *conf, struct arena *arena)
{
    conf_free(conf);
    arena_destroy(arena);
}
