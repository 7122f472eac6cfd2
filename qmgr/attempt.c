/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One attempt at a message: each pending recipient is routed, recipients of one site go together, outcomes
 * come in, and when nothing is under way any more the message is settled. What became of recipients is
 * written to the file when others are still open, so that a crash does not deliver twice: at once, or, of
 * copies in our mailboxes, when those are on disk (copies.c). A message that is done in one go is never
 * written to again.
 */
#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"
#include "mail/dsn.h"
#include "qmgr/crowd.h"
#include "qmgr/manager.h"
#include "qmgr/nexthops.h"
#include "qmgr/site.h"

/* Takes an outcome into memory and counts it. */
static void take_outcome(struct manager *manager, struct message *message, const struct outcome *outcome)
{
    enum metric metric = outcome->class == VERDICT_OK       ? METRIC_queue_delivered
                         : outcome->class == VERDICT_REJECT ? METRIC_queue_bounced
                                                            : METRIC_queue_deferred;
    metrics_add(manager->metrics, metric, 1);
    message_note_outcome(message, &message->rcpts[outcome->index], outcome);
}

static struct outcome outcome_of(const struct verdict *verdict, uint64_t index)
{
    return (struct outcome){.index = index,
                            .class = verdict->class,
                            .code = verdict->code,
                            .subject = verdict->subject,
                            .detail = verdict->detail,
                            .text = str_of(verdict->text)};
}

void message_accept(struct manager *manager, struct message *message)
{
    if (manager_knows(manager, str_of(message->id.text))) {
        message_free(message);
        return;
    }
    if (message->held)
        message_park(manager, message, INT64_MAX);
    else if (crowd_has_room(manager, message->envelope.tenant))
        message_activate(manager, message);
    else
        message_park_in_line(manager, message);
}

void message_leave(struct manager *manager, const struct message *message)
{
    hash_remove(manager->messages, str_of(message->id.text));
    crowd_leave(manager, message->share);
}

/* --- routing --- */

/* A request is one packet (io/fdpass.h): recipients of a job stay well below it. */
enum { JOB_OCTETS = 40 * 1024, RCPT_OVERHEAD = 64, KEY_LIMIT = 64 * 1024, RCPTS_AT_A_TURN = 100 };

/* The jobs of a message that are being made. */
struct routing {
    struct manager *manager;
    struct message *message;
    struct job *jobs;
    struct hash *
        open; /* "transport\tnexthop\tdelivered_to\tsender" -> the job that takes more; NULL: one recipient */
};

static bool takes_more(const struct job *job)
{
    return job && job->count < (size_t)job->transport->params->recipient_limit && job->octets < JOB_OCTETS;
}

static struct job *job_create(struct routing *routing, const struct route *route, struct str sender)
{
    struct job *job = memory_get(sizeof *job);
    job->message = routing->message;
    job->transport = transport_get(routing->manager, route->transport);
    job->nexthop = arena_copy(routing->message->arena, route->nexthop);
    job->sender = sender;
    job->next = routing->jobs;
    routing->jobs = job;
    return job;
}

/* Recipients of one next hop go together, but only those that stand in for the same one, or for none: all of
 * a job get the same Delivered-To, and have one sender. */
static struct job *job_for(struct routing *routing, const struct route *route, const struct recipient *rcpt)
{
    struct buf key;
    if (!routing->open)
        return job_create(routing, route, rcpt->sender);
    buf_init(&key, KEY_LIMIT);
    buf_printf(&key, STR_FMT "\t" STR_FMT "\t" STR_FMT "\t" STR_FMT, STR_ARG(route->transport),
               STR_ARG(route->nexthop), STR_ARG(rcpt->delivered_to), STR_ARG(rcpt->sender));
    struct job *job = hash_get(routing->open, buf_str(&key));
    if (!takes_more(job)) {
        job = job_create(routing, route, rcpt->sender);
        hash_put(routing->open, buf_str(&key), job);
    }
    buf_finish(&key);
    return job;
}

static void job_add(struct job *job, const struct recipient *rcpt)
{
    if ((job->count & (job->count - 1)) == 0)
        job->rcpts = memory_resize(job->rcpts, job->count ? job->count * 2 : 1, sizeof *job->rcpts);
    job->rcpts[job->count++] = (uint32_t)rcpt->index;
    job->octets += RCPT_OVERHEAD + rcpt->address.len + rcpt->original.len + rcpt->orcpt.len +
                   rcpt->delivered_to.len + rcpt->sender.len + rcpt->destination.len;
}

static void log_own_outcome(struct manager *manager, const struct message *message,
                            const struct queue_rcpt *rcpt, const struct verdict *verdict)
{
    struct log_event event;
    char status[12];
    char delay[LOG_SECONDS];
    log_begin(&event, manager->log, LOG_INFO_LEVEL, str_of(message->id.text));
    log_pair(&event, "to", "<" STR_FMT ">", STR_ARG(rcpt->rcpt.address));
    if (rcpt->rcpt.original.len)
        log_pair(&event, "orig_to", "<" STR_FMT ">", STR_ARG(rcpt->rcpt.original));
    log_pair(&event, "relay", "none");
    log_pair(&event, "delay", "%s", log_seconds(0, message_age_us(message, now_us()), delay));
    log_pair(&event, "dsn", "%s", verdict_status(verdict, status));
    log_pair(&event, "status", "%s (%s)",
             rcpt->rcpt.expanded                ? "expanded"
             : verdict->class == VERDICT_OK     ? "sent"
             : verdict->class == VERDICT_REJECT ? "bounced"
                                                : "deferred",
             verdict->text);
    log_send(&event);
}

static void settle_rcpt(struct manager *manager, struct message *message, struct queue_rcpt *rcpt,
                        const struct verdict *verdict)
{
    struct outcome outcome = outcome_of(verdict, rcpt->rcpt.index);
    log_own_outcome(manager, message, rcpt, verdict);
    take_outcome(manager, message, &outcome);
}

/* An alias whose members are recipients of their own: nothing is delivered, its sender is told. */
static void settle_expanded(struct manager *manager, struct message *message, struct queue_rcpt *rcpt)
{
    struct verdict verdict;
    verdict_set(&verdict, 250, "0.0", "alias expanded");
    struct outcome outcome = outcome_of(&verdict, rcpt->rcpt.index);
    log_own_outcome(manager, message, rcpt, &verdict);
    message_note_outcome(message, rcpt, &outcome);
}

/* The transports that need no program: error:, retry:, discard: with "x.y.z text". */
static bool answer_here(const struct route *route, struct verdict *verdict)
{
    int class, subject, detail;
    struct str text = route->nexthop;
    bool retry = str_eq(route->transport, STR("retry"));
    bool discard = str_eq(route->transport, STR("discard"));
    if (!retry && !discard && !str_eq(route->transport, STR("error")))
        return false;
    int code = discard ? 250 : retry ? 450 : 550;
    verdict_set(verdict, code, "0.0", STR_FMT, STR_ARG(text));
    if (verdict_parse_status(text, &class, &subject, &detail, &text)) {
        verdict_set(verdict, code, "0.0", STR_FMT, STR_ARG(text));
        verdict->subject = (uint16_t)subject;
        verdict->detail = (uint16_t)detail;
    }
    return true;
}

static void route_rcpt(struct routing *routing, struct queue_rcpt *rcpt)
{
    struct manager *manager = routing->manager;
    struct message *message = routing->message;
    struct route route;
    struct verdict verdict;
    if (rcpt->rcpt.expanded) {
        settle_expanded(manager, message, rcpt);
        return;
    }
    struct arena *scratch = arena_create(1024 * 1024);
    bool routed = router_route(manager->router, message_sender_for(message, &rcpt->rcpt), rcpt->rcpt.address,
                               scratch, &route, &verdict);
    if (!routed || answer_here(&route, &verdict)) {
        settle_rcpt(manager, message, rcpt, &verdict);
    } else {
        job_add(job_for(routing, &route, &rcpt->rcpt), &rcpt->rcpt);
        rcpt->state = RCPT_QUEUED;
    }
    arena_destroy(scratch);
}

/* Routes the pending recipients, those that were tried in this attempt excepted, and queues their jobs. A
 * long list does not keep the loop from others. False when there are none. */
static bool route_pending(struct manager *manager, struct message *message, bool again)
{
    struct routing routing = {.manager = manager, .message = message};
    if (message->rcpt_count > 1)
        routing.open = hash_create();
    size_t count = 0;
    message->jobs++; /* ours, until all are queued: a job may come back at once */
    for (size_t i = 0; i < message->rcpt_count; i++) {
        if (message->rcpts[i].state != RCPT_PENDING || (again && message->rcpts[i].last.class))
            continue;
        route_rcpt(&routing, &message->rcpts[i]);
        if (++count % RCPTS_AT_A_TURN == 0)
            task_yield();
    }
    hash_destroy(routing.open);
    for (struct job *job = routing.jobs; job; job = job->next)
        message->jobs++;
    while (routing.jobs) {
        struct job *job = routing.jobs;
        routing.jobs = job->next;
        job->next = NULL;
        nexthops_place(manager->nexthops, job);
    }
    message->jobs--;
    return count > 0;
}

static void log_active(struct manager *manager, const struct message *message)
{
    struct log_event event;
    log_begin(&event, manager->log, LOG_INFO_LEVEL, str_of(message->id.text));
    log_pair(&event, "from", "<" STR_FMT ">", STR_ARG(message->envelope.sender));
    log_pair(&event, "size", "%llu", (unsigned long long)message->size);
    log_pair(&event, "nrcpt", "%zu (queue active)", message->rcpt_count);
    log_send(&event);
}

void message_activate(struct manager *manager, struct message *message)
{
    hash_put(manager->messages, str_of(message->id.text), message);
    crowd_enter(manager, message);
    message->active_us = now_us();
    message->attempts++;
    metrics_add(manager->metrics, METRIC_queue_attempts, 1);
    log_active(manager, message);
    route_pending(manager, message, false);
    if (message->jobs == 0)
        message_settle(manager, message);
}

/* --- outcomes --- */

static void job_end(struct manager *manager, struct job *job)
{
    struct message *message = job->message;
    job->site->users--;
    free(job->rcpts);
    free(job);
    if (--message->jobs == 0)
        message_settle(manager, message);
}

static bool job_has(const struct job *job, uint64_t index)
{
    for (size_t i = 0; i < job->count; i++)
        if (job->rcpts[i] == index)
            return true;
    return false;
}

/* Recipients that stand in for others are written down with the outcome that brought them: both or none after
 * a crash. */
static void take_forwards(struct manager *manager, struct message *message, const struct outcome *outcome)
{
    size_t before = message->rcpt_count;
    message_add_recipients(message, outcome);
    size_t added = message->rcpt_count - before;
    if (added == 0)
        return;
    struct recipient *rcpts = arena_array(message->arena, added, sizeof *rcpts);
    for (size_t i = 0; i < added; i++)
        rcpts[i] = message->rcpts[before + i].rcpt;
    struct queue_record record = {
        .kind = QUEUE_ADDED, .time_us = (uint64_t)now_us(), .added = rcpts, .added_count = added};
    message_append(manager, message, &record);
}

static bool is_unrecorded(const struct queue_rcpt *rcpt)
{
    return rcpt->last.class && !rcpt->recorded && !rcpt->last.unsynced;
}

/* Writes down what is not in the file yet: each outcome of an attempt once. */
static void record_outcomes(struct manager *manager, struct message *message)
{
    size_t count = 0, total = 0;
    for (size_t i = 0; i < message->rcpt_count; i++)
        total += is_unrecorded(&message->rcpts[i]);
    struct outcome *outcomes = memory_array(total, sizeof *outcomes);
    for (size_t i = 0; count < total; i++)
        if (is_unrecorded(&message->rcpts[i])) {
            outcomes[count] = message->rcpts[i].last;
            outcomes[count++].index = i;
        }
    struct queue_record record = {
        .kind = QUEUE_OUTCOME, .time_us = (uint64_t)now_us(), .outcomes = outcomes, .outcomes_count = count};
    bool written = count && message_append(manager, message, &record);
    for (size_t i = 0; i < count; i++)
        message->rcpts[outcomes[i].index].recorded = written;
    free(outcomes);
}

/* Whether more than so many jobs are under way, or something is left to do. */
static bool is_open(const struct message *message, unsigned jobs)
{
    if (message->jobs > jobs)
        return true;
    for (size_t i = 0; i < message->rcpt_count; i++)
        if (message->rcpts[i].state != RCPT_DONE)
            return true;
    return false;
}

void job_note(struct manager *manager, struct job *job, const struct outcome *outcomes, size_t count)
{
    struct message *message = job->message;
    bool forwards = false;
    for (size_t i = 0; i < count; i++) {
        const struct outcome *outcome = &outcomes[i];
        if (!job_has(job, outcome->index) || message->rcpts[outcome->index].state != RCPT_QUEUED)
            continue;
        message->unsynced |= outcome->unsynced;
        take_outcome(manager, message, outcome);
        if (outcome->class == VERDICT_OK && outcome->forward.count + outcome->parts.count) {
            take_forwards(manager, message, outcome);
            forwards = true;
        }
    }
    bool open = is_open(message, 1);
    if (forwards || open || message->syncing)
        record_outcomes(manager, message);
    if (open)
        copies_await_sync(manager, message);
}

void job_finish(struct manager *manager, struct job *job, const struct outcome *outcomes, size_t count)
{
    struct verdict silent;
    verdict_set(&silent, 451, "3.0", "delivery program gave no answer for this recipient");
    job_note(manager, job, outcomes, count);
    job_fail(manager, job, &silent);
}

void job_fail(struct manager *manager, struct job *job, const struct verdict *verdict)
{
    struct message *message = job->message;
    for (size_t i = 0; i < job->count; i++)
        if (message->rcpts[job->rcpts[i]].state == RCPT_QUEUED)
            settle_rcpt(manager, message, &message->rcpts[job->rcpts[i]], verdict);
    job_end(manager, job);
}

/* --- settling --- */

static int64_t lifetime_us(const struct manager *manager, const struct message *message)
{
    const struct qmgr_params *params = manager->params;
    return (message->envelope.sender.len ? params->maximal_queue_lifetime : params->bounce_queue_lifetime) *
           1000;
}

/* The last verdict stays the reason; the class says that it is over (RFC 3463 X.4.7 only without a better
 * one). */
static void expire(struct manager *manager, struct message *message)
{
    for (size_t i = 0; i < message->rcpt_count; i++) {
        struct queue_rcpt *rcpt = &message->rcpts[i];
        struct verdict verdict;
        if (rcpt->state != RCPT_LATER && rcpt->state != RCPT_PENDING)
            continue;
        verdict_set(&verdict, 554, "4.7", "message expired: " STR_FMT,
                    STR_ARG(rcpt->last.text.len ? rcpt->last.text : STR("not delivered in time")));
        settle_rcpt(manager, message, rcpt, &verdict);
    }
}

/* Age again, within limits, and up to a quarter more, so that what failed together is not tried together for
 * ever. */
static int64_t next_try_us(const struct manager *manager, const struct message *message, int64_t now)
{
    int64_t least = manager->params->minimal_backoff_time * 1000;
    int64_t most = manager->params->maximal_backoff_time * 1000;
    int64_t wait = message_age_us(message, now);
    wait = wait < least ? least : wait > most ? most : wait;
    return now + wait + (int64_t)(random_u64() % (uint64_t)(wait / 4 + 1));
}

static void defer(struct manager *manager, struct message *message)
{
    int64_t now = now_us(), due = next_try_us(manager, message, now);
    record_outcomes(manager, message);
    struct queue_record retry = {.kind = QUEUE_RETRY,
                                 .time_us = (uint64_t)now,
                                 .next_us = (uint64_t)due,
                                 .attempts = message->attempts};
    message_append(manager, message, &retry);
    for (size_t i = 0; i < message->rcpt_count; i++)
        if (message->rcpts[i].state == RCPT_LATER)
            message->rcpts[i].state = RCPT_PENDING;
    message_leave(manager, message);
    message_park(manager, message, message->held ? INT64_MAX : due);
}

/* Its file waits for a sync of the mailboxes. A qmgr killed meanwhile delivers again, which only the
 * mailboxes notice: of the others, that they have it must be in the file. */
static bool owes_a_record(const struct message *message)
{
    for (size_t i = 0; i < message->rcpt_count && message->unsynced; i++) {
        const struct queue_rcpt *rcpt = &message->rcpts[i];
        if (is_unrecorded(rcpt) && rcpt->last.class == VERDICT_OK && !rcpt->rcpt.expanded)
            return true;
    }
    return false;
}

static void finish(struct manager *manager, struct message *message)
{
    if (owes_a_record(message))
        record_outcomes(manager, message);
    message_remove(manager, message);
}

void message_settle(struct manager *manager, struct message *message)
{
    if (message->settling || message->jobs || message->reports || message->syncing)
        return;
    message->settling = true;
    while (route_pending(manager, message, true) && message->jobs == 0)
        continue; /* those that were added by forwarding */
    message->settling = false;
    if (message->jobs)
        return;
    if (message->doomed || message_age_us(message, now_us()) >= lifetime_us(manager, message))
        expire(manager, message);
    if (message_report(manager, message))
        return;
    if (!is_open(message, 0) && !message->spoilt)
        finish(manager, message);
    else if (!copies_await_sync(manager, message))
        defer(manager, message);
}

void message_go_on(struct manager *manager, struct message *message)
{
    if (is_open(message, 0))
        record_outcomes(manager, message);
    message_settle(manager, message);
}
