/* SPDX-License-Identifier: BSD-2-Clause */
/* What a running worker may ask. */
#include "worker/run.h"

#include <assert.h>
#include <string.h>

struct loop *run_loop(struct run *run)
{
    return run->loop;
}

struct log *run_log(struct run *run)
{
    return run->log;
}

struct arena *run_arena(struct run *run)
{
    return run->arena;
}

const void *run_params(const struct run *run, const struct param_set *set)
{
    size_t i = 0;
    while (run->worker->sets[i] && run->worker->sets[i] != set)
        i++;
    assert(run->worker->sets[i] && "a set that the worker did not name");
    return run->params[i];
}

const void *run_params_of(const struct run *run, const struct param_set *set, struct str service)
{
    struct snapshot_service of = {run->snapshot, service};
    struct complaints complaints;
    void *params = arena_get(run->arena, set->size);
    memcpy(params, run_params(run, set), set->size);
    complaints_init(&complaints, run->arena);
    param_load(set, snapshot_service_source, &of, run->arena, &complaints, params);
    return params;
}

const char *run_service(const struct run *run)
{
    return run->service;
}

struct str run_text(const struct run *run, const char *parameter)
{
    struct str value = STR("");
    snapshot_text(run->snapshot, str_of(parameter), &value);
    return value;
}

const char *run_socket_path(struct run *run, const char *service)
{
    return arena_printf(run->arena, STR_FMT "/private/%s", STR_ARG(run_text(run, "queue_directory")), service)
        .at;
}

bool run_draining(const struct run *run)
{
    return run->draining;
}

void run_set_state(struct run *run, void *state)
{
    run->state = state;
}

void *run_state(const struct run *run)
{
    return run->state;
}

struct metrics *run_metrics(const struct run *run)
{
    return run->metrics;
}

int run_control(const struct run *run)
{
    return run->control;
}

unsigned run_slot(const struct run *run)
{
    return run->slot;
}

const char *run_session_user(const struct run *run)
{
    return run->session_user;
}

const char *run_session_home(const struct run *run)
{
    return run->session_home;
}

void run_finish(struct run *run)
{
    run->finished = true;
    gate_wake_all(&run->idle);
}
