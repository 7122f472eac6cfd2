/* SPDX-License-Identifier: BSD-2-Clause */
/* local: takes delivery requests from qmgr, several under way at a time on one channel. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "local/local.h"
#include "wire/delivery.h"
#include "worker/control.h"

enum { REQUEST_MEMORY = 16 * 1024 * 1024 };

static const struct param_set *const sets[] = {&conf_param_set, &local_param_set, &store_param_set, NULL};
static const char *const reads[] = {"alias_maps", "virtual_mailbox_maps", "virtual_mailbox_domains",
                                    "mydestination", NULL};
static const char *const writes[] = {"mail_base", NULL};

static bool open_tables(struct local *local, struct verdict *verdict)
{
    const struct conf_params *conf = local->conf;
    local->alias_maps = maps_open(local->conf->alias_maps, verdict);
    if (local->alias_maps)
        local->mailbox_maps = maps_open(conf->virtual_mailbox_maps, verdict);
    /* Whom smtpd has just come to know must not be unknown here: the tables are looked at each time. */
    if (local->alias_maps)
        maps_set_recheck(local->alias_maps, 0);
    if (local->mailbox_maps)
        maps_set_recheck(local->mailbox_maps, 0);
    if (local->mailbox_maps)
        local->mailbox_domains = match_list_open(conf->virtual_mailbox_domains, false, verdict);
    if (local->mailbox_domains)
        local->destinations = match_list_open(conf->mydestination, false, verdict);
    return local->destinations != NULL;
}

static bool open_local(struct run *run, struct verdict *verdict)
{
    struct local *local = memory_get(sizeof *local);
    local->conf = run_params(run, &conf_param_set);
    local->params = run_params(run, &local_param_set);
    local->store = run_params(run, &store_param_set);
    local->log = run_log(run);
    local->service = run_service(run);
    local->stores = stores_create((size_t)local->params->open_limit);
    local->master.fd = -1;
    run_set_state(run, local);
    if (run_control(run) >= 0 && !sender_init(&local->master, run_control(run)))
        return verdict_system(verdict, "control channel", errno);
    return open_tables(local, verdict);
}

/* One request under way; the channel is shared by all of them and outlives the last. */
struct line {
    struct local *local;
    int fd;
    struct sender out;
    size_t under_way;
    struct gate done;
};

struct job {
    struct line *line;
    struct packet packet;
};

static void answer(struct line *line, const struct deliver *request, int file, struct arena *arena)
{
    struct delivered delivered;
    request_run(line->local, request, file, arena, &delivered);
    if (!delivery_answer(&line->out, &delivered))
        shutdown(line->fd, SHUT_RDWR); /* qmgr tries again; what was delivered is found by its name */
}

static void job_task(void *arg)
{
    struct job *job = arg;
    struct line *line = job->line;
    struct arena *arena = arena_create(REQUEST_MEMORY);
    struct deliver request;
    int file = packet_take_fd(&job->packet, 0);
    if (file >= 0 && job->packet.kind == DELIVERY_REQUEST &&
        packet_decode(&job->packet, &deliver_message, arena, &request))
        answer(line, &request, file, arena);
    else
        shutdown(line->fd, SHUT_RDWR);
    if (file >= 0)
        close(file);
    arena_destroy(arena);
    packet_finish(&job->packet);
    free(job);
    line->under_way--;
    gate_wake(&line->done);
}

static bool start_job(struct line *line, struct packet *packet)
{
    struct job *job = memory_get(sizeof *job);
    job->line = line;
    job->packet = *packet;
    packet_init(packet);
    line->under_way++;
    if (task_start(line->local->loop, job_task, job))
        return true;
    line->under_way--;
    packet_finish(&job->packet);
    free(job);
    return false;
}

static void serve(struct run *run, int fd, const struct address *peer)
{
    struct line line = {.local = run_state(run), .fd = fd};
    struct packet packet;
    bool good = sender_init(&line.out, fd);
    (void)peer;
    line.local->loop = run_loop(run);
    packet_init(&packet);
    while (good && channel_receive(fd, &packet, DEADLINE_NEVER) == 1)
        good = start_job(&line, &packet);
    packet_finish(&packet);
    while (line.under_way)
        gate_wait(&line.done, DEADLINE_NEVER);
    sender_finish(&line.out);
    io_close(fd);
}

static void take_control(struct run *run, struct packet *packet)
{
    struct control_answer answer;
    struct arena *arena = arena_create(PACKET_LIMIT);
    if (packet->kind == CONTROL_ANSWER && packet_decode(packet, &control_answer_message, arena, &answer))
        agents_answer(run_state(run), &answer);
    arena_destroy(arena);
}

static const char *const callers[] = {"relais-queue", NULL};

static void take_notes(struct run *run, map_note_fn *fn, void *arg)
{
    const struct local *local = run_state(run);
    maps_take_notes(local->alias_maps, fn, arg);
    maps_take_notes(local->mailbox_maps, fn, arg);
    match_list_take_notes(local->mailbox_domains, fn, arg);
    match_list_take_notes(local->destinations, fn, arg);
}

static const struct worker local = {
    .name = "local",
    .user = "relais-mail",
    .style = WORKER_TASKS,
    .may = MAY_READ_FILES | MAY_WRITE_FILES | MAY_CONNECT_UNIX | MAY_SYNC_STORE | MAY_ASK_NAMES,
    .sets = sets,
    .callers = callers,
    .reads = reads,
    .writes = writes,
    .open = open_local,
    .serve = serve,
    .control = take_control,
    .notes = take_notes,
};

int main(int argc, char **argv)
{
    return worker_main(&local, argc, argv);
}
