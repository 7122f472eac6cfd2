/* SPDX-License-Identifier: BSD-2-Clause */
/* From rows of master.cf to services that run. First everything that can go wrong is done for all of them
 * (sockets, snapshots); only when nothing did, it is taken over: a reload changes all or nothing. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "conf/snapshot.h"
#include "master/master.h"

enum { PROCESSORS_MOST = 8, SESSIONS_MOST = 4096 };

/* A row of master.cf that is to become, or stay, a service. */
struct plan {
    const struct service *service;
    const struct program *program;
    struct running *running; /* NULL: new */
    int snapshot;
    struct socket_set sockets;
};

/* How many processes. maxproc 0 is without a limit; where master.cf says nothing, default_process_limit
 * counts, which an -o may set. */
static unsigned count_processes(const struct configuration *configuration, const struct service *service,
                                const struct program *program)
{
    const struct str *option = service_option(service, STR("default_process_limit"));
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned most = program->most                  ? program->most
                    : processors > PROCESSORS_MOST ? PROCESSORS_MOST
                    : processors > 0               ? (unsigned)processors
                                                   : 1;
    uint64_t limit = (uint64_t)configuration->params.default_process_limit;
    if (service->maxproc >= 0)
        limit = (uint64_t)service->maxproc;
    else if (option)
        (void)str_to_u64(*option, &limit);
    return limit > 0 && limit < most ? (unsigned)limit : most;
}

static struct running *find_running(struct master *master, const struct service *service)
{
    const char *type = service->type == SERVICE_INET ? "inet" : "unix";
    for (struct running *running = master->services; running; running = running->next)
        if (str_eq(running->name, service->name) && strcmp(running->type, type) == 0)
            return running;
    return NULL;
}

static struct running *new_running(struct master *master, const struct service *service)
{
    struct running *running = memory_get(sizeof *running);
    char *name = memory_get(service->name.len + 1);
    memcpy(name, service->name.at, service->name.len);
    running->master = master;
    running->name = str_make(name, service->name.len);
    running->type = service->type == SERVICE_INET ? "inet" : "unix";
    running->snapshot = -1;
    running->next = master->services;
    master->services = running;
    return running;
}

/* Does what can go wrong. */
static bool plan_make(struct master *master, const struct configuration *configuration, struct plan *plan)
{
    struct complaints complaints;
    const struct service *service = plan->service;
    plan->running = find_running(master, service);
    complaints_init(&complaints, configuration->arena);
    plan->snapshot = snapshot_make(configuration->conf, service, str_of(plan->program->program), &complaints);
    if (plan->snapshot >= 0)
        return sockets_gather(master, configuration, service, plan->program, &plan->sockets);
    log_say(master->log, LOG_ERROR_LEVEL, STR(""), "service " STR_FMT ": snapshot: %s",
            STR_ARG(service->name), strerror(errno));
    return false;
}

static void plan_undo(struct plan *plan)
{
    sockets_undo(&plan->sockets);
    if (plan->snapshot >= 0)
        close(plan->snapshot);
}

static void plan_carry_out(struct master *master, const struct configuration *configuration,
                           const struct plan *plan)
{
    struct running *running = plan->running ? plan->running : new_running(master, plan->service);
    running->program = plan->program;
    running->gone = false;
    running->wanted =
        plan->program->session ? 0 : count_processes(configuration, plan->service, plan->program);
    running->session_limit = plan->service->maxproc < 0    ? SESSIONS_MOST
                             : plan->service->maxproc == 0 ? SIZE_MAX
                                                           : (size_t)plan->service->maxproc;
    running->sockets = plan->sockets;
    if (running->snapshot >= 0)
        close(running->snapshot);
    running->snapshot = plan->snapshot;
}

/* The plans of all services that are started here; the number of them in *count. */
static struct plan *list_plans(const struct services *services, size_t *count)
{
    struct plan *plans = memory_array(services->count + 1, sizeof *plans);
    *count = 0;
    for (size_t i = 0; i < services->count; i++) {
        const struct program *program = program_find(services->at[i].program);
        if (program->program)
            plans[(*count)++] = (struct plan){&services->at[i], program, .snapshot = -1};
    }
    return plans;
}

/* What listened and is not wanted any more is closed: the kernel would go on taking connections that nobody
 * serves. */
static void carry_out_all(struct master *master, const struct configuration *configuration,
                          const struct plan *plans, size_t count)
{
    size_t known = 0;
    for (struct running *running = master->services; running; running = running->next)
        known++;
    struct socket_set *before = memory_array(known + 1, sizeof *before);
    known = 0;
    for (struct running *running = master->services; running; running = running->next) {
        before[known++] = running->sockets;
        running->sockets.count = 0;
        running->gone = true;
    }
    for (size_t i = 0; i < count; i++)
        plan_carry_out(master, configuration, &plans[i]);
    for (size_t i = 0; i < known; i++)
        sockets_close_unused(master, &before[i]);
    free(before);
}

/* Two services cannot listen at one place. */
static bool plan_clashes(struct master *master, const struct plan *plans, size_t last)
{
    const struct socket_set *set = &plans[last].sockets;
    for (size_t i = 0; i < last; i++)
        for (size_t k = 0; k < set->count; k++) {
            if (!sockets_has(&plans[i].sockets, set->at[k].where))
                continue;
            log_say(master->log, LOG_ERROR_LEVEL, STR(""), "service " STR_FMT ": " STR_FMT " is at %s too",
                    STR_ARG(plans[last].service->name), STR_ARG(plans[i].service->name), set->at[k].where);
            return true;
        }
    return false;
}

bool services_take(struct master *master, const struct configuration *configuration)
{
    size_t count;
    struct plan *plans = list_plans(conf_services(configuration->conf), &count);
    bool sound = true;
    for (size_t i = 0; i < count; i++)
        sound &= plan_make(master, configuration, &plans[i]) && !plan_clashes(master, plans, i);
    if (sound)
        carry_out_all(master, configuration, plans, count);
    else
        for (size_t i = 0; i < count; i++)
            plan_undo(&plans[i]);
    free(plans);
    return sound;
}
