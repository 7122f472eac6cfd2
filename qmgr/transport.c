/* SPDX-License-Identifier: BSD-2-Clause */
/* Transports, and the task of each that starts what may start. Sending a request may wait when the program
 * that delivers does not read; the task waits then, and the other transports do not. */
#include <string.h>

#include "base/memory.h"
#include "qmgr/site.h"
#include "worker/worker.h"

static void start(struct transport *transport, struct job *job)
{
    struct site *site = job->site;
    struct verdict verdict;
    transport->rest_until =
        transport->params->transport_rate_delay ? deadline_in(transport->params->transport_rate_delay) : 0;
    site->users++;
    if (!job_send(transport, job)) {
        verdict_set(&verdict, 451, "3.0", "mail transport %s is not available", transport->name);
        job_fail(transport->manager, job, &verdict);
        site_feedback(site, SITE_SILENT, &verdict);
    }
    site->users--;
}

static void transport_task(void *arg)
{
    struct transport *transport = arg;
    while (!transport->manager->ending) {
        int64_t now = time_monotonic_ms();
        struct job *job = turns_next(transport, now);
        if (job)
            start(transport, job);
        else
            gate_wait(&transport->may_start,
                      transport->rest_until > now ? transport->rest_until : DEADLINE_NEVER);
    }
}

void transport_wake(struct transport *transport)
{
    gate_wake(&transport->may_start);
}

/* The program behind a transport is known by its name alone, as to the program itself (smtp/main.c). */
static bool goes_by_mx(struct str name)
{
    return !str_eq(name, STR("local")) && !str_eq(name, STR("virtual")) && !str_starts(name, STR("lmtp"));
}

static struct transport *transport_create(struct manager *manager, struct str name)
{
    struct transport *transport = memory_get(sizeof *transport);
    transport->manager = manager;
    transport->name = memory_get(name.len + 1);
    memcpy(transport->name, name.at, name.len);
    transport->socket = run_socket_path(manager->run, transport->name);
    transport->params = run_params_of(manager->run, &qmgr_param_set, name);
    transport->by_mx = goes_by_mx(name);
    transport->tenants = hash_create();
    channels_create(transport);
    hash_put(manager->transports, name, transport);
    return transport;
}

/* A task that could not be had is asked for again with the next job. */
struct transport *transport_get(struct manager *manager, struct str name)
{
    struct transport *transport = hash_get(manager->transports, name);
    if (!transport)
        transport = transport_create(manager, name);
    if (!transport->served)
        transport->served = task_start(manager->loop, transport_task, transport);
    return transport;
}
