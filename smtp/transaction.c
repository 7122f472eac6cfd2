/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MAIL, RCPT, DATA and what comes of them: one verdict for each recipient. With PIPELINING (RFC 2920) MAIL,
 * all RCPT and DATA go out in one packet; the replies are read in order. LMTP answers the data once for each
 * accepted recipient (RFC 2033 4.2).
 *
 * What a peer answers is judged by its first digit (RFC 5321 4.2). Only a 2yz to the end of the data makes a
 * recipient done; a reply that has no place where it comes never does.
 */
#include <stdlib.h>

#include "io/task.h"
#include "smtp/client.h"

enum { COMMAND_LIMIT = 8192 };

static const char to_mail[] = "MAIL FROM command", to_rcpt[] = "RCPT TO command", to_data[] = "DATA command",
                  to_end[] = "end of DATA command";

struct transaction {
    struct peer *peer;
    struct dispatch *dispatch;
    const struct deliver *request;
    const struct speaker *with;
    struct content content;
    struct str sender;        /* as the peer takes it; at NULL: it does not */
    struct str *addresses;    /* the recipients', as well */
    struct attempt *attempts; /* become the dispatch's when this session counts */
    bool *wanted;             /* this transaction is for it */
    bool *open;               /* RCPT was accepted, the data not yet answered */
    size_t accepted;
    bool pipelining;
    bool mail_heard;
    bool end_sent;          /* the end of the data went out: a loss now leaves it open whether it was taken */
    bool over;              /* the session is over: failure says why */
    const char *said_to;    /* the command that the last verdict is the reply to; NULL: it is ours */
    struct verdict failure; /* for who is undecided then */
};

/* --- deciding --- */

static void decide(struct transaction *t, size_t i, const struct verdict *verdict)
{
    t->attempts[i] = (struct attempt){.verdict = *verdict, .with = t->with, .said_to = t->said_to};
    t->open[i] = false;
}

static bool undecided(const struct transaction *t, size_t i)
{
    return t->wanted[i] && t->attempts[i].verdict.class == 0;
}

/* Its address is one that the peer takes. */
static bool is_asked(const struct transaction *t, size_t i)
{
    return t->wanted[i] && t->addresses[i].at;
}

static void decide_rest(struct transaction *t, const struct verdict *verdict)
{
    for (size_t i = 0; i < t->request->rcpts_count; i++)
        if (undecided(t, i))
            decide(t, i, verdict);
}

/* --- replies --- */

static bool end_session(struct transaction *t, const struct verdict *verdict)
{
    t->over = true;
    t->failure = *verdict;
    t->peer->unusable = true;
    return false;
}

/* A reply that has no place where it comes: the peer is out of step. */
static void strange(struct transaction *t, const char *command, struct verdict *verdict)
{
    t->peer->unusable = true;
    t->said_to = NULL;
    verdict_set(verdict, 450, "5.0", "strange reply of %s to %s: %d", t->peer->name, command,
                t->peer->reply.code);
}

/* Reads a reply; false when the session is over by it or without it. */
static bool read_reply(struct transaction *t, int64_t timeout_ms, const char *during, const char *command,
                       struct verdict *verdict)
{
    t->said_to = NULL;
    if (!peer_reply(t->peer, timeout_ms, during, verdict))
        return end_session(t, verdict);
    t->said_to = command;
    smtp_reply_to_verdict(&t->peer->reply, verdict);
    if (t->peer->reply.code == 421) /* the session ends with this reply (RFC 5321 3.8) */
        return end_session(t, verdict);
    if (t->peer->reply.code / 100 == 3 && command != to_data)
        strange(t, command, verdict);
    return true;
}

/* --- the envelope --- */

static void write_mail(struct transaction *t)
{
    const struct deliver *request = t->request;
    struct smtp_mail mail = {.size = t->content.size,
                             .eight_bit = request->eight_bit,
                             .smtputf8 = request->smtputf8,
                             .ret = (unsigned)request->ret,
                             .envid = request->envid};
    struct buf line;
    buf_init(&line, COMMAND_LIMIT);
    buf_printf(&line, "MAIL FROM:<" STR_FMT ">", STR_ARG(t->sender));
    smtp_mail_params_write(&t->peer->offers, &mail, &line);
    buf_add_text(&line, "\r\n");
    stream_write(t->peer->stream, buf_str(&line));
    buf_finish(&line);
}

static void write_rcpt(struct transaction *t, size_t i)
{
    const struct recipient *recipient = &t->request->rcpts[i];
    struct smtp_rcpt rcpt = {.notify = (unsigned)recipient->notify, .orcpt = recipient->orcpt};
    struct buf line;
    buf_init(&line, COMMAND_LIMIT);
    buf_printf(&line, "RCPT TO:<" STR_FMT ">", STR_ARG(t->addresses[i]));
    smtp_rcpt_params_write(&t->peer->offers, &rcpt, &line);
    buf_add_text(&line, "\r\n");
    stream_write(t->peer->stream, buf_str(&line));
    buf_finish(&line);
}

/* What a transaction before has left behind is cleared (RFC 5321 4.1.1.5). */
static bool clear(struct transaction *t)
{
    struct verdict verdict;
    if (!t->peer->midway)
        return true;
    stream_printf(t->peer->stream, "RSET\r\n");
    if (!read_reply(t, t->peer->client->params->rset_timeout, "sending RSET", "RSET command", &verdict))
        return false;
    t->peer->midway = false;
    return verdict.class == VERDICT_OK || end_session(t, &verdict);
}

/* MAIL, and with PIPELINING all that need not wait for its reply. False when the session is over. */
static bool send_mail(struct transaction *t, bool *taken)
{
    struct verdict verdict;
    write_mail(t);
    for (size_t i = 0; t->pipelining && i < t->request->rcpts_count; i++)
        if (is_asked(t, i))
            write_rcpt(t, i);
    if (t->pipelining)
        stream_printf(t->peer->stream, "DATA\r\n");
    bool goes_on =
        read_reply(t, t->peer->client->params->command_timeout, "sending MAIL FROM", to_mail, &verdict);
    t->mail_heard = goes_on || t->said_to;
    *taken = goes_on && verdict.class == VERDICT_OK;
    t->peer->midway = *taken;
    if (goes_on && !*taken)
        decide_rest(t, &verdict);
    return goes_on;
}

/* A 552 there means too many recipients, which is temporary (RFC 5321 4.5.3.1.10). */
static void judge_rcpt(struct transaction *t, size_t i, struct verdict *verdict)
{
    if (verdict->code == 552) {
        verdict->code = 452;
        verdict->class = VERDICT_DEFER;
    }
    if (verdict->class == VERDICT_OK) {
        t->open[i] = true;
        t->accepted++;
    } else {
        decide(t, i, verdict);
    }
}

/* mail_taken: else the replies are only read, for their commands went out already. */
static bool send_rcpts(struct transaction *t, bool mail_taken)
{
    struct verdict verdict;
    for (size_t i = 0; i < t->request->rcpts_count; i++) {
        if (!is_asked(t, i))
            continue;
        if (!t->pipelining)
            write_rcpt(t, i);
        if (!read_reply(t, t->peer->client->params->rcpt_timeout, "sending RCPT TO", to_rcpt, &verdict))
            return false;
        if (mail_taken)
            judge_rcpt(t, i, &verdict);
    }
    return true;
}

/* --- the data --- */

/* True when the peer waits for data. */
static bool start_data(struct transaction *t)
{
    struct verdict verdict;
    if (!t->pipelining)
        stream_printf(t->peer->stream, "DATA\r\n");
    if (!read_reply(t, t->peer->client->params->data_init_timeout, "sending DATA command", to_data, &verdict))
        return false;
    if (t->peer->reply.code == 354)
        return true;
    if (verdict.class == VERDICT_OK)
        strange(t, to_data, &verdict);
    decide_rest(t, &verdict);
    return false;
}

/* Half a message must not be taken for a whole one: whatever fails here ends the session without the dot. */
static bool send_content(struct transaction *t)
{
    struct verdict verdict;
    if (!content_write(&t->content, t->peer, &verdict)) {
        t->said_to = NULL;
        return end_session(t, &verdict);
    }
    return true;
}

static void give_up(struct transaction *t)
{
    struct verdict verdict;
    verdict_set(&verdict, 451, "3.0", "queue manager is gone");
    t->said_to = NULL;
    end_session(t, &verdict);
}

static void finish_data(struct transaction *t)
{
    static const char during[] = "sending end of data -- message may be sent more than once";
    int64_t timeout_ms = t->peer->client->params->done_timeout;
    struct verdict verdict;
    if (dispatch_is_given_up(t->dispatch)) {
        give_up(t);
        return;
    }
    stream_printf(t->peer->stream, ".\r\n");
    t->end_sent = true;
    if (!t->peer->client->lmtp) {
        if (read_reply(t, timeout_ms, during, to_end, &verdict))
            decide_rest(t, &verdict);
        t->peer->midway = false;
        return;
    }
    for (size_t i = 0; i < t->request->rcpts_count; i++) {
        if (!t->open[i])
            continue;
        if (!read_reply(t, timeout_ms, during, to_end, &verdict))
            return;
        decide(t, i, &verdict);
    }
    t->peer->midway = false;
}

/* With nobody accepted, a pipelined DATA that was answered with 354 must still be ended: an empty message
 * that no recipient gets (RFC 2920 3.1). Such a peer is not used again. */
static void end_empty_data(struct transaction *t)
{
    struct verdict verdict;
    stream_printf(t->peer->stream, ".\r\n");
    t->peer->unusable = true;
    if (t->peer->client->lmtp)
        stream_flush(t->peer->stream);
    else
        read_reply(t, t->peer->client->params->done_timeout, "ending an empty message", to_end, &verdict);
}

static void run(struct transaction *t)
{
    bool mail_taken;
    if (!clear(t) || !send_mail(t, &mail_taken) || (!mail_taken && !t->pipelining) ||
        !send_rcpts(t, mail_taken))
        return;
    if ((!t->accepted && !t->pipelining) || !start_data(t))
        return;
    if (!t->accepted)
        end_empty_data(t);
    else if (send_content(t))
        finish_data(t);
}

/* --- before and after --- */

/* Recipients whose address the peer does not take are refused, and all with the sender's. False when nobody
 * is left. */
static bool refuse_unspellable(struct transaction *t)
{
    struct verdict verdict;
    bool any = false;
    verdict_set(&verdict, 550, "6.7", "SMTPUTF8 is required, but was not offered by host %s", t->peer->name);
    for (size_t i = 0; i < t->request->rcpts_count; i++) {
        if (t->sender.at && is_asked(t, i))
            any = true;
        else if (t->wanted[i])
            decide(t, i, &verdict);
    }
    return any;
}

/* Who is undecided when the session is over: the peer's farewell or the loss is the reason. */
static void settle(struct transaction *t)
{
    for (size_t i = 0; i < t->request->rcpts_count; i++) {
        if (!undecided(t, i))
            continue;
        decide(t, i, &t->failure);
        t->attempts[i].ambiguous = t->end_sent;
    }
}

static void hand_over(struct transaction *t)
{
    bool passed = smtp_peer_offers(&t->peer->offers, SMTP_EXT_dsn);
    for (size_t i = 0; i < t->request->rcpts_count; i++) {
        if (!t->wanted[i])
            continue;
        t->attempts[i].dsn_passed = passed && t->attempts[i].verdict.class == VERDICT_OK;
        t->dispatch->attempts[i] = t->attempts[i];
    }
    t->dispatch->reached |= t->mail_heard;
}

static struct transaction begin(struct peer *peer, struct dispatch *dispatch)
{
    size_t count = dispatch->request->rcpts_count;
    for (size_t i = 0; i < count; i++) {
        dispatch->scratch[i] = (struct attempt){0};
        dispatch->wanted[i] = dispatch_wants(dispatch, i);
        dispatch->open[i] = false;
    }
    /* UTF-8 in addresses goes with the parameter only (RFC 6531 3.4). */
    bool utf8 = dispatch->request->smtputf8 && smtp_peer_offers(&peer->offers, SMTP_EXT_smtputf8);
    return (struct transaction){
        .peer = peer,
        .dispatch = dispatch,
        .request = dispatch->request,
        .sender = utf8 && dispatch->request->sender.len ? dispatch->request->sender : dispatch->ascii_sender,
        .addresses = utf8 ? dispatch->addresses : dispatch->ascii,
        .with = peer_speaker(peer, dispatch->arena),
        .attempts = dispatch->scratch,
        .wanted = dispatch->wanted,
        .open = dispatch->open,
        .pipelining = smtp_peer_offers(&peer->offers, SMTP_EXT_pipelining),
    };
}

bool transaction_run(struct peer *peer, struct dispatch *dispatch)
{
    struct transaction t = begin(peer, dispatch);
    struct verdict verdict;
    if (!refuse_unspellable(&t)) {
        t.mail_heard = true;
    } else if (content_prepare(&t.content, peer, dispatch, &verdict)) {
        run(&t);
    } else {
        t.mail_heard = true;
        decide_rest(&t, &verdict);
    }
    content_finish(&t.content);
    if (t.over && !t.end_sent && peer->uses)
        return false;
    settle(&t);
    hand_over(&t);
    peer->uses++;
    return true;
}
