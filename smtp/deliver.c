/* SPDX-License-Identifier: BSD-2-Clause */
/* One delivery request, from its next hop to a verdict for each recipient and a line in the log for each. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "io/task.h"
#include "smtp/client.h"

struct timing {
    int64_t began_us, connected_us, ended_us;
};

static void fail_all(const struct deliver *request, const struct verdict *verdict, struct arena *arena,
                     struct delivered *answer)
{
    for (size_t i = 0; i < request->rcpts_count; i++)
        if (answer->outcomes[i].class == 0)
            answer->outcomes[i] = outcome_from(verdict, request->rcpts[i].index, STR(""), arena);
}

static double seconds(int64_t from_us, int64_t to_us)
{
    return to_us > from_us ? (double)(to_us - from_us) / 1e6 : 0;
}

/* delays=a/b/c/d: before qmgr took it up, in qmgr, setting up, transmitting. */
static void log_outcomes(const struct client *client, const struct deliver *request,
                         const struct delivered *answer, const char *relay, const struct timing *timing)
{
    for (size_t i = 0; i < request->rcpts_count; i++) {
        const struct recipient *rcpt = &request->rcpts[i];
        const struct outcome *outcome = &answer->outcomes[i];
        struct log_event event;
        log_begin(&event, client->log, LOG_INFO_LEVEL, request->queue_id);
        log_pair(&event, "to", "<" STR_FMT ">", STR_ARG(rcpt->address));
        if (rcpt->original.len && !str_eq(rcpt->original, rcpt->address))
            log_pair(&event, "orig_to", "<" STR_FMT ">", STR_ARG(rcpt->original));
        log_pair(&event, "relay", "%s", relay);
        log_pair(&event, "delay", "%.2g", seconds((int64_t)request->arrival_us, timing->ended_us));
        log_pair(&event, "delays", "%.2g/%.2g/%.2g/%.2g",
                 seconds((int64_t)request->arrival_us, (int64_t)request->active_us),
                 seconds((int64_t)request->active_us, timing->began_us),
                 seconds(timing->began_us, timing->connected_us),
                 seconds(timing->connected_us, timing->ended_us));
        log_pair(&event, "dsn", "%u.%u.%u", (unsigned)outcome->class, (unsigned)outcome->subject,
                 (unsigned)outcome->detail);
        const char *status = outcome->class == VERDICT_OK       ? "sent"
                             : outcome->class == VERDICT_REJECT ? "bounced"
                                                                : "deferred";
        if (outcome->remote.len && outcome->class != VERDICT_OK)
            log_pair(&event, "status", "%s (host %s said: %u %u.%u.%u " STR_FMT ")", status, relay,
                     (unsigned)outcome->code, (unsigned)outcome->class, (unsigned)outcome->subject,
                     (unsigned)outcome->detail, STR_ARG(outcome->text));
        else if (outcome->class == VERDICT_OK)
            log_pair(&event, "status", "sent (%u %u.%u.%u " STR_FMT ")", (unsigned)outcome->code,
                     (unsigned)outcome->class, (unsigned)outcome->subject, (unsigned)outcome->detail,
                     STR_ARG(outcome->text));
        else
            log_pair(&event, "status", "%s (" STR_FMT ")", status, STR_ARG(outcome->text));
        log_send(&event);
    }
}

/* A kept session first; it may have ended meanwhile, and then it decides nothing. */
static bool try_kept(struct client *client, const struct deliver *request, int file, struct arena *arena,
                     struct delivered *answer, char relay[512], struct timing *timing)
{
    struct peer *peer;
    while ((peer = cache_take(client, request->nexthop))) {
        timing->connected_us = clock_now_us();
        if (transaction_run(peer, request, file, arena, answer->outcomes)) {
            snprintf(relay, 512, "%s", peer->name);
            cache_keep(client, peer);
            return true;
        }
        peer_end(peer);
    }
    return false;
}

static void try_targets(struct client *client, const struct targets *targets, const struct deliver *request,
                        int file, struct arena *arena, struct delivered *answer, char relay[512],
                        struct timing *timing)
{
    struct verdict verdict;
    int64_t sessions = 0, tried = 0;
    verdict_set(&verdict, 451, "4.1", "no host of the destination could be tried");
    for (size_t i = 0; i < targets->count; i++) {
        if (client->params->address_limit && tried++ >= client->params->address_limit)
            break;
        struct peer *peer = peer_connect(client, &targets->at[i], request->nexthop, &verdict);
        if (peer) {
            timing->connected_us = clock_now_us();
            snprintf(relay, 512, "%s", peer->name);
            if (transaction_run(peer, request, file, arena, answer->outcomes))
                answer->site_down = false;
            cache_keep(client, peer);
            return;
        }
        answer->site_down = true;
        if (verdict.class == VERDICT_REJECT)
            break;
        if (verdict.subject != 4 && client->params->session_limit &&
            ++sessions >= client->params->session_limit)
            break;
    }
    fail_all(request, &verdict, arena, answer);
}

void deliver_request(struct client *client, const struct deliver *request, int file, struct arena *arena,
                     struct delivered *answer)
{
    struct targets targets;
    struct verdict verdict;
    struct timing timing = {.began_us = clock_now_us()};
    char relay[512] = "none";
    timing.connected_us = timing.began_us;
    *answer = (struct delivered){.request = request->request, .outcomes_count = request->rcpts_count};
    answer->outcomes = arena_array(arena, request->rcpts_count, sizeof *answer->outcomes);
    if (!try_kept(client, request, file, arena, answer, relay, &timing)) {
        if (targets_find(client, request->nexthop, client->lmtp, arena, &targets, &verdict))
            try_targets(client, &targets, request, file, arena, answer, relay, &timing);
        else
            fail_all(request, &verdict, arena, answer);
    }
    timing.ended_us = clock_now_us();
    answer->setup_ms = (uint64_t)(timing.connected_us - timing.began_us) / 1000;
    answer->transmit_ms = (uint64_t)(timing.ended_us - timing.connected_us) / 1000;
    log_outcomes(client, request, answer, relay, &timing);
}
