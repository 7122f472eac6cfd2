/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * STARTTLS: RFC 3207. The stream refuses to begin with input buffered, and everything learned before is
 * forgotten (4.2). A handshake that fails ends the connection: it never goes on in clear text.
 */
#include "io/task.h"
#include "io/tls.h"
#include "smtpd/server.h"
#include "smtpd/session.h"

static void run_starttls(struct session *session, struct str args)
{
    const struct server *server = session->server;
    if (args.len) {
        session_reply(session, 501, "5.4", "Syntax: STARTTLS");
        return;
    }
    if (!session_offer(session).tls_possible) {
        session_reply(session, session_has_tls(session) ? 503 : 454, session_has_tls(session) ? "5.1" : "7.0",
                      session_has_tls(session) ? "TLS is on" : "TLS not available");
        return;
    }
    if (stream_buffered(session->stream).len) { /* sent in clear text, meant to be read as if under TLS */
        session_reply(session, 501, "5.1", "Nothing may follow STARTTLS");
        session_end(session);
        return;
    }
    session_reply(session, 220, "0.0", "Ready to start TLS");
    stream_flush(session->stream);
    stream_set_deadline(session->stream, deadline_in(server->params->starttls_timeout));
    if (stream_accept_tls(session->stream, server->tls) != STREAM_OK) {
        log_say(session->log, LOG_INFO_LEVEL, STR(""), "SSL_accept error from " STR_FMT "[" STR_FMT "]: %s",
                STR_ARG(session->client.name), STR_ARG(session->client.ip), stream_error(session->stream));
        session_end(session);
        return;
    }
    stream_set_deadline(session->stream, session->deadline);
    session->esmtp = false;
    session->helo = STR("");
    session->auth_user = session->auth_method = STR("");
    session_enter(session, EXPECT_HELLO);
}

const struct command cmd_starttls = {"STARTTLS", READY | EXPECT_HELLO, run_starttls};
