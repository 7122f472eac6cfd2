/* SPDX-License-Identifier: BSD-2-Clause */
/* AUTH: RFC 4954. Once in a session, not in a transaction, and where TLS is demanded only under it. */
#include "smtpd/auth_client.h"
#include "smtpd/server.h"
#include "smtpd/session.h"

static void run_auth(struct session *session, struct str args)
{
    struct str mechanism, initial = args;
    if (!session->server->auth || !session->esmtp) {
        session_reply(session, 503, "5.1", "Authentication not enabled");
        return;
    }
    if (session->auth_user.len) {
        session_reply(session, 503, "5.1", "Already authenticated");
        return;
    }
    if (!session_has_tls(session) && session->server->params->tls_auth_only) {
        session_reply(session, 538, "7.11", "Encryption required for requested authentication mechanism");
        return;
    }
    if (!str_word(&initial, " ", &mechanism)) {
        session_reply(session, 501, "5.4", "Syntax: AUTH mechanism");
        return;
    }
    if (!str_has_word(session_offer(session).auth, mechanism)) {
        session_reply(session, 504, "5.4", "Unrecognized authentication type");
        return;
    }
    initial = str_trim(initial);
    auth_client_run(session->server->auth, session, mechanism, initial.len ? initial : (struct str){NULL, 0});
}

const struct command cmd_auth = {"AUTH", READY, run_auth, .ends_group = true};
