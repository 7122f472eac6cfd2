/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking a message in: the octets go from the stream through the strict reader into a letter. */
#include "smtpd/collect.h"

#include <inttypes.h>

#include "base/clock.h"
#include "intake/letter.h"
#include "smtp/data.h"
#include "smtp/reply.h"
#include "smtpd/server.h"
#include "smtpd/trace.h"
#include "smtpd/txn.h"
#include "worker/metrics.h"

enum { PIECE = 32 * 1024 };

bool collect_begin(struct session *session, struct verdict *verdict)
{
    struct txn *txn = session->txn;
    struct server *server = session->server;
    struct queue_id id = queue_id_next(&server->ids, clock_now_us());
    txn->queue_id = arena_copy(txn->arena, str_of(id.text));
    struct letter_terms terms = {
        .trace = trace_field(session, txn->arena),
        .complete = session->client.trusted || session->auth_user.len,
        .hostname = server->conf->myhostname,
        .sender = txn->sender,
    };
    txn->letter = letter_begin(server->intake, txn->queue_id, &terms);
    return intake_has_room(server->intake, txn->mail.size, verdict);
}

static void doom(struct txn *txn, const struct verdict *verdict)
{
    if (!txn->doomed)
        txn->doom = *verdict;
    txn->doomed = true;
}

static void judge_octets(struct txn *txn, const struct smtp_data *data)
{
    struct verdict verdict;
    if (data->bare)
        verdict_set(&verdict, 550, "5.2", "A bare <CR> or <LF> is not a line end: message refused");
    else if (data->nul)
        verdict_set(&verdict, 550, "6.0", "Message has a NUL octet: refused");
    else
        return;
    doom(txn, &verdict);
}

static void judge_hops(const struct session *session, struct txn *txn)
{
    struct verdict verdict;
    if ((int64_t)letter_hops(txn->letter) < session->server->conf->hopcount_limit)
        return;
    verdict_set(&verdict, 554, "4.6", "Error: too many hops");
    doom(txn, &verdict);
}

static void fill_envelope(const struct session *session, struct envelope *envelope)
{
    const struct txn *txn = session->txn;
    *envelope = (struct envelope){
        .sender = txn->sender,
        .arrival_us = (uint64_t)clock_now_us(),
        .client_name = session->client.name,
        .client_ip = session->client.ip,
        .helo = session->helo,
        .protocol = session->client.local ? STR("local") : str_of(session_protocol(session)),
        .auth_user = session->auth_user,
        .auth_method = session->auth_method,
        .ret = txn->mail.ret,
        .envid = txn->mail.envid,
        .smtputf8 = txn->mail.smtputf8,
    };
    size_t at = str_find_last(txn->sender, '@');
    envelope->tenant = session->auth_user.len ? session->auth_user
                       : at == SIZE_MAX       ? STR("")
                                              : str_from(txn->sender, at + 1);
}

/* Alias expansion, then one recipient record for each address that came out. */
static bool expand_recipients(const struct session *session, struct envelope *envelope,
                              struct verdict *verdict)
{
    struct txn *txn = session->txn;
    struct route_expansion expansion = {.arena = txn->arena};
    for (struct txn_rcpt *rcpt = txn->first; rcpt; rcpt = rcpt->next) {
        struct recipient given = {
            .address = rcpt->address, .orcpt = rcpt->rcpt.orcpt, .notify = rcpt->rcpt.notify};
        if (!router_expand(session->server->router, &given, &expansion, verdict))
            return false;
    }
    route_expansion_end(&expansion);
    envelope->rcpts = expansion.rcpts;
    envelope->rcpts_count = expansion.count;
    return true;
}

/* "ID: client=..., from=<>, size=..., nrcpt=...": what the log tools look for at the beginning of a message.
 */
static void log_accepted(const struct session *session, const struct envelope *envelope)
{
    struct log_event event;
    const struct txn *txn = session->txn;
    metrics_add(session->server->metrics, METRIC_smtp_messages, 1);
    metrics_add(session->server->metrics, METRIC_smtp_octets, letter_size(txn->letter));
    log_begin(&event, session->log, LOG_INFO_LEVEL, txn->queue_id);
    log_pair(&event, "client", STR_FMT "[" STR_FMT "]", STR_ARG(session->client.name),
             STR_ARG(session->client.ip));
    if (session->auth_user.len) {
        log_pair(&event, "sasl_method", STR_FMT, STR_ARG(session->auth_method));
        log_pair(&event, "sasl_username", STR_FMT, STR_ARG(session->auth_user));
    }
    if (session->client.local)
        log_pair(&event, "local_user", STR_FMT, STR_ARG(session->client.user));
    log_pair(&event, "message-id", STR_FMT, STR_ARG(envelope->message_id));
    log_pair(&event, "size", "%" PRIu64, letter_size(txn->letter));
    log_send(&event);
}

static bool accept_letter(struct session *session, struct verdict *verdict)
{
    struct txn *txn = session->txn;
    struct envelope envelope;
    judge_hops(session, txn);
    if (txn->doomed) {
        *verdict = txn->doom;
        return false;
    }
    fill_envelope(session, &envelope);
    if (!expand_recipients(session, &envelope, verdict) || !letter_commit(txn->letter, &envelope, verdict))
        return false;
    log_accepted(session, &envelope);
    intake_announce(session->server->intake, txn->queue_id, letter_stored_size(txn->letter),
                    letter_journal(txn->letter), &envelope);
    return verdict_set(verdict, 250, "0.0", "Ok: queued as " STR_FMT, STR_ARG(txn->queue_id));
}

/* SMTP: one reply; LMTP: one for each accepted recipient, in order (RFC 2033 4.2). */
static void finish(struct session *session)
{
    struct verdict verdict;
    struct txn *txn = session->txn;
    bool accepted = accept_letter(session, &verdict);
    size_t replies = session->server->lmtp ? txn->rcpt_count : 1;
    if (!accepted)
        session_refuse(session, session->state == IN_BDAT ? "BDAT" : "DATA", STR(""), &verdict);
    else
        session_reply_verdict(session, &verdict);
    for (size_t i = 1; i < replies; i++)
        smtp_reply_verdict(session->stream, &verdict);
    session_succeeded(session);
    session_enter(session, READY);
}

/* Octets after a bare line end may have been meant as commands by whoever sent them: the connection ends
 * there. */
static void end_if_out_of_step(struct session *session, const struct smtp_data *data)
{
    if (data->bare)
        session_end(session);
}

void collect_data(struct session *session)
{
    struct txn *txn = session->txn;
    struct smtp_data data;
    struct verdict verdict;
    struct buf octets;
    smtp_data_init(&data);
    buf_init(&octets, PIECE);
    while (!data.finished) {
        if (stream_fill(session->stream, 1) != STREAM_OK) {
            buf_finish(&octets);
            session_enter(session, READY);
            return;
        }
        size_t used = smtp_data_read(&data, str_sub(stream_buffered(session->stream), 0, PIECE), &octets);
        stream_take(session->stream, used);
        if (!txn->doomed && !letter_add(txn->letter, buf_str(&octets), &verdict))
            doom(txn, &verdict);
        buf_clear(&octets);
    }
    buf_finish(&octets);
    judge_octets(txn, &data);
    end_if_out_of_step(session, &data);
    finish(session);
}

/* Reads a chunk's octets to their end; into the letter while there is one that is not doomed. */
static bool read_chunk(struct session *session, uint64_t size)
{
    struct txn *txn = session->txn;
    struct verdict verdict;
    while (size) {
        if (stream_fill(session->stream, 1) != STREAM_OK)
            return false;
        struct str piece = str_sub(stream_buffered(session->stream), 0, size < PIECE ? (size_t)size : PIECE);
        if (txn && txn->letter && !txn->doomed) {
            smtp_data_check(&txn->chunk_check, piece, false);
            if (!letter_add(txn->letter, piece, &verdict))
                doom(txn, &verdict);
        }
        size -= piece.len;
        stream_take(session->stream, piece.len);
    }
    return true;
}

void collect_chunk(struct session *session, uint64_t size, bool last)
{
    bool in_transaction = session->state == HAVE_RCPT || session->state == IN_BDAT;
    struct txn *txn = in_transaction ? session->txn : NULL;
    struct verdict verdict;
    if (txn && !txn->letter) {
        smtp_data_init(&txn->chunk_check);
        if (!collect_begin(session, &verdict))
            doom(txn, &verdict);
    }
    if (!read_chunk(session, size)) {
        if (session->txn)
            session_enter(session, READY);
        return;
    }
    if (!txn) {
        session_reply(session, 503, "5.1",
                      session->state == READY || session->txn ? "Need MAIL and RCPT" : "Send EHLO first");
        return;
    }
    session_enter(session, IN_BDAT);
    smtp_data_check(&txn->chunk_check, STR(""), last);
    judge_octets(txn, &txn->chunk_check);
    end_if_out_of_step(session, &txn->chunk_check);
    if (last)
        finish(session);
    else if (txn->doomed)
        session_reply_verdict(session, &txn->doom);
    else
        session_reply(session, 250, "0.0", "Ok: %" PRIu64 " octets", size);
}
