/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the message came from, in the words of RFC 5321 4.4 and the order that tools expect. */
#include "smtpd/trace.h"

#include "base/clock.h"
#include "io/tls.h"
#include "mail/date.h"
#include "smtpd/server.h"
#include "smtpd/session.h"
#include "smtpd/txn.h"

static void add_client(const struct session *session, struct buf *out)
{
    const struct client *client = &session->client;
    const char *v6 = str_contains(client->ip, ':') ? "IPv6:" : "";
    if (client->local)
        buf_printf(out, "Received: from localhost (local user " STR_FMT ")\r\n", STR_ARG(client->user));
    else
        buf_printf(out, "Received: from " STR_FMT " (" STR_FMT " [%s" STR_FMT "])\r\n",
                   STR_ARG(session->helo), STR_ARG(client->name), v6, STR_ARG(client->ip));
}

static void add_security(const struct session *session, struct buf *out)
{
    const struct smtpd_params *params = session->server->params;
    const struct tls_info *tls = stream_tls(session->stream);
    if (tls && params->tls_received_header)
        buf_printf(out, "\t(using %s with cipher %s (%d bits))\r\n", tls->protocol, tls->cipher, tls->bits);
    if (session->auth_user.len && params->sasl_authenticated_header)
        buf_printf(out, "\t(Authenticated sender: " STR_FMT ")\r\n", STR_ARG(session->auth_user));
}

struct str trace_field(const struct session *session, struct arena *arena)
{
    enum { TRACE_LIMIT = 4096 };
    const struct txn *txn = session->txn;
    struct mail_date now = mail_date_here(clock_now_us() / 1000000);
    struct buf out;
    buf_init(&out, TRACE_LIMIT);
    add_client(session, &out);
    add_security(session, &out);
    buf_printf(&out, "\tby " STR_FMT " (Relais) with %s id " STR_FMT,
               STR_ARG(session->server->conf->myhostname), session_with(session), STR_ARG(txn->queue_id));
    /* RFC 5321 7.6: with several recipients, naming one would show the others' copies. */
    if (txn->rcpt_count == 1)
        buf_printf(&out, "\r\n\tfor <" STR_FMT ">", STR_ARG(txn->first->address));
    buf_add_text(&out, "; ");
    mail_date_print(&now, &out);
    buf_add_text(&out, "\r\n");
    struct str field = arena_copy(arena, buf_str(&out));
    buf_finish(&out);
    return field;
}
