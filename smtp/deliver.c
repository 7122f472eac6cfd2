/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One delivery request, from its next hop to a verdict for each recipient and a line in the log for each.
 * Hosts are tried in order until each recipient has a yes or a final no (RFC 5321 5.1): the destination's,
 * then those of smtp_fallback_relay.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "io/task.h"
#include "mail/address.h"
#include "smtp/client.h"

struct timing {
    int64_t began_us, connected_us, ended_us;
};

enum {
    DOMAIN_LIMIT = 512,
    HOP_MEMORY = 1024 * 1024, /* octets that the hosts of a next hop may take */
    KEPT_TRIES = 3,           /* sessions of the cache that may turn out dead before a new one is begun */
};

bool dispatch_wants(const struct dispatch *dispatch, size_t i)
{
    const struct attempt *attempt = &dispatch->attempts[i];
    return attempt->verdict.class == 0 || (attempt->verdict.class == VERDICT_DEFER && !attempt->ambiguous);
}

bool dispatch_is_given_up(const struct dispatch *dispatch)
{
    return dispatch->given_up && *dispatch->given_up;
}

static bool wants_any(const struct dispatch *dispatch)
{
    if (dispatch_is_given_up(dispatch))
        return false;
    for (size_t i = 0; i < dispatch->request->rcpts_count; i++)
        if (dispatch_wants(dispatch, i))
            return true;
    return false;
}

/* No session: the reason for all recipients of whom no host has spoken yet. */
static void fail_rest(struct dispatch *dispatch, const struct verdict *verdict, const struct speaker *with,
                      const char *said_to)
{
    for (size_t i = 0; i < dispatch->request->rcpts_count; i++) {
        struct attempt *attempt = &dispatch->attempts[i];
        if (dispatch_wants(dispatch, i) && !attempt->said_to)
            *attempt = (struct attempt){.verdict = *verdict, .with = with, .said_to = said_to};
    }
}

/* --- the log --- */

/* The verdict as a reply: "250 2.0.0 text". */
static void print_reply(const struct verdict *verdict, char *out, size_t size)
{
    char status[12];
    snprintf(out, size, "%d %s %s", verdict->code, verdict_status(verdict, status), verdict->text);
}

static void log_status(struct log_event *event, const struct attempt *attempt)
{
    char reply[VERDICT_TEXT_LIMIT + 32];
    const char *status = attempt->verdict.class == VERDICT_OK       ? "sent"
                         : attempt->verdict.class == VERDICT_REJECT ? "bounced"
                                                                    : "deferred";
    print_reply(&attempt->verdict, reply, sizeof reply);
    if (attempt->verdict.class == VERDICT_OK)
        log_pair(event, "status", "sent (%s)", reply);
    else if (attempt->said_to)
        log_pair(event, "status", "%s (host %s said: %s (in reply to %s))", status, attempt->with->name,
                 reply, attempt->said_to);
    else
        log_pair(event, "status", "%s (%s)", status, attempt->verdict.text);
}

/* delays=a/b/c/d: before qmgr took it up, in qmgr, setting up, transmitting. */
static void log_outcomes(const struct dispatch *dispatch, const struct timing *timing)
{
    const struct deliver *request = dispatch->request;
    char all[LOG_SECONDS], before[LOG_SECONDS], queued[LOG_SECONDS], setup[LOG_SECONDS],
        transmit[LOG_SECONDS];
    int64_t arrival_us = (int64_t)request->arrival_us, active_us = (int64_t)request->active_us;
    log_seconds(arrival_us, timing->ended_us, all);
    log_seconds(arrival_us, active_us, before);
    log_seconds(active_us, timing->began_us, queued);
    log_seconds(timing->began_us, timing->connected_us, setup);
    log_seconds(timing->connected_us, timing->ended_us, transmit);
    for (size_t i = 0; i < request->rcpts_count; i++) {
        const struct recipient *rcpt = &request->rcpts[i];
        const struct attempt *attempt = &dispatch->attempts[i];
        struct log_event event;
        char status[12];
        log_begin(&event, dispatch->client->log, LOG_INFO_LEVEL, request->queue_id);
        log_pair(&event, "to", "<" STR_FMT ">", STR_ARG(rcpt->address));
        if (rcpt->original.len && !str_eq(rcpt->original, rcpt->address))
            log_pair(&event, "orig_to", "<" STR_FMT ">", STR_ARG(rcpt->original));
        log_pair(&event, "relay", "%s", attempt->with ? attempt->with->relay : "none");
        log_pair(&event, "delay", "%s", all);
        log_pair(&event, "delays", "%s/%s/%s/%s", before, queued, setup, transmit);
        log_pair(&event, "dsn", "%s", verdict_status(&attempt->verdict, status));
        log_status(&event, attempt);
        log_send(&event);
    }
}

/* What is not the last word yet, as another host is tried; once for recipients that have it in common. */
static void log_on_the_way(const struct dispatch *dispatch)
{
    char reply[VERDICT_TEXT_LIMIT + 32];
    const struct attempt *before = NULL;
    for (size_t i = 0; i < dispatch->request->rcpts_count; i++) {
        const struct attempt *attempt = &dispatch->attempts[i];
        if (attempt->verdict.class == 0 || !dispatch_wants(dispatch, i))
            continue;
        bool same = before && before->said_to == attempt->said_to &&
                    str_eq(str_of(before->verdict.text), str_of(attempt->verdict.text));
        before = attempt;
        print_reply(&attempt->verdict, reply, sizeof reply);
        if (!same && attempt->said_to)
            log_say(dispatch->client->log, LOG_INFO_LEVEL, dispatch->request->queue_id,
                    "host %s said: %s (in reply to %s)", attempt->with->name, reply, attempt->said_to);
        else if (!same)
            log_say(dispatch->client->log, LOG_INFO_LEVEL, dispatch->request->queue_id, "%s",
                    attempt->verdict.text);
    }
}

/* --- hosts --- */

/* Kept sessions first; one may have ended meanwhile, and then it decides nothing. */
static void try_kept(struct dispatch *dispatch, struct str nexthop, struct timing *timing)
{
    struct peer *peer;
    for (int i = 0; i < KEPT_TRIES && wants_any(dispatch) && (peer = cache_take(dispatch->client, nexthop));
         i++) {
        timing->connected_us = clock_now_us();
        bool done = transaction_run(peer, dispatch);
        cache_keep(dispatch->client, peer);
        dispatch->tried |= done;
        if (done)
            return;
    }
}

/* True when there was a connection, however it went. */
static bool try_target(struct dispatch *dispatch, const struct target *target, struct str nexthop,
                       struct timing *timing)
{
    struct verdict verdict;
    struct peer *peer = peer_create(dispatch->client, target, nexthop);
    bool stands = peer_begin(peer, target, &verdict), met = peer->stream != NULL;
    timing->connected_us = clock_now_us();
    dispatch->tried = true;
    if (stands)
        transaction_run(peer, dispatch);
    else
        fail_rest(dispatch, &verdict, met ? peer_speaker(peer, dispatch->arena) : NULL, peer->said_to);
    if (stands)
        cache_keep(dispatch->client, peer);
    else
        peer_end(peer);
    return met;
}

static bool is_like_first(const struct targets *targets, size_t i)
{
    return targets->at[i].address.storage.ss_family == targets->at[0].address.storage.ss_family;
}

/* When the limit would let one family of addresses be tried alone, the first of the other one take the last
 * of its places: a host without a way to the one must not be without mail (RFC 8305 4 has the same thought).
 */
static void balance(struct targets *targets, size_t limit)
{
    size_t other = limit;
    for (size_t i = 0; i < limit && i < targets->count; i++)
        if (!is_like_first(targets, i))
            return;
    for (size_t place = limit - limit / 2; place < limit; place++) {
        while (other < targets->count && is_like_first(targets, other))
            other++;
        if (other >= targets->count)
            return;
        struct target moved = targets->at[place];
        targets->at[place] = targets->at[other];
        targets->at[other++] = moved;
    }
}

static void try_targets(struct dispatch *dispatch, struct targets *targets, struct str nexthop,
                        struct timing *timing)
{
    const struct smtp_params *params = dispatch->client->params;
    int64_t sessions = 0;
    if (params->balance)
        balance(targets, (size_t)params->address_limit);
    for (size_t i = 0; i < targets->count && wants_any(dispatch); i++) {
        if (params->address_limit && (int64_t)i >= params->address_limit)
            break;
        if (params->session_limit && sessions >= params->session_limit)
            break;
        log_on_the_way(dispatch);
        sessions += try_target(dispatch, &targets->at[i], nexthop, timing);
    }
}

/* What came of a next hop, for who is still without a yes or a final no. */
enum hop {
    HOP_TRIED,   /* others may be tried */
    HOP_UNKNOWN, /* it has no hosts: *verdict */
    HOP_OURS,    /* we are an MX of it: mail to others would come back */
};

static enum hop try_nexthop(struct dispatch *dispatch, struct str nexthop, struct timing *timing,
                            struct verdict *verdict)
{
    struct targets targets = {0};
    try_kept(dispatch, nexthop, timing);
    if (!wants_any(dispatch))
        return HOP_TRIED;
    if (!targets_find(dispatch->client, nexthop, dispatch->client->lmtp, dispatch->arena, &targets, verdict))
        return HOP_UNKNOWN;
    try_targets(dispatch, &targets, nexthop, timing);
    return targets.we_are_mx ? HOP_OURS : HOP_TRIED;
}

/* smtp_fallback_relay, for who could not be served for now. */
static void try_fallback(struct dispatch *dispatch, struct timing *timing)
{
    struct str rest = dispatch->client->params->fallback_relay, nexthop;
    struct verdict verdict;
    while (wants_any(dispatch) && arena_has_room(dispatch->arena, HOP_MEMORY) &&
           str_word(&rest, ", \t\r\n", &nexthop)) {
        if (try_nexthop(dispatch, nexthop, timing, &verdict) != HOP_UNKNOWN)
            continue;
        /* Our configuration is wrong or the DNS is: no reason to return mail. */
        verdict.class = VERDICT_DEFER;
        verdict.code = 451;
        fail_rest(dispatch, &verdict, NULL, NULL);
    }
}

/* Whether the relays may stand in: for a destination that cannot be reached or found, not for one that wants
 * no mail (RFC 7505) or is ourselves. */
static bool may_fall_back(const struct client *client, enum hop hop, const struct verdict *verdict)
{
    if (client->lmtp || client->params->fallback_relay.len == 0)
        return false;
    bool found_none = verdict->class == VERDICT_DEFER || (verdict->subject == 4 && verdict->detail == 4);
    return hop == HOP_TRIED || (hop == HOP_UNKNOWN && found_none);
}

static void run(struct dispatch *dispatch, struct timing *timing)
{
    struct verdict verdict;
    enum hop hop = try_nexthop(dispatch, dispatch->request->nexthop, timing, &verdict);
    if (may_fall_back(dispatch->client, hop, &verdict))
        try_fallback(dispatch, timing);
    else if (hop == HOP_UNKNOWN)
        fail_rest(dispatch, &verdict, NULL, NULL);
}

/* The host that said it. None for what was delivered by LMTP (RFC 2033 1): that did not go on to another
 * system, and is reported as delivered, not as relayed (RFC 3461 5.2.2). */
static struct str remote_of(const struct dispatch *dispatch, const struct attempt *attempt)
{
    bool delivered = dispatch->client->lmtp && attempt->verdict.class == VERDICT_OK;
    return attempt->said_to && !delivered ? str_of(attempt->with->host) : STR("");
}

static struct outcome outcome_of(const struct dispatch *dispatch, size_t i)
{
    const struct attempt *attempt = &dispatch->attempts[i];
    return (struct outcome){
        .index = dispatch->request->rcpts[i].index,
        .class = attempt->verdict.class,
        .code = attempt->verdict.code,
        .subject = attempt->verdict.subject,
        .detail = attempt->verdict.detail,
        .text = arena_copy(dispatch->arena, str_of(attempt->verdict.text)),
        .remote = remote_of(dispatch, attempt),
        .dsn_passed = attempt->dsn_passed,
    };
}

static struct str ascii_address(struct str address, struct arena *arena)
{
    struct str local, domain, text = {NULL, 0};
    struct buf ascii;
    if (address.len == 0 || utf8_is_ascii(address))
        return address.len ? address : STR("");
    address_cut(address, &local, &domain);
    buf_init(&ascii, DOMAIN_LIMIT);
    if (utf8_is_ascii(local) && address_domain_ascii(domain, &ascii))
        text = arena_printf(arena, STR_FMT "@" STR_FMT, STR_ARG(local), STR_ARG(buf_str(&ascii)));
    buf_finish(&ascii);
    return text;
}

static struct dispatch begin(struct client *client, const struct order *order, struct arena *arena)
{
    const struct deliver *request = order->request;
    size_t count = request->rcpts_count;
    struct dispatch dispatch = {
        .client = client,
        .request = request,
        .file = order->file,
        .given_up = order->given_up,
        .arena = arena,
        .attempts = arena_array(arena, count, sizeof(struct attempt)),
        .scratch = arena_array(arena, count, sizeof(struct attempt)),
        .addresses = arena_array(arena, count, sizeof(struct str)),
        .ascii = arena_array(arena, count, sizeof(struct str)),
        .ascii_sender = ascii_address(request->sender, arena),
        .wanted = arena_array(arena, count, sizeof(bool)),
        .open = arena_array(arena, count, sizeof(bool)),
    };
    for (size_t i = 0; i < count; i++) {
        dispatch.addresses[i] = request->rcpts[i].address;
        dispatch.ascii[i] = ascii_address(request->rcpts[i].address, arena);
    }
    return dispatch;
}

static void fail_given_up(struct dispatch *dispatch)
{
    struct verdict verdict;
    verdict_set(&verdict, 451, "3.0", "queue manager is gone");
    if (dispatch_is_given_up(dispatch))
        fail_rest(dispatch, &verdict, NULL, NULL);
}

void deliver_order(struct client *client, const struct order *order, struct arena *arena,
                   struct delivered *answer)
{
    const struct deliver *request = order->request;
    struct timing timing = {.began_us = clock_now_us()};
    struct dispatch dispatch = begin(client, order, arena);
    timing.connected_us = timing.began_us;
    run(&dispatch, &timing);
    fail_given_up(&dispatch);
    timing.ended_us = clock_now_us();
    *answer = (struct delivered){
        .request = request->request,
        .outcomes = arena_array(arena, request->rcpts_count, sizeof(struct outcome)),
        .outcomes_count = request->rcpts_count,
        .site_down = dispatch.tried && !dispatch.reached,
        .setup_ms = (uint64_t)(timing.connected_us - timing.began_us) / 1000,
        .transmit_ms = (uint64_t)(timing.ended_us - timing.connected_us) / 1000,
    };
    for (size_t i = 0; i < request->rcpts_count; i++)
        answer->outcomes[i] = outcome_of(&dispatch, i);
    log_outcomes(&dispatch, &timing);
}
