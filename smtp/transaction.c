/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MAIL, RCPT, DATA and what comes of them: one verdict for each recipient. With PIPELINING (RFC 2920) MAIL,
 * all RCPT and DATA go out in one packet; the replies are read in order. LMTP answers the data once for each
 * accepted recipient (RFC 2033 4.2).
 */
#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "io/file.h"
#include "io/task.h"
#include "smtp/client.h"
#include "smtp/data.h"

enum { PIECE = 64 * 1024 };

struct transaction {
    struct peer *peer;
    const struct deliver *request;
    int file;
    struct arena *arena;
    struct outcome *outcomes;
    bool *open; /* RCPT was accepted, the data not yet answered */
    size_t accepted;
    bool pipelining;
    bool broken;    /* the session is over */
    bool data_sent; /* the end of data went out: a loss now leaves it open whether it was taken */
    struct verdict failure;
};

struct outcome outcome_from(const struct verdict *verdict, uint64_t index, struct str remote,
                            struct arena *arena)
{
    return (struct outcome){
        .index = index,
        .class = verdict->class,
        .code = verdict->code,
        .subject = verdict->subject,
        .detail = verdict->detail,
        .text = arena_copy(arena, str_of(verdict->text)),
        .remote = remote.len ? arena_copy(arena, remote) : STR(""),
    };
}

static void decide(struct transaction *transaction, size_t i, const struct verdict *verdict, bool by_peer)
{
    struct str remote = by_peer ? str_of(transaction->peer->host) : STR("");
    transaction->outcomes[i] =
        outcome_from(verdict, transaction->request->rcpts[i].index, remote, transaction->arena);
    transaction->open[i] = false;
}

static void decide_all_open(struct transaction *transaction, const struct verdict *verdict, bool by_peer,
                            bool only_accepted)
{
    for (size_t i = 0; i < transaction->request->rcpts_count; i++)
        if (transaction->open[i] || (!only_accepted && transaction->outcomes[i].class == 0))
            decide(transaction, i, verdict, by_peer);
}

/* What the message needs and the peer lacks. */
static bool peer_is_able(const struct transaction *transaction, struct verdict *verdict)
{
    const struct deliver *request = transaction->request;
    const struct smtp_peer *offers = &transaction->peer->offers;
    if (request->smtputf8 && !smtp_peer_offers(offers, SMTP_EXT_smtputf8))
        return verdict_set(verdict, 550, "6.7", "SMTPUTF8 is required, but was not offered by host %s",
                           transaction->peer->name);
    if (request->eight_bit && !smtp_peer_offers(offers, SMTP_EXT_eightbitmime))
        return verdict_set(verdict, 550, "6.3", "8BITMIME is required, but was not offered by host %s",
                           transaction->peer->name);
    if (offers->size_limit && request->size > offers->size_limit)
        return verdict_set(verdict, 552, "3.4", "message size exceeds the limit of host %s",
                           transaction->peer->name);
    return true;
}

static void write_mail(struct transaction *transaction)
{
    const struct deliver *request = transaction->request;
    struct smtp_mail mail = {.size = request->size,
                             .eight_bit = request->eight_bit,
                             .smtputf8 = request->smtputf8,
                             .ret = (unsigned)request->ret,
                             .envid = request->envid};
    struct buf line;
    buf_init(&line, 4096);
    buf_printf(&line, "MAIL FROM:<" STR_FMT ">", STR_ARG(request->sender));
    smtp_mail_params_write(&transaction->peer->offers, &mail, &line);
    buf_add_text(&line, "\r\n");
    stream_write(transaction->peer->stream, buf_str(&line));
    buf_finish(&line);
}

static void write_rcpt(struct transaction *transaction, const struct recipient *recipient)
{
    struct smtp_rcpt rcpt = {
        .address = recipient->address, .notify = (unsigned)recipient->notify, .orcpt = recipient->orcpt};
    struct buf line;
    buf_init(&line, 4096);
    buf_printf(&line, "RCPT TO:<" STR_FMT ">", STR_ARG(recipient->address));
    smtp_rcpt_params_write(&transaction->peer->offers, &rcpt, &line);
    buf_add_text(&line, "\r\n");
    stream_write(transaction->peer->stream, buf_str(&line));
    buf_finish(&line);
}

static bool read_reply(struct transaction *transaction, int64_t timeout_ms, struct verdict *verdict)
{
    if (!peer_reply(transaction->peer, timeout_ms, verdict)) {
        transaction->broken = true;
        transaction->failure = *verdict;
        return false;
    }
    smtp_reply_to_verdict(&transaction->peer->reply, verdict);
    if (transaction->peer->reply.code == 421) /* the session ends with this reply (RFC 5321 3.8) */
        transaction->broken = true;
    return true;
}

/* The reply to one RCPT. A 552 there means too many recipients, which is temporary (RFC 5321 4.5.3.1.10). */
static bool take_rcpt_reply(struct transaction *transaction, size_t i)
{
    struct verdict verdict;
    if (!read_reply(transaction, transaction->peer->client->params->command_timeout, &verdict))
        return false;
    if (verdict.code == 552) {
        verdict.code = 452;
        verdict.class = VERDICT_DEFER;
    }
    if (verdict.class == VERDICT_OK) {
        transaction->open[i] = true;
        transaction->accepted++;
    } else {
        decide(transaction, i, &verdict, true);
    }
    return !transaction->broken;
}

static bool send_recipients(struct transaction *transaction)
{
    const struct deliver *request = transaction->request;
    struct verdict mail;
    bool pipelining = transaction->pipelining;
    write_mail(transaction);
    for (size_t i = 0; pipelining && i < request->rcpts_count; i++)
        write_rcpt(transaction, &request->rcpts[i]);
    if (pipelining)
        stream_printf(transaction->peer->stream, "DATA\r\n");
    if (!read_reply(transaction, transaction->peer->client->params->command_timeout, &mail))
        return false;
    if (mail.class != VERDICT_OK)
        decide_all_open(transaction, &mail, true, false);
    if (mail.class != VERDICT_OK && (!pipelining || transaction->broken))
        return false;
    for (size_t i = 0; i < request->rcpts_count; i++) {
        if (!pipelining)
            write_rcpt(transaction, &request->rcpts[i]);
        if (mail.class == VERDICT_OK ? !take_rcpt_reply(transaction, i)
                                     : !read_reply(transaction, 60000, &mail))
            return false;
        if (mail.class == VERDICT_OK && transaction->outcomes[i].class == 0 && !transaction->open[i])
            return false;
    }
    return true;
}

/* The fields a forwarded copy is given, so that a loop is seen (RFC 9228). */
static void write_forward_fields(struct transaction *transaction)
{
    struct str address = transaction->request->rcpts[0].delivered_to;
    if (address.len)
        stream_printf(transaction->peer->stream, "Delivered-To: " STR_FMT "\r\n", STR_ARG(address));
}

static bool write_dotted(struct transaction *transaction)
{
    const struct deliver *request = transaction->request;
    char *piece = memory_get(PIECE);
    struct buf out;
    bool line_start = true, sent = true;
    buf_init(&out, 2 * PIECE);
    for (uint64_t at = 0; sent && at < request->size;) {
        size_t len = request->size - at < PIECE ? (size_t)(request->size - at) : PIECE;
        sent = file_pread_all(transaction->file, piece, len, (off_t)(request->offset + at));
        smtp_data_write(str_make(piece, sent ? len : 0), &line_start, &out);
        stream_write(transaction->peer->stream, buf_str(&out));
        buf_clear(&out);
        at += len;
    }
    buf_finish(&out);
    free(piece);
    return sent;
}

static bool write_data(struct transaction *transaction)
{
    const struct deliver *request = transaction->request;
    struct stream *stream = transaction->peer->stream;
    stream_set_timeout(stream, transaction->peer->client->params->data_timeout);
    write_forward_fields(transaction);
    if (request->dot_lines)
        return write_dotted(transaction);
    stream_send_file(stream, transaction->file, (off_t)request->offset, (size_t)request->size);
    return true;
}

static bool start_data(struct transaction *transaction)
{
    struct verdict verdict;
    if (!transaction->pipelining) {
        if (transaction->accepted == 0)
            return false;
        stream_printf(transaction->peer->stream, "DATA\r\n");
    }
    if (!read_reply(transaction, transaction->peer->client->params->command_timeout, &verdict))
        return false;
    if (transaction->peer->reply.code == 354)
        return true;
    if (verdict.class == VERDICT_OK)
        verdict_set(&verdict, 450, "5.0", "strange reply to DATA");
    decide_all_open(transaction, &verdict, true, true);
    return false;
}

static void finish_data(struct transaction *transaction)
{
    const struct deliver *request = transaction->request;
    int64_t timeout_ms = transaction->peer->client->params->done_timeout;
    struct verdict verdict;
    stream_printf(transaction->peer->stream, ".\r\n");
    transaction->data_sent = true;
    if (!transaction->peer->client->lmtp) {
        if (read_reply(transaction, timeout_ms, &verdict))
            decide_all_open(transaction, &verdict, true, true);
        return;
    }
    for (size_t i = 0; i < request->rcpts_count; i++) {
        if (!transaction->open[i])
            continue;
        if (!read_reply(transaction, timeout_ms, &verdict))
            return;
        decide(transaction, i, &verdict, true);
    }
}

/* With nobody accepted, a pipelined DATA that was answered with 354 must still be ended: an empty message
 * that no recipient gets (RFC 2920 3.1). */
static void run(struct transaction *transaction)
{
    if (!send_recipients(transaction) || !start_data(transaction))
        return;
    if (transaction->accepted && !write_data(transaction)) {
        /* Our file could not be read: the peer must not take half a message for a whole one. */
        verdict_system(&transaction->failure, "queue file read error", errno);
        decide_all_open(transaction, &transaction->failure, false, true);
        transaction->broken = true;
        transaction->peer->unusable = true;
        return;
    }
    finish_data(transaction);
}

static void note_dsn(struct transaction *transaction)
{
    bool passed = smtp_peer_offers(&transaction->peer->offers, SMTP_EXT_dsn);
    for (size_t i = 0; i < transaction->request->rcpts_count; i++)
        transaction->outcomes[i].dsn_passed = passed && transaction->outcomes[i].class == VERDICT_OK;
}

bool transaction_run(struct peer *peer, const struct deliver *request, int file, struct arena *arena,
                     struct outcome *outcomes)
{
    struct transaction transaction = {
        .peer = peer,
        .request = request,
        .file = file,
        .arena = arena,
        .outcomes = outcomes,
        .open = arena_array(arena, request->rcpts_count, sizeof(bool)),
        .pipelining = smtp_peer_offers(&peer->offers, SMTP_EXT_pipelining),
    };
    struct verdict verdict;
    if (!peer_is_able(&transaction, &verdict)) {
        decide_all_open(&transaction, &verdict, false, false);
        return true;
    }
    run(&transaction);
    bool undecided = false;
    for (size_t i = 0; i < request->rcpts_count; i++)
        undecided |= outcomes[i].class == 0;
    if (undecided && !transaction.data_sent && peer->uses)
        return false; /* a kept session that had ended: another is tried */
    if (undecided) {
        if (!transaction.broken)
            verdict_set(&transaction.failure, 451, "5.0", "protocol error with %s", peer->name);
        else if (transaction.data_sent)
            verdict_set(&transaction.failure, 421, "4.2",
                        "lost connection with %s after the end of data -- message may be sent more than once",
                        peer->name);
        decide_all_open(&transaction, &transaction.failure, false, false);
    }
    note_dsn(&transaction);
    return true;
}
