/* SPDX-License-Identifier: BSD-2-Clause */
/* One request after another: decode, write the notice, answer. */
#include "bounce/serve.h"

#include <unistd.h>

#include "base/clock.h"
#include "io/task.h"
#include "wire/channel.h"
#include "wire/reported.h"

enum {
    IDLE_MS = 60000,
    ANSWER_MS = 60000,
    REQUEST_MEMORY = 16 * 1024 * 1024,
    ENVELOPE_IN_ANSWER = 48 * 1024, /* as in intake.def */
};

static void say(const struct bounce *bounce, const struct report *report, bool written,
                const struct verdict *verdict)
{
    static const char *const kinds[] = {"", "failure", "delay", "success"};
    if (written)
        log_say(bounce->log, LOG_INFO_LEVEL, report->queue_id, "sender %s notification: " STR_FMT,
                kinds[report->kind <= 3 ? report->kind : 0], STR_ARG(report->report_id));
    else
        log_say(bounce->log, LOG_WARNING_LEVEL, report->queue_id, "no notification: %s", verdict->text);
}

static bool answer(const struct bounce *bounce, int socket, struct packet *packet, struct arena *arena)
{
    struct report report;
    struct verdict verdict;
    struct buf envelope;
    if (packet->kind != BOUNCE_REPORT || !packet_decode(packet, &report_message, arena, &report))
        return false;
    int original = packet_take_fd(packet, 0), fresh = packet_take_fd(packet, 1);
    struct notice notice = {.params = bounce->params,
                            .host = bounce->host,
                            .origin = bounce->origin,
                            .arena = arena,
                            .now_us = clock_now_us()};
    verdict_set(&verdict, 250, "0.0", "written");
    bool written = notice_write(&notice, &report, original, fresh, &verdict);
    say(bounce, &report, written, &verdict);
    buf_init(&envelope, ENVELOPE_IN_ANSWER);
    bool small = written && wire_encode(&envelope_message, &notice.written, &envelope);
    struct reported reported = {.request = report.request,
                                .class = verdict.class,
                                .code = verdict.code,
                                .subject = verdict.subject,
                                .detail = verdict.detail,
                                .text = str_of(verdict.text),
                                .size = written ? notice.size : 0,
                                .envelope = small ? buf_str(&envelope) : STR("")};
    bool sent =
        channel_send(socket, BOUNCE_REPORTED, &reported_message, &reported, NULL, 0, deadline_in(ANSWER_MS));
    buf_finish(&envelope);
    if (original >= 0)
        close(original);
    if (fresh >= 0)
        close(fresh);
    return sent;
}

void bounce_converse(const struct bounce *bounce, int socket)
{
    struct packet packet;
    struct arena *arena = arena_create(REQUEST_MEMORY);
    packet_init(&packet);
    while (channel_receive(socket, &packet, deadline_in(IDLE_MS)) == 1 &&
           answer(bounce, socket, &packet, arena))
        arena_reset(arena);
    packet_finish(&packet);
    arena_destroy(arena);
}
