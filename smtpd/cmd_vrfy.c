/* SPDX-License-Identifier: BSD-2-Clause */
/* VRFY: RFC 5321 3.5.3. Says of our own addresses whether they could be sent to, of others that it cannot
 * know. */
#include "mail/address.h"
#include "smtpd/access.h"
#include "smtpd/server.h"
#include "smtpd/session.h"

enum { VRFY_MEMORY = 16 * 1024 };

static void verify(struct session *session, struct str text, struct arena *arena)
{
    struct address_parts parts;
    struct verdict verdict;
    if (str_starts(text, STR("<")) && str_ends(text, STR(">")))
        text = str_sub(text, 1, text.len - 2);
    if (!address_parse(text, ADDRESS_TAKE_LOCAL, arena, &parts, &verdict)) {
        session_reply_verdict(session, &verdict);
        return;
    }
    if (parts.domain.len == 0)
        parts.domain = session->server->conf->myorigin;
    struct str address = address_text(&parts, arena);
    struct access_request request = {.session = session,
                                     .subject = SUBJECT_RECIPIENT,
                                     .stage = "VRFY",
                                     .helo = session->helo,
                                     .recipient = address};
    if (!access_decide_rcpt(&request, &verdict))
        session_refuse(session, "VRFY", address, &verdict);
    else
        session_reply(session, 252, "0.0", STR_FMT, STR_ARG(address));
}

static void run_vrfy(struct session *session, struct str args)
{
    if (session->server->params->disable_vrfy) {
        session_reply(session, 502, "5.1", "VRFY command is disabled");
        return;
    }
    if (args.len == 0 || args.len > ADDRESS_LIMIT + 2) {
        session_reply(session, 501, "5.4", "Syntax: VRFY address");
        return;
    }
    struct arena *arena = arena_create(VRFY_MEMORY);
    verify(session, args, arena);
    arena_destroy(arena);
}

const struct command cmd_vrfy = {"VRFY", READY | IN_TRANSACTION | HAVE_RCPT, run_vrfy, .junk = true};
