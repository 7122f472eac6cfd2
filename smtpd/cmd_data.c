/* SPDX-License-Identifier: BSD-2-Clause */
/* DATA: RFC 5321 4.1.1.4. The end of data is found by smtp/data.h, and nothing else ends it. */
#include "smtp/reply.h"
#include "smtpd/collect.h"
#include "smtpd/session.h"

static void run_data(struct session *session, struct str args)
{
    struct verdict verdict;
    if (args.len) {
        session_reply(session, 501, "5.4", "Syntax: DATA");
        return;
    }
    if (!collect_begin(session, &verdict)) {
        session_reply_verdict(session, &verdict);
        return;
    }
    smtp_reply_write(session->stream, 354, NULL, STR("End data with <CR><LF>.<CR><LF>"));
    if (stream_flush(session->stream) == STREAM_OK)
        collect_data(session);
    else
        session_enter(session, READY);
}

const struct command cmd_data = {"DATA", HAVE_RCPT, run_data, .ends_group = true};
