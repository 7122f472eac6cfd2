/* SPDX-License-Identifier: BSD-2-Clause */
/* smtpd: the SMTP and LMTP server, from the connection to the queue. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "dns/lookup.h"
#include "io/boot.h"
#include "io/fdpass.h"
#include "io/tls.h"
#include "route/params.h"
#include "route/router.h"
#include "smtpd/auth_client.h"
#include "smtpd/server.h"
#include "smtpd/session.h"
#include "worker/system_user.h"
#include "worker/worker.h"

enum { INPUT_LIMIT = 64 * 1024, NAME_MS = 5000, CLIENT_MEMORY = 128 * 1024 };

static const struct param_set *const sets[] = {&conf_param_set, &route_param_set, &smtpd_param_set, NULL};
/* Keys, what others may have replaced below our directories, and the tables that route/router.h and we ask.
 */
static const char *const reads[] = {"smtpd_tls_chain_files",
                                    "smtpd_tls_cert_file",
                                    "smtpd_tls_key_file",
                                    "data_directory",
                                    "config_directory",
                                    "mynetworks",
                                    "authorized_submit_users",
                                    "smtpd_forbidden_commands",
                                    "smtpd_client_restrictions",
                                    "smtpd_helo_restrictions",
                                    "smtpd_sender_restrictions",
                                    "smtpd_relay_restrictions",
                                    "smtpd_recipient_restrictions",
                                    ROUTE_TABLES,
                                    NULL};
static const char *const drops[] = {"queue_files_directory", NULL};

static bool open_tls(struct server *server, struct run *run, struct verdict *verdict)
{
    const struct smtpd_params *params = server->params;
    struct arena *arena = run_arena(run);
    struct str level = params->tls_security_level;
    struct str chain = params->tls_chain_files.len ? params->tls_chain_files : params->tls_cert_file;
    server->tls_required = str_eq(level, STR("encrypt"));
    if (!params->tls_wrappermode && !server->tls_required && !str_eq(level, STR("may")))
        return true;
    if (chain.len == 0)
        return verdict_set(verdict, 454, "7.0", "TLS is wanted, but smtpd_tls_chain_files is empty");
    struct tls_server_options options = {
        .chain_file = arena_cstr(arena, chain),
        .key_file = params->tls_chain_files.len ? NULL : arena_cstr(arena, params->tls_key_file),
        .alpn = "smtp",
        .ticket_name = run_service(run),
    };
    server->tls = tls_server_create(&options, verdict);
    return server->tls != NULL;
}

static bool open_server(struct run *run, struct verdict *verdict)
{
    struct server *server = memory_get(sizeof *server);
    server->params = run_params(run, &smtpd_param_set);
    server->conf = run_params(run, &conf_param_set);
    server->log = run_log(run);
    server->metrics = run_metrics(run);
    run_set_state(run, server);
    boot_id_read(server->boot);
    return server_open_tables(server, run_params(run, &route_param_set), run_arena(run), verdict) &&
           open_tls(server, run, verdict);
}

static bool start(struct run *run, struct verdict *verdict)
{
    struct server *server = run_state(run);
    struct arena *arena = run_arena(run);
    struct intake_options options = {
        .loop = run_loop(run),
        .queue_directory = arena_cstr(arena, server->conf->queue_files),
        .qmgr_socket = run_socket_path(run, "qmgr"),
        .log = server->log,
        .slot = run_slot(run),
        .commit_threads = (unsigned)server->params->commit_threads,
        .boot = server->params->commit_journal && boot_id_is_known(server->boot) ? server->boot : NULL,
        .memory_limit = (uint64_t)server->params->memory_limit,
        .message_size_limit = (uint64_t)server->conf->message_size_limit,
    };
    queue_id_init(&server->ids, run_slot(run), random_u32());
    if (server->params->sasl_auth_enable)
        server->auth = auth_client_create(run_socket_path(run, "auth"));
    if (server->params->peername_lookup && !server->lmtp)
        server->dns = dns_client_create(run_socket_path(run, "resolver"));
    server->intake = intake_create(&options, verdict);
    return server->intake != NULL;
}

/* The local submission socket: the kernel says who calls (SO_PEERCRED). */
static bool identify_local(int fd, struct system_user *caller, struct client *client)
{
    uid_t uid;
    gid_t gid;
    pid_t pid;
    if (!peer_credentials(fd, &uid, &gid, &pid))
        return false;
    *caller = system_user_find(uid);
    *client = (struct client){.name = STR("localhost"),
                              .ip = STR("local"),
                              .trusted = true,
                              .local = caller,
                              .user = str_of(caller->name)};
    return true;
}

/* The name lives in the arena. */
static bool identify_remote(struct server *server, const struct address *peer, struct arena *arena,
                            struct client *client, struct verdict *verdict)
{
    char *ip = arena_get(arena, INET6_ADDRSTRLEN);
    *client = (struct client){
        .name = STR("unknown"), .ip = str_of(address_ip(peer, ip)), .port = address_port(peer)};
    if (server->dns)
        dns_verified_name(server->dns, client->ip, NAME_MS, arena, &client->name);
    enum match_result trusted = match_client(server->mynetworks, client->name, client->ip, verdict);
    client->trusted = trusted == MATCH_YES;
    return trusted != MATCH_ERROR;
}

static void serve(struct run *run, int fd, const struct address *peer)
{
    struct server *server = run_state(run);
    struct client client;
    struct verdict verdict;
    struct system_user caller;
    struct arena *arena = arena_create(CLIENT_MEMORY);
    bool by_socket = peer->storage.ss_family == AF_UNIX;
    if (by_socket ? identify_local(fd, &caller, &client)
                  : identify_remote(server, peer, arena, &client, &verdict)) {
        struct stream *stream = stream_over_fd(fd, INPUT_LIMIT);
        session_run(server, stream, &client);
        stream_destroy(stream);
    } else {
        log_say(server->log, LOG_WARNING_LEVEL, STR(""), "connection dropped: %s",
                by_socket ? "no credentials" : verdict.text);
        io_close(fd);
    }
    arena_destroy(arena);
}

static void end_task(void *server)
{
    sessions_end(server);
}

static void drain(struct run *run)
{
    task_start(run_loop(run), end_task, run_state(run));
}

static void take_notes(struct run *run, map_note_fn *fn, void *arg)
{
    server_take_notes(run_state(run), fn, arg);
}

static const struct worker smtpd = {
    .name = "smtpd",
    .user = "relais-smtpd",
    .style = WORKER_TASKS,
    .may = MAY_READ_FILES | MAY_DROP_FILES | MAY_CONNECT_UNIX | MAY_ASK_NAMES,
    .sets = sets,
    .reads = reads,
    .drops = drops,
    .open = open_server,
    .start = start,
    .serve = serve,
    .drain = drain,
    .notes = take_notes,
};

int main(int argc, char **argv)
{
    return worker_main(&smtpd, argc, argv);
}
