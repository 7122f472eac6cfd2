/* SPDX-License-Identifier: BSD-2-Clause */
/* qmgr: owns the queue; schedules, retries, expires; the only writer of delivery state. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/random.h"
#include "intake/announcer.h"
#include "io/boot.h"
#include "qmgr/index.h"
#include "qmgr/manager.h"
#include "qmgr/nexthops.h"
#include "qmgr/site.h"
#include "route/params.h"
#include "route/router.h"
#include "worker/worker.h"

enum { DISK_THREADS = 4 };

static const struct param_set *const sets[] = {&conf_param_set, &route_param_set, &qmgr_param_set, NULL};
static const char *const reads[] = {ROUTE_TABLES, NULL};
static const char *const writes[] = {"queue_files_directory", NULL};

/* With start-up rights: the mailboxes' file system, for syncing only, and which start of the machine this is.
 */
static void open_early(struct manager *manager)
{
    const char *base = arena_cstr(run_arena(manager->run), manager->conf->mail_base);
    manager->mail = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    boot_id_read(manager->boot);
}

/* Who is told of notifications that cannot be delivered (postconf(5), notify_classes and
 * 2bounce_notice_recipient). */
static void name_second_recipient(struct manager *manager)
{
    struct str rest = manager->params->notify_classes, word;
    struct str given = manager->params->second_recipient;
    struct str complete = arena_printf(run_arena(manager->run), STR_FMT "@" STR_FMT, STR_ARG(given),
                                       STR_ARG(manager->conf->myorigin));
    while (str_word(&rest, ", \t\r\n", &word))
        if (str_eq(word, STR("2bounce")) && given.len)
            manager->second_recipient = str_contains(given, '@') ? given : complete;
}

static bool is_on_one_file_system(const struct manager *manager)
{
    struct stat queue, mail;
    return manager->mail >= 0 && fstat(manager->directory, &queue) == 0 && fstat(manager->mail, &mail) == 0 &&
           queue.st_dev == mail.st_dev;
}

static bool open_queue(struct run *run, struct verdict *verdict)
{
    struct manager *manager = memory_get(sizeof *manager);
    manager->run = run;
    manager->began_us = now_us();
    manager->log = run_log(run);
    manager->metrics = run_metrics(run);
    manager->conf = run_params(run, &conf_param_set);
    manager->params = run_params(run, &qmgr_param_set);
    manager->messages = hash_create();
    manager->waiting = hash_create();
    manager->reserved = hash_create();
    manager->leaving = hash_create();
    manager->sites = hash_create();
    manager->sites_limit = SITES_KEPT;
    manager->transports = hash_create();
    manager->due = heap_create();
    manager->resting = heap_create();
    manager->crowd.shares = hash_create();
    name_second_recipient(manager);
    run_set_state(run, manager);
    open_early(manager);
    const char *path = arena_cstr(run_arena(run), manager->conf->queue_files);
    manager->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (manager->directory < 0)
        return verdict_system(verdict, path, errno);
    manager->one_file_system = is_on_one_file_system(manager);
    manager->router = router_create(manager->conf, run_params(run, &route_param_set), verdict);
    return manager->router != NULL;
}

/* Asks resolver. */
static bool find_exchangers(void *context, struct str domain, struct arena *arena,
                            struct exchangers *exchangers, struct verdict *verdict)
{
    return exchangers_find(context, domain, NEXTHOP_ASK_MS, arena, exchangers, verdict);
}

static bool start(struct run *run, struct verdict *verdict)
{
    struct manager *manager = run_state(run);
    struct dns_client *dns = dns_client_create(run_socket_path(run, "resolver"));
    manager->loop = run_loop(run);
    manager->nexthops = nexthops_create(manager, find_exchangers, dns);
    manager->disk = thread_pool_create(manager->loop, DISK_THREADS);
    manager->index = index_open(manager);
    queue_id_init(&manager->ids, run_slot(run), random_u32());
    if (!removal_create(manager, verdict))
        return false;
    if (index_start(manager->index) && task_start(manager->loop, waiting_task, manager) &&
        task_start(manager->loop, pace_task, manager) && task_start(manager->loop, sweep_task, manager))
        return true;
    return verdict_system(verdict, "tasks", errno);
}

/* Well within master's patience (10 s). */
enum { LAST_WORDS_MS = 8000 };

static bool is_quiet(const struct manager *manager)
{
    struct hash_walk walk = hash_walk_start(manager->transports);
    struct str name;
    for (const struct transport *transport; (transport = hash_walk_next(&walk, &name));)
        if (transport->running)
            return false;
    return manager->reports == 0;
}

/* What is being delivered has some time to end: an answer that nobody hears is a letter that is sent twice.
 * Then the finished files go, and the index is written; the directory is the truth for the next qmgr. */
static void end_soon(void *arg)
{
    struct run *run = arg;
    struct manager *manager = run_state(run);
    int64_t end = deadline_in(LAST_WORDS_MS);
    while (!is_quiet(manager) && gate_wait(&manager->quiet, end))
        continue;
    removal_close(manager);
    index_close(manager);
    run_finish(run);
}

/* Nothing new begins. */
static void drain(struct run *run)
{
    struct manager *manager = run_state(run);
    manager->ending = true;
    gate_wake_all(&manager->due_changed);
    gate_wake_all(&manager->sweep_now);
    if (!task_start(manager->loop, end_soon, run))
        run_finish(run);
}

static const char *const callers[] = {"relais-smtpd", "relais-pickup", NULL};

static void take_notes(struct run *run, map_note_fn *fn, void *arg)
{
    const struct manager *manager = run_state(run);
    router_take_notes(manager->router, fn, arg);
}

static const struct worker qmgr = {
    .name = "qmgr",
    .user = "relais-queue",
    .style = WORKER_TASKS,
    .may = MAY_READ_FILES | MAY_WRITE_FILES | MAY_CONNECT_UNIX | MAY_SYNC_STORE,
    .sets = sets,
    .callers = callers,
    .reads = reads,
    .writes = writes,
    .open = open_queue,
    .start = start,
    .serve = manager_serve,
    .drain = drain,
    .finishes = true,
    .notes = take_notes,
};

int main(int argc, char **argv)
{
    return worker_main(&qmgr, argc, argv);
}
