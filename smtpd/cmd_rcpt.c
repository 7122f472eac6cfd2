/* SPDX-License-Identifier: BSD-2-Clause */
/* RCPT: RFC 5321 4.1.1.3. Who may send to whom is decided here, where all of it is known. */
#include "mail/address.h"
#include "smtp/command.h"
#include "smtpd/access.h"
#include "smtpd/server.h"
#include "smtpd/session.h"
#include "smtpd/txn.h"

static bool read_recipient(struct session *session, struct str args, struct txn_rcpt *rcpt,
                           struct verdict *verdict)
{
    struct txn *txn = session->txn;
    struct str path, params;
    struct address_parts parts;
    struct smtp_offer offer = session_offer(session);
    if (!smtp_path_read(args, STR("TO:"), &path, &params, verdict))
        return false;
    if (params.len && !session->esmtp)
        return verdict_set(verdict, 555, "5.4", "Parameters need EHLO");
    unsigned rules = ADDRESS_TAKE_POSTMASTER | (txn->mail.smtputf8 ? ADDRESS_UTF8 : 0) |
                     (session->client.local ? ADDRESS_TAKE_LOCAL : 0);
    if (!smtp_rcpt_params_read(params, &offer, txn->arena, &rcpt->rcpt, verdict) ||
        !address_parse(path, rules, txn->arena, &parts, verdict))
        return false;
    if (parts.domain.len == 0)
        parts.domain = session->server->conf->myorigin;
    rcpt->address = rcpt->rcpt.address = address_text(&parts, txn->arena);
    return true;
}

static bool may_send_to(struct session *session, const struct txn_rcpt *rcpt, struct verdict *verdict)
{
    struct access_request request = {.session = session,
                                     .subject = SUBJECT_RECIPIENT,
                                     .stage = "RCPT",
                                     .helo = session->helo,
                                     .sender = session->txn->sender,
                                     .recipient = rcpt->address};
    return access_decide_rcpt(&request, verdict);
}

static void add_recipient(struct txn *txn, struct txn_rcpt *rcpt)
{
    if (txn->last)
        txn->last->next = rcpt;
    else
        txn->first = rcpt;
    txn->last = rcpt;
    txn->rcpt_count++;
}

static void run_rcpt(struct session *session, struct str args)
{
    struct txn *txn = session->txn;
    struct verdict verdict;
    /* RFC 5321 4.5.3.1.10: too many recipients is 452, so that the client sends the rest in another
     * transaction. */
    struct txn_rcpt *rcpt = arena_try_get(txn->arena, sizeof *rcpt);
    if (!rcpt || txn->rcpt_count >= session_recipient_limit(session) ||
        !arena_has_room(txn->arena, 16 * 1024)) {
        session_reply(session, 452, "5.3", "Too many recipients");
        return;
    }
    if (!read_recipient(session, args, rcpt, &verdict)) {
        session_reply_verdict(session, &verdict);
        return;
    }
    if (!may_send_to(session, rcpt, &verdict)) {
        session_refuse(session, "RCPT", rcpt->address, &verdict);
        return;
    }
    add_recipient(txn, rcpt);
    session_enter(session, HAVE_RCPT);
    session_reply(session, 250, "1.5", "Ok");
}

const struct command cmd_rcpt = {"RCPT", IN_TRANSACTION | HAVE_RCPT, run_rcpt};
