/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Errands: what is done with the rights of a user of the system is done by an agent, which master starts as
 * that user; local has no such rights. One agent an errand, so many at a time.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "local/local.h"
#include "wire/errand_kinds.h"
#include "worker/control.h"
#include "worker/control_agent.h"

enum { MASTER_WAIT_MS = 20000 };

/* Somebody who waits for master's answer. */
struct agent_request {
    struct agent_request *next;
    uint64_t request;
    struct gate gate;
    bool answered, started;
    char text[128];
};

void agents_answer(struct local *local, const struct control_answer *answer)
{
    struct agent_request *waiting = local->requests;
    while (waiting && waiting->request != answer->request)
        waiting = waiting->next;
    if (!waiting)
        return;
    size_t len = answer->text.len < sizeof waiting->text - 1 ? answer->text.len : sizeof waiting->text - 1;
    if (len)
        memcpy(waiting->text, answer->text.at, len);
    waiting->text[len] = '\0';
    waiting->answered = true;
    waiting->started = answer->started;
    gate_wake(&waiting->gate);
}

static bool ask_master(struct local *local, const struct agent_order *order, int end, struct verdict *verdict)
{
    const struct sender_fds fds = {&end, 1};
    struct agent_request waiting = {.next = local->requests, .request = ++local->request};
    struct control_agent message = {waiting.request, str_of(order->user), order->spool};
    local->requests = &waiting;
    if (sender_send(&local->master, CONTROL_AGENT, &control_agent_message, &message, &fds)) {
        int64_t deadline = deadline_in(MASTER_WAIT_MS);
        while (!waiting.answered && gate_wait(&waiting.gate, deadline))
            continue;
    }
    struct agent_request **link = &local->requests;
    while (*link != &waiting)
        link = &(*link)->next;
    *link = waiting.next;
    return waiting.started || verdict_set(verdict, 451, "3.0", "no process for the delivery: %s",
                                          waiting.text[0] ? waiting.text : "master does not answer");
}

static struct texts kept(struct texts said, struct arena *arena)
{
    struct texts copy = {arena_array(arena, said.count, sizeof *copy.at), said.count};
    for (size_t i = 0; i < said.count; i++)
        copy.at[i] = arena_copy(arena, said.at[i]);
    return copy;
}

static bool take_answer(const struct packet *packet, const struct outcome *said, struct arena *arena,
                        struct agent_result *result, struct verdict *verdict)
{
    result->mailbox = packet->kind == ERRAND_MAILBOX;
    result->forward = kept(said->forward, arena);
    result->parts = kept(said->parts, arena);
    verdict_set(verdict,
                said->class == VERDICT_OK       ? 250
                : said->class == VERDICT_REJECT ? 554
                                                : 451,
                "0.0", STR_FMT, STR_ARG(said->text));
    verdict->subject = (uint16_t)said->subject;
    verdict->detail = (uint16_t)said->detail;
    return verdict_is_ok(verdict);
}

static bool converse(struct local *local, const struct agent_order *order, int line,
                     const struct letter *letter, struct agent_result *result, struct verdict *verdict)
{
    struct packet packet;
    struct outcome said;
    packet_init(&packet);
    int64_t end = deadline_in(local->params->agent_timeout);
    bool done = channel_send(line, ERRAND, &errand_message, order->errand, &letter->fd, 1, end) &&
                channel_receive(line, &packet, end) == 1 &&
                packet_decode(&packet, &outcome_message, letter->arena, &said);
    done = done
               ? take_answer(&packet, &said, letter->arena, result, verdict)
               : verdict_set(verdict, 451, "3.0", "delivery as user %s failed or took too long", order->user);
    packet_finish(&packet);
    return done;
}

static bool run_agent(struct local *local, const struct agent_order *order, const struct letter *letter,
                      struct agent_result *result, struct verdict *verdict)
{
    int ends[2];
    if (!unix_pair(ends))
        return verdict_system(verdict, "socketpair", errno);
    bool done = ask_master(local, order, ends[1], verdict);
    close(ends[1]);
    done = done && converse(local, order, ends[0], letter, result, verdict);
    io_close(ends[0]); /* an agent that is still at work gives it up */
    return done;
}

bool agents_run(struct local *local, const struct agent_order *order, const struct letter *letter,
                struct agent_result *result, struct verdict *verdict)
{
    if (local->master.fd < 0)
        return verdict_set(verdict, 451, "3.0", "no process for the delivery: started without master");
    while (local->agents >= (size_t)local->params->agent_limit)
        gate_wait(&local->agent_ended, DEADLINE_NEVER);
    local->agents++;
    bool done = run_agent(local, order, letter, result, verdict);
    local->agents--;
    gate_wake(&local->agent_ended);
    return done;
}
