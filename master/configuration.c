/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading and judging a configuration as a whole. */
#include <stdlib.h>
#include <string.h>

#include "conf/registry.h"
#include "master/master.h"

enum { CONFIGURATION_MEMORY = 512 * 1024 * 1024 };

static void log_complaints(const struct complaints *complaints, struct log *log)
{
    for (const struct complaint *complaint = complaints->first; complaint; complaint = complaint->next)
        log_say(log, complaint->fatal ? LOG_ERROR_LEVEL : LOG_WARNING_LEVEL, STR(""), STR_FMT,
                STR_ARG(complaint->text));
}

static void check_programs(const struct conf *conf, struct complaints *complaints)
{
    const struct services *services = conf_services(conf);
    for (size_t i = 0; i < services->count; i++) {
        const struct service *service = &services->at[i];
        if (!program_find(service->program))
            complain(complaints, true, "master.cf, line %zu: unknown program: " STR_FMT, service->line,
                     STR_ARG(service->program));
    }
    if (services->count == 0)
        complain(complaints, true, "master.cf: no service");
}

bool configuration_load(const char *directory, struct configuration *configuration, struct log *log)
{
    struct complaints complaints;
    struct arena *arena = arena_create(CONFIGURATION_MEMORY);
    complaints_init(&complaints, arena);
    configuration->arena = arena;
    configuration->conf = conf_load(directory, all_param_sets, arena, &complaints);
    check_programs(configuration->conf, &complaints);
    conf_check(configuration->conf, arena, &complaints);
    conf_load_set(configuration->conf, NULL, &conf_param_set, arena, &complaints, &configuration->params);
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
