/* SPDX-License-Identifier: BSD-2-Clause */
/* One delivery request: which kind of recipient each is, what became of it, and a line in the log for it. */
#include "base/clock.h"
#include "io/file.h"
#include "local/local.h"
#include "mail/address.h"

enum { HEADER_LOOK = 100 * 1024 };

/* Where a recipient belongs by its domain. */
static bool deliver_one(struct local *local, const struct letter *letter, const struct recipient *rcpt,
                        struct outcome *outcome, struct verdict *verdict)
{
    struct str local_part, domain;
    address_cut(rcpt->address, &local_part, &domain);
    switch (match_domain(local->mailbox_domains, domain, verdict)) {
    case MATCH_YES:
        return virtual_deliver(local, letter, rcpt, outcome, verdict);
    case MATCH_ERROR:
        return false;
    case MATCH_NO:
        break;
    }
    enum match_result ours = domain.len ? match_domain(local->destinations, domain, verdict) : MATCH_YES;
    if (ours == MATCH_YES)
        return system_deliver(local, letter, rcpt, outcome, verdict);
    return ours == MATCH_ERROR
               ? false
               : verdict_set(verdict, 550, "1.2", "no mailboxes here for " STR_FMT, STR_ARG(domain));
}

/* delays=a/b/c/d: before qmgr took it up, in qmgr, setting up (nothing here), delivering. */
static void log_outcome(const struct local *local, const struct deliver *request,
                        const struct recipient *rcpt, const struct verdict *verdict, int64_t began_us)
{
    struct log_event event;
    char status[12], all[LOG_SECONDS], before[LOG_SECONDS], queued[LOG_SECONDS], transmit[LOG_SECONDS];
    int64_t arrival = (int64_t)request->arrival_us, active = (int64_t)request->active_us;
    int64_t now = clock_now_us();
    const char *word = verdict->class == VERDICT_OK       ? "sent"
                       : verdict->class == VERDICT_REJECT ? "bounced"
                                                          : "deferred";
    log_begin(&event, local->log, LOG_INFO_LEVEL, request->queue_id);
    log_pair(&event, "to", "<" STR_FMT ">", STR_ARG(rcpt->address));
    if (rcpt->original.len && !str_eq(rcpt->original, rcpt->address))
        log_pair(&event, "orig_to", "<" STR_FMT ">", STR_ARG(rcpt->original));
    log_pair(&event, "relay", "%s", local->service);
    log_pair(&event, "delay", "%s", log_seconds(arrival, now, all));
    log_pair(&event, "delays", "%s/%s/0/%s", log_seconds(arrival, active, before),
             log_seconds(active, began_us, queued), log_seconds(began_us, now, transmit));
    log_pair(&event, "dsn", "%s", verdict_status(verdict, status));
    log_pair(&event, "status", "%s (%s)", word, verdict->text);
    log_send(&event);
}

static void outcome_fill(struct outcome *outcome, const struct verdict *verdict, struct arena *arena)
{
    outcome->class = verdict->class;
    outcome->code = verdict->code;
    outcome->subject = verdict->subject;
    outcome->detail = verdict->detail;
    outcome->text = arena_copy(arena, str_of(verdict->text));
}

/* The first octets of the header, for what is asked of it. */
static struct str read_header(const struct deliver *request, int fd, struct arena *arena)
{
    uint64_t size = request->header_size ? request->header_size : request->size;
    if (size > request->size)
        size = request->size;
    if (size > HEADER_LOOK)
        size = HEADER_LOOK;
    char *header = arena_get(arena, size + 1);
    return file_pread_all(fd, header, size, (off_t)request->offset) ? str_make(header, size) : STR("");
}

void request_run(struct local *local, const struct deliver *request, int fd, struct arena *arena,
                 struct delivered *answer)
{
    struct letter letter = {request, fd, read_header(request, fd, arena), arena};
    *answer = (struct delivered){.request = request->request, .outcomes_count = request->rcpts_count};
    answer->outcomes = arena_array(arena, request->rcpts_count, sizeof *answer->outcomes);
    int64_t began = clock_now_us();
    for (size_t i = 0; i < request->rcpts_count; i++) {
        const struct recipient *rcpt = &request->rcpts[i];
        struct outcome *outcome = &answer->outcomes[i];
        struct verdict verdict = {0};
        outcome->index = rcpt->index;
        deliver_one(local, &letter, rcpt, outcome, &verdict);
        outcome_fill(outcome, &verdict, arena);
        log_outcome(local, request, rcpt, &verdict, began);
    }
}
