/* SPDX-License-Identifier: BSD-2-Clause */
/* auth: who is it? The only program that sees password hashes. */
#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "account/params.h"
#include "auth/params.h"
#include "auth/server.h"
#include "base/memory.h"
#include "conf/params.h"
#include "worker/worker.h"

static const struct param_set *const sets[] = {&conf_param_set, &account_param_set, &auth_param_set, NULL};
static const char *const reads[] = {"data_directory", "auth_sasldb_path", NULL};

/* Looked up before confinement takes the password file away. */
static bool find_session_user(struct server *server, struct arena *arena, struct verdict *verdict)
{
    server->uid = getuid();
    server->gid = getgid();
    if (server->uid != 0)
        return true;
    const char *name = arena_cstr(arena, server->params->virtual_uid);
    errno = 0;
    const struct passwd *entry = getpwnam(name);
    if (!entry || entry->pw_uid == 0)
        return verdict_set(verdict, 451, "3.5", "virtual_uid: no such user, or root: %s", name);
    server->uid = entry->pw_uid;
    server->gid = entry->pw_gid;
    return true;
}

static bool open_server(struct run *run, struct verdict *verdict)
{
    struct server *server = memory_get(sizeof *server);
    struct arena *arena = run_arena(run);
    const struct account_params *account = run_params(run, &account_param_set);
    server->params = run_params(run, &auth_param_set);
    server->conf = run_params(run, &conf_param_set);
    server->log = run_log(run);
    server->master.fd = -1;
    server->options = (struct engine_options){
        .data_directory = server->conf->data_directory,
        .backends = server->params->backends,
        .mechanisms = server->params->mechanisms,
        .realm = account->default_realm,
        .pam_service = arena_cstr(arena, server->params->pam_service),
        .sasldb_path = arena_cstr(arena, server->params->sasldb_path),
        .cost = {.memory_kib = (uint32_t)account->argon2_memory,
                 .passes = (uint32_t)account->argon2_passes,
                 .iterations = (uint32_t)account->scram_iterations},
        .cache_ttl_ms = server->params->cache_ttl,
        .cache_size = (size_t)server->params->cache_size,
    };
    run_set_state(run, server);
    if (run_control(run) >= 0 && !sender_init(&server->master, run_control(run)))
        return verdict_system(verdict, "control channel", errno);
    if (!find_session_user(server, arena, verdict))
        return false;
    server->engine = engine_create(&server->options, verdict);
    return server->engine != NULL;
}

static void serve(struct run *run, int fd, const struct address *peer)
{
    (void)peer;
    server_serve(run_state(run), fd);
}

static const char *const callers[] = {"relais-smtpd", "relais-login", NULL};

static const struct worker worker = {
    .name = "auth",
    .user = "relais-auth",
    .style = WORKER_TASKS,
    .may = MAY_READ_FILES | MAY_MAKE_THREADS, /* argon2 hashes with several lanes */
    .sets = sets,
    .callers = callers,
    .reads = reads,
    .open = open_server,
    .serve = serve,
};

int main(int argc, char **argv)
{
    return worker_main(&worker, argc, argv);
}
