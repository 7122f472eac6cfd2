/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pickup: takes in the messages that sendmail(1) left in drop_directory. It looks there at its start, once in
 * a while, and when somebody connects to its socket, for which nothing need be said.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/random.h"
#include "pickup/pickup.h"
#include "route/params.h"
#include "route/router.h"
#include "worker/worker.h"

enum { COMMIT_THREADS = 1, MEMORY_LIMIT = 16 * 1024 * 1024, PAUSE_MS = 250, SOON_MS = 5000, LOCK_MS = 100 };

static const struct param_set *const sets[] = {&conf_param_set, &route_param_set, &pickup_param_set, NULL};
static const char *const reads[] = {"data_directory", "config_directory", "authorized_submit_users",
                                    ROUTE_TABLES, NULL};
static const char *const writes[] = {"drop_directory", "taken_directory", NULL};
static const char *const drops[] = {"queue_files_directory", NULL};

static bool open_tables(struct run *run, struct verdict *verdict)
{
    struct pickup *pickup = memory_get(sizeof *pickup);
    pickup->params = run_params(run, &pickup_param_set);
    pickup->conf = run_params(run, &conf_param_set);
    pickup->log = run_log(run);
    pickup->metrics = run_metrics(run);
    pickup->stuck = hash_create();
    pickup->hard_links = open("/proc/sys/fs/protected_hardlinks", O_RDONLY | O_CLOEXEC);
    run_set_state(run, pickup);
    pickup->router = router_create(pickup->conf, run_params(run, &route_param_set), verdict);
    pickup->submitters = match_list_open(pickup->conf->submit_users, false, verdict);
    return pickup->router && pickup->submitters;
}

static bool open_directory(struct run *run, struct str path, int flags, int *fd, struct verdict *verdict)
{
    const char *name = arena_cstr(run_arena(run), path);
    *fd = open(name, flags | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return *fd >= 0 || verdict_system(verdict, name, errno);
}

/* After a reload the process before may still be at it, or, with a bad ending, nobody will say that it is
 * not: the lock is the kernel's to lose. */
static void look_task(void *arg)
{
    struct pickup *pickup = arg;
    while (flock(pickup->taken, LOCK_EX | LOCK_NB) != 0)
        task_sleep(LOCK_MS);
    for (;;) {
        pickup->asked = false;
        scan_drop(pickup);
        task_sleep(PAUSE_MS);
        if (!pickup->asked)
            gate_wait(&pickup->wake, deadline_in(pickup->unfinished ? SOON_MS : pickup->params->interval));
    }
}

static bool start(struct run *run, struct verdict *verdict)
{
    struct pickup *pickup = run_state(run);
    struct stat status;
    struct intake_options options = {
        .loop = run_loop(run),
        .queue_directory = arena_cstr(run_arena(run), pickup->conf->taken_directory),
        .qmgr_socket = run_socket_path(run, "qmgr"),
        .slot = run_slot(run),
        .commit_threads = COMMIT_THREADS,
        .memory_limit = MEMORY_LIMIT,
    };
    queue_id_init(&pickup->ids, run_slot(run), random_u32());
    if (!open_directory(run, pickup->conf->drop_directory, O_RDONLY, &pickup->drop, verdict) ||
        !open_directory(run, pickup->conf->taken_directory, O_RDONLY, &pickup->taken, verdict) ||
        !open_directory(run, pickup->conf->queue_files, O_PATH, &pickup->queue, verdict))
        return false;
    pickup->queue_is_ours = fstat(pickup->queue, &status) != 0 || status.st_uid == geteuid();
    pickup->intake = intake_create(&options, verdict);
    if (!pickup->intake)
        return false;
    return task_start(run_loop(run), look_task, pickup) || verdict_system(verdict, "task", errno);
}

/* Whoever connects may have left something. */
static void serve(struct run *run, int fd, const struct address *peer)
{
    struct pickup *pickup = run_state(run);
    (void)peer;
    pickup->asked = true;
    gate_wake_all(&pickup->wake);
    io_close(fd);
}

static void take_notes(struct run *run, map_note_fn *fn, void *arg)
{
    const struct pickup *pickup = run_state(run);
    router_take_notes(pickup->router, fn, arg);
    match_list_take_notes(pickup->submitters, fn, arg);
}

static const struct worker pickup_worker = {
    .name = "pickup",
    .user = "relais-pickup",
    .style = WORKER_TASKS,
    .may = MAY_READ_FILES | MAY_WRITE_FILES | MAY_DROP_FILES | MAY_CONNECT_UNIX | MAY_ASK_NAMES,
    .sets = sets,
    .reads = reads,
    .writes = writes,
    .drops = drops,
    .open = open_tables,
    .start = start,
    .serve = serve,
    .notes = take_notes,
};

int main(int argc, char **argv)
{
    return worker_main(&pickup_worker, argc, argv);
}
