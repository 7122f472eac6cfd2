/* SPDX-License-Identifier: BSD-2-Clause */
/* login: the front of IMAP and POP3, before anybody has logged in. */
#include <errno.h>
#include <string.h>

#include "base/memory.h"
#include "conf/params.h"
#include "io/tls.h"
#include "login/client.h"
#include "login/hand_over.h"
#include "login/params.h"
#include "worker/control.h"
#include "worker/worker.h"

static const struct param_set *const sets[] = {&conf_param_set, &login_param_set, NULL};
static const char *const reads[] = {"login_tls_chain_files", "login_tls_cert_file", "login_tls_key_file",
                                    NULL};

static bool open_tls(struct server *server, struct arena *arena, struct verdict *verdict)
{
    const struct login_params *params = server->params;
    struct str chain = params->tls_chain_files.len ? params->tls_chain_files : params->tls_cert_file;
    if (chain.len == 0)
        return !server->wrapper ||
               verdict_set(verdict, 454, "7.0", "TLS is wanted, but login_tls_chain_files is empty");
    struct tls_server_options options = {
        .chain_file = arena_cstr(arena, chain),
        .key_file = params->tls_chain_files.len || !params->tls_key_file.len
                        ? NULL
                        : arena_cstr(arena, params->tls_key_file),
        .alpn = server->protocol->name,
        .ticket_name = server->protocol->name,
    };
    server->tls = tls_server_create(&options, verdict);
    return server->tls != NULL;
}

/* "imaps" is imap under TLS from the first octet on. */
static bool choose_protocol(struct server *server, struct verdict *verdict)
{
    struct str name = server->params->protocol;
    server->protocol = protocol_find(name);
    server->wrapper = server->params->tls_wrappermode;
    if (!server->protocol && str_ends(name, STR("s"))) {
        server->protocol = protocol_find(str_sub(name, 0, name.len - 1));
        server->wrapper = true;
    }
    return server->protocol ||
           verdict_set(verdict, 451, "3.5", "login_protocol: neither imap nor pop3: " STR_FMT, STR_ARG(name));
}

static bool open_server(struct run *run, struct verdict *verdict)
{
    struct server *server = memory_get(sizeof *server);
    server->params = run_params(run, &login_param_set);
    server->conf = run_params(run, &conf_param_set);
    server->log = run_log(run);
    server->auth_socket = run_socket_path(run, "auth");
    server->clients = tally_create();
    server->master.fd = -1;
    run_set_state(run, server);
    if (run_control(run) >= 0 && !sender_init(&server->master, run_control(run)))
        return verdict_system(verdict, "control channel", errno);
    return choose_protocol(server, verdict) && open_tls(server, run_arena(run), verdict);
}

static void serve(struct run *run, int fd, const struct address *peer)
{
    char ip[INET6_ADDRSTRLEN];
    client_serve(run_state(run), fd, address_ip(peer, ip), address_port(peer));
}

static void take_control(struct run *run, struct packet *packet)
{
    struct control_answer answer;
    struct arena *arena = arena_create(PACKET_LIMIT);
    if (packet->kind == CONTROL_ANSWER && packet_decode(packet, &control_answer_message, arena, &answer))
        hand_over_answer(run_state(run), &answer);
    arena_destroy(arena);
}

static void end_task(void *server)
{
    clients_end(server);
}

static void drain(struct run *run)
{
    task_start(run_loop(run), end_task, run_state(run));
}

static const struct worker worker = {
    .name = "login",
    .user = "relais-login",
    .style = WORKER_TASKS,
    .may = MAY_READ_FILES | MAY_CONNECT_UNIX,
    .sets = sets,
    .reads = reads,
    .open = open_server,
    .serve = serve,
    .drain = drain,
    .control = take_control,
};

int main(int argc, char **argv)
{
    return worker_main(&worker, argc, argv);
}
