/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bounce writes delivery status notifications: qmgr sends it what became of a message, with the message's
 * file to read and a fresh queue file to write. It opens no file, speaks to no network and keeps nothing
 * between requests, so that composing text from strangers' words can harm nothing else.
 */
#include <time.h>

#include "bounce/serve.h"
#include "conf/params.h"
#include "worker/worker.h"

static bool bounce_open(struct run *run, struct verdict *verdict)
{
    (void)verdict;
    tzset(); /* reads /etc/localtime while files can be opened */
    const struct conf_params *conf = run_params(run, &conf_param_set);
    struct bounce *bounce = arena_get(run_arena(run), sizeof *bounce);
    *bounce = (struct bounce){.params = run_params(run, &bounce_param_set),
                              .host = conf->myhostname,
                              .origin = conf->myorigin,
                              .log = run_log(run)};
    run_set_state(run, bounce);
    return true;
}

static void bounce_serve(struct run *run, int fd, const struct address *peer)
{
    (void)peer;
    bounce_converse(run_state(run), fd);
    io_close(fd);
}

static const struct param_set *const sets[] = {&conf_param_set, &bounce_param_set, NULL};

static const char *const callers[] = {"relais-queue", NULL};

static const struct worker worker = {
    .name = "bounce",
    .user = "relais-bounce",
    .style = WORKER_BLOCKING,
    .sets = sets,
    .callers = callers,
    .open = bounce_open,
    .serve = bounce_serve,
};

int main(int argc, char **argv)
{
    return worker_main(&worker, argc, argv);
}
