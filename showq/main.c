/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * showq: lists the queue for users of this host, and passes their wish to have it tried now on to qmgr: who
 * may, the administrator says, and who asks, the kernel. It is qmgr's user, for the queue is, and takes one
 * line from each.
 */
#include "base/memory.h"
#include "io/fdpass.h"
#include "showq/serve.h"
#include "worker/worker.h"

enum { INPUT_LIMIT = 1024 };

static const struct param_set *const sets[] = {&conf_param_set, &showq_param_set, NULL};
static const char *const reads[] = {"config_directory", "authorized_mailq_users", "authorized_flush_users",
                                    NULL};
/* Readers of the index are noted in its lock file. */
static const char *const writes[] = {"queue_files_directory", NULL};

static bool open_lists(struct run *run, struct verdict *verdict)
{
    struct showq *showq = memory_get(sizeof *showq);
    const struct conf_params *conf = run_params(run, &conf_param_set);
    showq->params = run_params(run, &showq_param_set);
    showq->queue_directory = arena_cstr(run_arena(run), conf->queue_files);
    showq->qmgr_socket = run_socket_path(run, "qmgr");
    showq->log = run_log(run);
    showq->mailq_users = match_list_open(showq->params->mailq_users, false, verdict);
    showq->flush_users = match_list_open(showq->params->flush_users, false, verdict);
    run_set_state(run, showq);
    return showq->mailq_users && showq->flush_users;
}

static void serve(struct run *run, int fd, const struct address *peer)
{
    uid_t uid;
    gid_t gid;
    pid_t pid;
    (void)peer;
    if (!peer_credentials(fd, &uid, &gid, &pid)) {
        io_close(fd);
        return;
    }
    struct system_user caller = system_user_find(uid);
    struct stream *stream = stream_over_fd(fd, INPUT_LIMIT);
    showq_converse(run_state(run), stream, &caller);
    stream_destroy(stream);
}

static const struct worker showq_worker = {
    .name = "showq",
    .user = "relais-queue",
    .style = WORKER_TASKS,
    .may = MAY_READ_FILES | MAY_WRITE_FILES | MAY_CONNECT_UNIX | MAY_ASK_NAMES,
    .sets = sets,
    .reads = reads,
    .writes = writes,
    .open = open_lists,
    .serve = serve,
};

int main(int argc, char **argv)
{
    return worker_main(&showq_worker, argc, argv);
}
