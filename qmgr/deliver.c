/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections to the processes that deliver: requests out, outcomes in. A connection that breaks
 * puts its requests off; nothing is lost by it, for the queue file says what was done.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "qmgr/site.h"
#include "wire/deliver.h"
#include "wire/delivery.h"
#include "worker/worker.h"

enum {
    RECONNECT_MS = 1000,
    SEND_MS = 30000,
    FULL_MS = 20, /* between two looks at a channel that was full */
    ANSWER_MEMORY = 1024 * 1024,
};

static struct str request_key(const uint64_t *request)
{
    return str_make(request, sizeof *request);
}

static void channel_lost(struct channel *channel)
{
    struct transport *transport = channel->transport;
    struct hash_walk walk = hash_walk_start(channel->flights);
    struct str key;
    struct job *job, *lost = NULL;
    struct verdict why;
    io_close(channel->fd);
    channel->fd = -1;
    channel->next_connect = deadline_in(RECONNECT_MS);
    while ((job = hash_walk_next(&walk, &key))) {
        job->next = lost;
        lost = job;
    }
    hash_clear(channel->flights);
    channel->count = 0;
    verdict_set(&why, 451, "3.0", "mail transport %s ended while delivering", transport->name);
    while (lost) {
        struct site *site = lost->site;
        job = lost;
        lost = job->next;
        job->next = NULL;
        site->users++;
        job_fail(transport->manager, job, &why);
        site_feedback(site, SITE_SILENT, &why);
        site->users--;
    }
}

static enum site_news news_of(const struct delivered *answer)
{
    bool busy = answer->outcomes_count > 0;
    for (size_t i = 0; i < answer->outcomes_count && busy; i++)
        busy = answer->outcomes[i].class == VERDICT_DEFER && answer->outcomes[i].remote.len;
    return answer->site_down ? SITE_DOWN : busy ? SITE_BUSY : SITE_WELL;
}

static void take_answer(struct channel *channel, const struct delivered *answer)
{
    struct job *job = hash_get(channel->flights, request_key(&answer->request));
    if (!job)
        return; /* an answer nobody waits for: the program's fault, and harmless */
    if (answer->more) {
        job_note(channel->transport->manager, job, answer->outcomes, answer->outcomes_count);
        return;
    }
    struct site *site = job->site;
    struct verdict why;
    hash_remove(channel->flights, request_key(&answer->request));
    channel->count--;
    const struct outcome *last =
        answer->outcomes_count ? &answer->outcomes[answer->outcomes_count - 1] : NULL;
    verdict_set(&why, 451, "4.1", STR_FMT, STR_ARG(last ? last->text : STR("destination is down")));
    site->users++;
    job_finish(channel->transport->manager, job, answer->outcomes, answer->outcomes_count);
    site_feedback(site, news_of(answer), &why);
    site->users--;
}

static void channel_task(void *arg)
{
    struct channel *channel = arg;
    struct packet packet;
    packet_init(&packet);
    while (channel_receive(channel->fd, &packet, DEADLINE_NEVER) == 1) {
        struct arena *arena = arena_create(ANSWER_MEMORY);
        struct delivered answer;
        bool sound = packet_decode(&packet, &delivered_message, arena, &answer);
        if (sound)
            take_answer(channel, &answer);
        arena_destroy(arena);
        if (!sound)
            break;
    }
    packet_finish(&packet);
    channel_lost(channel);
}

static bool channel_connect(struct channel *channel)
{
    struct transport *transport = channel->transport;
    if (channel->fd >= 0)
        return true;
    if (time_monotonic_ms() < channel->next_connect)
        return false;
    channel->fd = unix_connect(transport->socket);
    if (channel->fd >= 0 && task_start(transport->manager->loop, channel_task, channel))
        return true;
    if (channel->fd >= 0)
        io_close(channel->fd);
    channel->fd = -1;
    channel->next_connect = deadline_in(RECONNECT_MS);
    return false;
}

/* The connected channel with the fewest requests under way. */
static struct channel *pick_channel(struct transport *transport)
{
    struct channel *best = NULL;
    for (size_t i = 0; i < transport->channel_count; i++) {
        struct channel *channel = &transport->channels[i];
        if (channel_connect(channel) && (!best || channel->count < best->count))
            best = channel;
    }
    return best;
}

void channels_create(struct transport *transport)
{
    transport->channel_count = (size_t)transport->params->channels;
    transport->channels = memory_array(transport->channel_count, sizeof *transport->channels);
    for (size_t i = 0; i < transport->channel_count; i++)
        transport->channels[i] = (struct channel){.transport = transport, .fd = -1, .flights = hash_create()};
}

static void fill_request(const struct transport *transport, const struct job *job, struct recipient *rcpts,
                         struct deliver *request)
{
    const struct message *message = job->message;
    const struct envelope *envelope = &message->envelope;
    for (size_t i = 0; i < job->count; i++)
        rcpts[i] = message->rcpts[job->rcpts[i]].rcpt;
    *request = (struct deliver){
        .request = job->request,
        .queue_id = str_of(message->id.text),
        .nexthop = job->nexthop,
        .transport = str_of(transport->name),
        .sender = job->sender.len ? job->sender : envelope->sender,
        .offset = message->message_at,
        .size = message->size,
        .arrival_us = envelope->arrival_us,
        .active_us = (uint64_t)message->active_us,
        .envid = job->sender.len ? STR("") : envelope->envid, /* RFC 3461 5.2.7.1 (b) */
        .ret = job->sender.len ? 0 : envelope->ret,
        .smtputf8 = envelope->smtputf8,
        .eight_bit = envelope->eight_bit,
        .dot_lines = envelope->dot_lines,
        .longest_line = envelope->longest_line,
        .header_size = envelope->header_size,
        .auth_user = envelope->auth_user,
        .tenant = envelope->tenant,
        .client_name = envelope->client_name,
        .client_ip = envelope->client_ip,
        .client_helo = envelope->helo,
        .client_protocol = envelope->protocol,
        .auth_method = envelope->auth_method,
        .rcpts = rcpts,
        .rcpts_count = job->count,
    };
}

/* The task that waits for a channel is its reader: who sends does not wait there, but looks again, which may
 * be at another channel. */
static bool send_request(struct transport *transport, struct job *job, const struct deliver *request,
                         int file)
{
    int64_t end = deadline_in(SEND_MS);
    struct channel *channel;
    while ((channel = pick_channel(transport))) {
        if (channel_send(channel->fd, DELIVERY_REQUEST, &deliver_message, request, &file, 1, 0)) {
            hash_put(channel->flights, request_key(&job->request), job);
            channel->count++;
            return true;
        }
        if (errno != ETIMEDOUT || time_monotonic_ms() >= end) {
            shutdown(channel->fd, SHUT_RDWR); /* its reader ends and puts off what was under way */
            return false;
        }
        gate_wait(&transport->may_start, deadline_in(FULL_MS)); /* or until an answer makes room */
    }
    return false;
}

bool job_send(struct transport *transport, struct job *job)
{
    int file =
        openat(transport->manager->directory, job->message->id.text, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0)
        return false;
    struct recipient *rcpts = memory_array(job->count, sizeof *rcpts);
    struct deliver request;
    job->request = ++transport->next_request;
    fill_request(transport, job, rcpts, &request);
    bool sent = send_request(transport, job, &request, file);
    free(rcpts);
    close(file);
    return sent;
}
