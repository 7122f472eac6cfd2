/* SPDX-License-Identifier: BSD-2-Clause */
/* MAIL: RFC 5321 4.1.1.2. Begins the transaction. */
#include "mail/address.h"
#include "smtp/command.h"
#include "smtpd/access.h"
#include "smtpd/server.h"
#include "smtpd/session.h"
#include "smtpd/txn.h"

static bool read_sender(struct session *session, struct txn *txn, struct str args, struct verdict *verdict)
{
    struct str path, params;
    struct address_parts parts;
    struct smtp_offer offer = session_offer(session);
    offer.auth = STR("");
    if (!smtp_path_read(args, STR("FROM:"), &path, &params, verdict))
        return false;
    if (params.len && !session->esmtp)
        return verdict_set(verdict, 555, "5.4", "Parameters need EHLO");
    if (!smtp_mail_params_read(params, &offer, txn->arena, &txn->mail, verdict))
        return false;
    unsigned rules = ADDRESS_TAKE_NULL | ADDRESS_IS_SENDER | (txn->mail.smtputf8 ? ADDRESS_UTF8 : 0) |
                     (session->client.local ? ADDRESS_TAKE_LOCAL : 0);
    if (!address_parse(path, rules, txn->arena, &parts, verdict))
        return false;
    if (!parts.null && parts.domain.len == 0)
        parts.domain = session->server->conf->myorigin;
    txn->sender = parts.null ? STR("") : address_text(&parts, txn->arena);
    txn->mail.sender = txn->sender;
    return true;
}

/* RFC 1870 6.1: what was announced over the limit is refused before it is sent. */
static bool check_size(const struct session *session, const struct txn *txn, struct verdict *verdict)
{
    uint64_t limit = (uint64_t)session->server->conf->message_size_limit;
    if (limit && txn->mail.size > limit)
        return verdict_set(verdict, 552, "3.4", "Message size exceeds fixed limit");
    return intake_has_room(session->server->intake, txn->mail.size, verdict);
}

/* With smtpd_delay_reject the list is asked at RCPT. */
static bool check_access(struct session *session, const struct txn *txn, struct verdict *verdict)
{
    struct access_request request = {.session = session,
                                     .subject = SUBJECT_SENDER,
                                     .stage = "MAIL",
                                     .helo = session->helo,
                                     .sender = txn->sender};
    return session->server->params->delay_reject ||
           access_decide(session->server->access.sender, &request, verdict);
}

static void run_mail(struct session *session, struct str args)
{
    struct verdict verdict;
    struct txn *txn = txn_create(session_recipient_limit(session));
    if (!read_sender(session, txn, args, &verdict) || !check_size(session, txn, &verdict)) {
        session_refuse(session, "MAIL", STR(""), &verdict);
        txn_destroy(txn);
        return;
    }
    session->txn = txn;
    session_enter(session, IN_TRANSACTION);
    if (!check_access(session, txn, &verdict)) {
        session_refuse(session, "MAIL", STR(""), &verdict);
        session_enter(session, READY);
        return;
    }
    session_reply(session, 250, "1.0", "Ok");
}

const struct command cmd_mail = {"MAIL", READY, run_mail};
