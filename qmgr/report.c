/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Delivery status notifications (RFC 3461 5.2, RFC 3464): which reports a message owes, and having them
 * written by bounce into a fresh queue file that qmgr opens for it. Only when the report is safe in the queue
 * are its recipients done.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "mail/dsn.h"
#include "qmgr/manager.h"
#include "wire/channel.h"
#include "wire/report.h"
#include "wire/reported.h"
#include "worker/worker.h"

enum {
    REPORT_REQUEST = 1,
    REPORT_MS = 60000,
    REPORT_MEMORY = 4 * 1024 * 1024,
    REPORT_RCPTS = 25 /* of one report: its request is one packet; the rest have the next */
};

struct reporting {
    struct manager *manager;
    struct message *message;
    enum dsn_kind kind;
    struct str to; /* recipient.sender of all that it is about: whom it tells */
    struct queue_id id;
    struct recipient *rcpts;
    struct outcome *outcomes;
    size_t count;
};

/* RFC 3461 4.1: without NOTIFY failures and delays are told, successes are not. Of what has a null sender,
 * only failures, and not to its sender. */
static bool wants(const struct manager *manager, const struct message *message, const struct queue_rcpt *rcpt,
                  enum dsn_kind kind)
{
    uint64_t notify = rcpt->rcpt.notify ? rcpt->rcpt.notify : DSN_NOTIFY_FAILURE | DSN_NOTIFY_DELAY;
    if (message_sender_for(message, &rcpt->rcpt).len == 0)
        return kind == DSN_FAILURE && rcpt->state == RCPT_FAILED && manager->second_recipient.len;
    switch (kind) {
    case DSN_FAILURE:
        return rcpt->state == RCPT_FAILED && notify & DSN_NOTIFY_FAILURE;
    case DSN_SUCCESS:
        return rcpt->report_success;
    case DSN_DELAY:
        return rcpt->state == RCPT_LATER && notify & DSN_NOTIFY_DELAY;
    }
    return false;
}

static bool delay_is_due(const struct manager *manager, const struct message *message)
{
    int64_t after_us = manager->params->delay_warning_time * 1000;
    return after_us && !message->warned && message_age_us(message, now_us()) >= after_us;
}

/* One report tells one sender; others have the next. */
static bool belongs(struct reporting *reporting, const struct queue_rcpt *rcpt)
{
    if (!wants(reporting->manager, reporting->message, rcpt, reporting->kind))
        return false;
    if (reporting->count == 0)
        reporting->to = rcpt->rcpt.sender;
    return str_eq(rcpt->rcpt.sender, reporting->to);
}

static size_t select_rcpts(struct reporting *reporting)
{
    struct message *message = reporting->message;
    reporting->count = 0;
    for (size_t i = 0; i < message->rcpt_count && reporting->count < REPORT_RCPTS; i++)
        reporting->count += belongs(reporting, &message->rcpts[i]);
    if (reporting->count == 0)
        return 0;
    reporting->rcpts = arena_array(message->arena, reporting->count, sizeof *reporting->rcpts);
    reporting->outcomes = arena_array(message->arena, reporting->count, sizeof *reporting->outcomes);
    size_t n = 0;
    for (size_t i = 0; n < reporting->count; i++) {
        if (!belongs(reporting, &message->rcpts[i]))
            continue;
        reporting->rcpts[n] = message->rcpts[i].rcpt;
        reporting->outcomes[n] = message->rcpts[i].last;
        reporting->outcomes[n++].index = i;
    }
    return n;
}

static void fill_request(const struct reporting *reporting, struct report *request)
{
    const struct message *message = reporting->message;
    const struct envelope *envelope = &message->envelope;
    struct str sender = reporting->to.len ? reporting->to : envelope->sender;
    bool second = sender.len == 0;
    *request = (struct report){
        .request = 1,
        .kind = reporting->kind,
        .queue_id = str_of(message->id.text),
        .report_id = str_of(reporting->id.text),
        .sender = second ? reporting->manager->second_recipient : sender,
        .original_sender = second ? STR("MAILER-DAEMON") : STR(""),
        .second = second,
        .envid = reporting->to.len ? STR("") : envelope->envid,
        .ret = reporting->to.len ? 0 : envelope->ret,
        .arrival_us = envelope->arrival_us,
        .retry_until_us =
            envelope->arrival_us + (uint64_t)reporting->manager->params->maximal_queue_lifetime * 1000,
        .offset = message->message_at,
        .size = message->size,
        .header_size = envelope->header_size,
        .smtputf8 = envelope->smtputf8,
        .tenant = envelope->tenant,
        .rcpts = reporting->rcpts,
        .rcpts_count = reporting->count,
        .outcomes = reporting->outcomes,
        .outcomes_count = reporting->count,
    };
}

/* One exchange with bounce on a connection of its own. On success *report is the message made. */
static bool exchange(const struct reporting *reporting, const int fds[2], struct message **report,
                     struct verdict *verdict)
{
    struct report request;
    struct reported answer;
    struct packet packet;
    int line = unix_connect(run_socket_path(reporting->manager->run, "bounce"));
    if (line < 0)
        return verdict_system(verdict, "bounce service", errno);
    fill_request(reporting, &request);
    packet_init(&packet);
    struct arena *arena = arena_create(REPORT_MEMORY);
    int64_t deadline = deadline_in(REPORT_MS);
    bool answered = channel_send(line, REPORT_REQUEST, &report_message, &request, fds, 2, deadline) &&
                    channel_receive(line, &packet, deadline) == 1 &&
                    packet_decode(&packet, &reported_message, arena, &answer);
    if (!answered)
        verdict_set(verdict, 451, "3.0", "bounce service gave no answer");
    else if (answer.class != VERDICT_OK)
        verdict_set(verdict, answer.class == VERDICT_REJECT ? 550 : 451, "3.0", STR_FMT,
                    STR_ARG(answer.text));
    else
        *report = message_from_envelope(str_of(reporting->id.text), answer.size, answer.envelope);
    bool written = answered && answer.class == VERDICT_OK;
    arena_destroy(arena);
    packet_finish(&packet);
    io_close(line);
    return written;
}

static bool open_files(const struct reporting *reporting, int fds[2])
{
    int directory = reporting->manager->directory;
    fds[0] = openat(directory, reporting->message->id.text, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    fds[1] = fds[0] < 0 ? -1
                        : openat(directory, reporting->id.text,
                                 O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0660);
    if (fds[0] >= 0 && fds[1] < 0)
        close(fds[0]);
    return fds[1] >= 0;
}

/* The reported recipients are finished; written down when the message stays. */
static void note_reported(const struct reporting *reporting)
{
    struct message *message = reporting->message;
    for (size_t i = 0; i < reporting->count && reporting->kind != DSN_DELAY; i++) {
        struct queue_rcpt *rcpt = &message->rcpts[reporting->outcomes[i].index];
        rcpt->state = RCPT_DONE;
        rcpt->report_success = false;
    }
    message->warned |= reporting->kind == DSN_DELAY;
    struct queue_record record = {.kind = QUEUE_NOTIFIED,
                                  .time_us = (uint64_t)now_us(),
                                  .report = reporting->kind,
                                  .outcomes = reporting->outcomes,
                                  .outcomes_count = reporting->count};
    message_append(reporting->manager, message, &record);
}

static void log_report(const struct reporting *reporting)
{
    static const char *const words[] = {"", "non-delivery", "delay", "delivery status"};
    log_say(reporting->manager->log, LOG_INFO_LEVEL, str_of(reporting->message->id.text),
            "%s %s notification: %s",
            reporting->to.len                         ? "owner"
            : reporting->message->envelope.sender.len ? "sender"
                                                      : "postmaster",
            words[reporting->kind], reporting->id.text);
}

static bool write_report(const struct reporting *reporting, struct message **report, struct verdict *verdict)
{
    int fds[2];
    if (!open_files(reporting, fds))
        return verdict_system(verdict, "queue file", errno);
    bool written = exchange(reporting, fds, report, verdict);
    close(fds[0]);
    close(fds[1]);
    if (!written)
        unlinkat(reporting->manager->directory, reporting->id.text, 0);
    return written;
}

static void reporting_task(void *arg)
{
    struct reporting *reporting = arg;
    struct manager *manager = reporting->manager;
    struct message *message = reporting->message, *report = NULL;
    struct verdict verdict;
    struct str id = str_of(reporting->id.text);
    struct reservation reservation = {0};
    hash_put(manager->reserved, id, &reservation);
    bool written = write_report(reporting, &report, &verdict);
    hash_remove(manager->reserved, id);
    if (written) {
        log_report(reporting);
        metrics_add(manager->metrics, METRIC_queue_reports, 1);
        note_reported(reporting);
        if (report)
            message_accept(manager, report);
        else
            waiting_add(manager, &reporting->id, now_us());
    } else {
        log_say(manager->log, LOG_WARNING_LEVEL, str_of(message->id.text), "report not written: %s",
                verdict.text);
        message->report_failed = true;
        if (verdict.class == VERDICT_REJECT)
            note_reported(reporting);
    }
    free(reporting);
    if (--message->reports == 0)
        message_settle(manager, message);
    manager->reports--;
    gate_wake(&manager->quiet);
}

static bool start_report(struct manager *manager, struct message *message, enum dsn_kind kind)
{
    struct reporting *reporting = memory_get(sizeof *reporting);
    reporting->manager = manager;
    reporting->message = message;
    reporting->kind = kind;
    if (select_rcpts(reporting) == 0) {
        free(reporting);
        return false;
    }
    reporting->id = queue_id_next(&manager->ids, now_us());
    message->reports++;
    manager->reports++;
    if (task_start(manager->loop, reporting_task, reporting))
        return true;
    manager->reports--;
    message->reports--;
    free(reporting);
    return false;
}

/* Failures nobody wants to hear of are done; a null sender cannot (RFC 5321 6.1: no report about a report to
 * its sender). */
static void drop_unwanted(struct manager *manager, struct message *message)
{
    for (size_t i = 0; i < message->rcpt_count; i++) {
        struct queue_rcpt *rcpt = &message->rcpts[i];
        bool null_sender = message_sender_for(message, &rcpt->rcpt).len == 0;
        if (null_sender)
            rcpt->report_success = false;
        if (rcpt->state != RCPT_FAILED || wants(manager, message, rcpt, DSN_FAILURE))
            continue;
        rcpt->state = RCPT_DONE;
        if (null_sender)
            log_say(manager->log, LOG_WARNING_LEVEL, str_of(message->id.text),
                    "undeliverable notification dropped: to=<" STR_FMT ">", STR_ARG(rcpt->rcpt.address));
    }
}

bool message_report(struct manager *manager, struct message *message)
{
    drop_unwanted(manager, message);
    if (message->report_failed) {
        message->report_failed = false;
        return false;
    }
    bool any = start_report(manager, message, DSN_FAILURE);
    any |= start_report(manager, message, DSN_SUCCESS);
    if (delay_is_due(manager, message))
        any |= start_report(manager, message, DSN_DELAY);
    return any;
}
