/* SPDX-License-Identifier: BSD-2-Clause */
/* smtp: the SMTP and LMTP client. It has no disk: qmgr hands it an open descriptor of each message. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/tls.h"
#include "smtp/client.h"
#include "wire/delivery.h"
#include "worker/worker.h"

enum { REQUEST_MEMORY = 4 * 1024 * 1024 };

static const struct param_set *const sets[] = {&conf_param_set, &smtp_param_set, NULL};
static const char *const reads[] = {"smtp_tls_CAfile", NULL};

static bool read_port(struct str text, uint16_t *port, struct verdict *verdict)
{
    uint64_t number;
    if (str_eq(text, STR("smtp")))
        number = 25;
    else if (str_eq(text, STR("lmtp")))
        number = 24;
    else if (!str_to_u64(text, &number) || number == 0 || number > 65535)
        return verdict_set(verdict, 451, "3.5", "not a port: " STR_FMT, STR_ARG(text));
    *port = (uint16_t)number;
    return true;
}

static bool open_client(struct run *run, struct verdict *verdict)
{
    struct client *client = memory_get(sizeof *client);
    client->params = run_params(run, &smtp_param_set);
    client->conf = run_params(run, &conf_param_set);
    client->log = run_log(run);
    client->lmtp = str_starts(str_of(run_service(run)), STR("lmtp"));
    run_set_state(run, client);
    struct str level = client->params->tls_level;
    client->tls_required = str_eq(level, STR("encrypt")) || str_eq(level, STR("verify"));
    if (level.len && !str_eq(level, STR("none"))) {
        struct str ca = client->params->tls_ca_file;
        struct tls_client_options options = {
            .verify = str_eq(level, STR("verify")),
            .ca_file = ca.len ? arena_cstr(run_arena(run), ca) : NULL,
        };
        client->tls_verified = options.verify;
        client->tls = tls_client_create(&options, verdict);
        if (!client->tls)
            return false;
    }
    return read_port(client->params->tcp_port, &client->port, verdict) &&
           read_port(client->params->lmtp_tcp_port, &client->lmtp_port, verdict);
}

static bool start(struct run *run, struct verdict *verdict)
{
    struct client *client = run_state(run);
    client->dns = dns_client_create(run_socket_path(run, "resolver"));
    return task_start(run_loop(run), cache_task, client) || verdict_system(verdict, "task", errno);
}

/* One request under way; the channel is shared by all of them and outlives the last. */
struct line {
    struct client *client;
    int fd;
    struct sender out;
    bool gone; /* qmgr is */
    size_t under_way;
    struct gate done;
};

struct errand {
    struct line *line;
    struct packet packet;
};

static void delivery_task(void *arg)
{
    struct errand *errand = arg;
    struct line *line = errand->line;
    struct arena *arena = arena_create(REQUEST_MEMORY);
    struct deliver request;
    struct delivered answer;
    int file = packet_take_fd(&errand->packet, 0);
    if (file >= 0 && packet_decode(&errand->packet, &deliver_message, arena, &request)) {
        const struct order order = {&request, file, &line->gone};
        deliver_order(line->client, &order, arena, &answer);
        if (!delivery_answer(&line->out, &answer))
            shutdown(line->fd, SHUT_RDWR);
    } else {
        shutdown(line->fd, SHUT_RDWR);
    }
    if (file >= 0)
        close(file);
    arena_destroy(arena);
    packet_finish(&errand->packet);
    free(errand);
    line->under_way--;
    gate_wake(&line->done);
}

static bool start_delivery(struct line *line, struct packet *packet)
{
    struct errand *errand = memory_get(sizeof *errand);
    errand->line = line;
    errand->packet = *packet;
    packet_init(packet);
    line->under_way++;
    if (task_start(line->client->loop, delivery_task, errand))
        return true;
    line->under_way--;
    packet_finish(&errand->packet);
    free(errand);
    return false;
}

static void serve(struct run *run, int fd, const struct address *peer)
{
    struct line line = {.client = run_state(run), .fd = fd};
    struct packet packet;
    bool good = sender_init(&line.out, fd);
    (void)peer;
    line.client->loop = run_loop(run);
    packet_init(&packet);
    while (good && channel_receive(fd, &packet, DEADLINE_NEVER) == 1)
        good = start_delivery(&line, &packet);
    packet_finish(&packet);
    line.gone = true;
    while (line.under_way)
        gate_wait(&line.done, DEADLINE_NEVER);
    sender_finish(&line.out);
    io_close(fd);
}

static const char *const callers[] = {"relais-queue", NULL};

static const struct worker smtp = {
    .name = "smtp",
    .user = "relais-smtp",
    .style = WORKER_TASKS,
    .may = MAY_READ_FILES | MAY_CONNECT_UNIX | MAY_CONNECT_INET,
    .sets = sets,
    .callers = callers,
    .reads = reads,
    .open = open_client,
    .start = start,
    .serve = serve,
};

int main(int argc, char **argv)
{
    return worker_main(&smtp, argc, argv);
}
