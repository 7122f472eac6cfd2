/* SPDX-License-Identifier: BSD-2-Clause */
/* From a request to a queue file: what is returned, the report, its envelope, one write and one fsync. */
#include "bounce/notice.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/crc.h"
#include "io/file.h"
#include "mail/address.h"
#include "mail/dsn.h"
#include "mail/queuefile.h"

enum { REPORT_ROOM = 4 * 1024 * 1024 }; /* for all but the returned message */

/* A null sender gets no report (RFC 5321 4.5.5), and neither do we. */
static bool may_be_told(const struct notice *notice, const struct report *report, struct verdict *verdict)
{
    struct str local, domain;
    address_cut(report->sender, &local, &domain);
    if (report->sender.len == 0)
        return verdict_set(verdict, 550, "0.0", "Double bounce: the sender is null");
    if (str_eq_nocase(local, notice->params->double_bounce_sender))
        return verdict_set(verdict, 550, "0.0", "Double bounce: the sender is the mail system");
    return true;
}

static bool makes_sense(const struct report *report, struct verdict *verdict)
{
    bool sound = report->kind >= DSN_FAILURE && report->kind <= DSN_SUCCESS && report->rcpts_count > 0 &&
                 report->rcpts_count == report->outcomes_count && report->header_size <= report->size &&
                 report->offset <= INT64_MAX / 2 && report->size <= INT64_MAX / 2;
    return sound || verdict_set(verdict, 554, "5.0", "Malformed request for a notification");
}

/* --- what is returned --- */

static bool returns_all(const struct notice *notice, const struct report *report)
{
    return report->kind == DSN_FAILURE && report->ret != DSN_RET_HEADERS &&
           report->size <= (uint64_t)notice->params->size_limit;
}

/* RFC 3461 4.3; a header over the limit is cut at a line. */
static bool read_original(const struct notice *notice, const struct report *report, int original,
                          struct buf *text, struct verdict *verdict)
{
    uint64_t limit = (uint64_t)notice->params->size_limit;
    uint64_t size = returns_all(notice, report) ? report->size : report->header_size;
    size_t take = (size_t)(size < limit ? size : limit);
    char *room = buf_room(text, take);
    if (!room || (take && !file_pread_all(original, room, take, (off_t)report->offset)))
        return verdict_system(verdict, "reading the undelivered message", room ? errno : EFBIG);
    text->len += take;
    if (take < size) {
        size_t last = str_find_last(buf_str(text), '\n');
        text->len = last == SIZE_MAX ? 0 : last + 1;
    }
    return true;
}

/* --- the report --- */

static enum dsn_action action_of(const struct report *report, const struct recipient *rcpt,
                                 const struct outcome *outcome)
{
    if (report->kind != DSN_SUCCESS)
        return report->kind == DSN_DELAY ? DSN_DELAYED : DSN_FAILED;
    if (rcpt->expanded)
        return DSN_EXPANDED;
    return outcome->remote.len ? DSN_RELAYED : DSN_DELIVERED;
}

static unsigned at_most(uint64_t value, unsigned most)
{
    return value < most ? (unsigned)value : most;
}

static void fill_recipients(const struct report *report, struct dsn_recipient *rcpts)
{
    for (size_t i = 0; i < report->rcpts_count; i++) {
        const struct recipient *rcpt = &report->rcpts[i];
        const struct outcome *outcome = &report->outcomes[i];
        bool known = outcome->class == VERDICT_OK || outcome->class == VERDICT_DEFER;
        rcpts[i] = (struct dsn_recipient){
            .address = rcpt->address,
            .orcpt = rcpt->orcpt,
            .action = action_of(report, rcpt, outcome),
            .class = known ? (unsigned)outcome->class : VERDICT_REJECT,
            .subject = at_most(outcome->subject, 999),
            .detail = at_most(outcome->detail, 999),
            .code = at_most(outcome->code, 599),
            .text = outcome->text,
            .remote = outcome->remote,
        };
    }
}

static bool compose_report(struct notice *notice, const struct report *report, struct str original,
                           struct buf *text, struct verdict *verdict)
{
    size_t header_size;
    struct dsn_recipient *rcpts = arena_try_get(notice->arena, report->rcpts_count * sizeof *rcpts);
    if (!rcpts || !arena_has_room(notice->arena, 1024))
        return verdict_set(verdict, 552, "3.4", "Too many recipients in one notification");
    fill_recipients(report, rcpts);
    struct dsn dsn = {
        .kind = (enum dsn_kind)report->kind,
        .to = report->sender,
        .reporter = notice->host,
        .from =
            arena_printf(notice->arena, "MAILER-DAEMON@" STR_FMT, STR_ARG(str_sub(notice->origin, 0, 255))),
        .mail_name = notice->params->mail_name,
        .queue_id = report->report_id,
        .original_id = report->queue_id,
        .original_from = report->original_sender.len ? report->original_sender : report->sender,
        .envid = report->envid,
        .now = notice->now_us / 1000000,
        .arrival = (int64_t)(report->arrival_us / 1000000),
        .retry_until = (int64_t)(report->retry_until_us / 1000000),
        .rcpts = rcpts,
        .rcpt_count = report->rcpts_count,
        .original = original,
        .header_only = !returns_all(notice, report),
        .utf8 = report->smtputf8,
    };
    bool composed = dsn_compose(&dsn, text, &header_size, verdict);
    notice->written.header_size = header_size;
    return composed;
}

/* --- the envelope: what senders must know about the octets --- */

static void survey(struct envelope *envelope, struct str text)
{
    size_t column = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        envelope->eight_bit = envelope->eight_bit || (c & 0x80);
        envelope->dot_lines = envelope->dot_lines || (c == '.' && column == 0);
        if (c == '\n')
            column = 0;
        else if (c != '\r' && ++column > envelope->longest_line)
            envelope->longest_line = column;
    }
}

static bool fill_envelope(struct notice *notice, const struct report *report, struct str text,
                          struct verdict *verdict)
{
    struct recipient *rcpt = arena_try_get(notice->arena, sizeof *rcpt);
    if (!rcpt || !arena_has_room(notice->arena, 1024))
        return verdict_set(verdict, 452, "3.1", "Too much in one notification");
    *rcpt = (struct recipient){.address = report->sender, .notify = DSN_NOTIFY_NEVER};
    struct envelope *envelope = &notice->written;
    envelope->rcpts = rcpt;
    envelope->rcpts_count = 1;
    if (report->second)
        envelope->sender =
            arena_printf(notice->arena, STR_FMT "@" STR_FMT, STR_ARG(notice->params->double_bounce_sender),
                         STR_ARG(str_sub(notice->origin, 0, 255)));
    envelope->arrival_us = (uint64_t)notice->now_us;
    envelope->client_name = STR("localhost");
    envelope->protocol = STR("local");
    envelope->tenant = report->tenant;
    envelope->smtputf8 = report->smtputf8;
    envelope->message_id =
        arena_printf(notice->arena, "<" STR_FMT "@" STR_FMT ">", STR_ARG(str_sub(report->report_id, 0, 64)),
                     STR_ARG(str_sub(notice->host, 0, 255)));
    envelope->hops = 1;
    survey(envelope, text);
    notice->size = text.len;
    return true;
}

/* --- the file --- */

static bool is_empty_file(int fd)
{
    struct stat stat;
    return fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode) && stat.st_size == 0;
}

static bool write_file(const struct notice *notice, struct str text, int fresh, struct verdict *verdict)
{
    struct buf head, tail;
    buf_init(&head, QUEUEFILE_ENVELOPE_LIMIT + QUEUEFILE_BLOCK);
    buf_init(&tail, QUEUEFILE_ENVELOPE_LIMIT + QUEUEFILE_BLOCK);
    bool made = queuefile_start(&notice->written, crc32c(0, text), text.len, &head, &tail);
    struct iovec parts[3] = {
        {head.at, head.len}, {(void *)(uintptr_t)text.at, text.len}, {tail.at, tail.len}};
    bool written = made && file_writev_all(fresh, parts, 3) && fsync(fresh) == 0;
    if (!made)
        verdict_set(verdict, 552, "3.4", "The envelope of the notification is too large");
    else if (!written)
        verdict_system(verdict, "writing a notification", errno);
    buf_finish(&head);
    buf_finish(&tail);
    return written;
}

bool notice_write(struct notice *notice, const struct report *report, int original, int fresh,
                  struct verdict *verdict)
{
    struct buf returned, text;
    notice->written = (struct envelope){0};
    if (!makes_sense(report, verdict) || !may_be_told(notice, report, verdict))
        return false;
    if (original < 0 || !is_empty_file(fresh))
        return verdict_set(verdict, 554, "5.0", "A notification needs the message and an empty file");
    buf_init(&returned, (size_t)notice->params->size_limit);
    buf_init(&text, (size_t)notice->params->size_limit + REPORT_ROOM);
    bool written = read_original(notice, report, original, &returned, verdict) &&
                   compose_report(notice, report, buf_str(&returned), &text, verdict) &&
                   fill_envelope(notice, report, buf_str(&text), verdict) &&
                   write_file(notice, buf_str(&text), fresh, verdict);
    buf_finish(&returned);
    buf_finish(&text);
    return written;
}
