/* SPDX-License-Identifier: BSD-2-Clause */
/* IDLE (RFC 2177): the client waits, we tell what happens, until it says DONE. */
#include <malloc.h>

#include "imapd/session.h"
#include "io/task.h"

enum { DONE_LIMIT = 80 };

/* False when the wait is to end without DONE. */
static bool look(struct imap_session *session, int64_t *still_here)
{
    int64_t interval = session->params->still_here_interval;
    if (session->mailbox) {
        imap_report(session, true);
        if (session->state == IMAP_LOGOUT)
            return false;
    }
    if (interval > 0 && time_monotonic_ms() >= *still_here) {
        imap_send(session, "OK Still here");
        *still_here = deadline_in(interval);
    }
    return true;
}

/* Waits for the client to say something. */
static bool wait_for_done(struct imap_session *session)
{
    int64_t end = deadline_in(session->params->timeout);
    int64_t still_here = deadline_in(session->params->still_here_interval);
    do {
        if (!look(session, &still_here))
            return false;
        imap_flush(session, false);
        if (time_monotonic_ms() >= end) {
            imap_send(session, "BYE Disconnected for inactivity");
            session->state = IMAP_LOGOUT;
            return false;
        }
    } while (!imap_wait_news(session));
    return true;
}

static void run_idle(struct imap_session *session)
{
    struct str line;
    if (!imap_lex_end(&session->lexer))
        return;
    stream_write(session->stream, STR("+ idling\r\n"));
    stream_flush(session->stream);
    malloc_trim(0); /* most sessions idle most of the time: what the commands before took goes back */
    if (!wait_for_done(session))
        return;
    enum stream_status status = stream_line(session->stream, DONE_LIMIT, &line);
    if (status != STREAM_OK && status != STREAM_TOO_LONG)
        session->lexer.status = IMAP_LEX_CLOSED;
    else if (status == STREAM_OK && str_eq_nocase(str_trim(line), STR("DONE")))
        imap_ok(session, NULL, "Idle ended");
    else
        imap_bad(session, "DONE expected");
}

const struct imap_command cmd_idle = {run_idle, 0, "IDLE"};
