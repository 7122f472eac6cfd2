/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a session program (imapd, pop3d) comes to its conversation: whose it is and what login knows of it,
 * from the hand-over; the client's connection as a stream, with what the client said behind its login in
 * front.
 */
#ifndef WORKER_SESSION_H
#define WORKER_SESSION_H

#include "io/stream.h"
#include "wire/session.h"
#include "worker/worker.h"

/* Takes the connection fd over. *about lives in run_arena. NULL, with a log event and fd closed, when there
 * is no sound hand-over. Alone (--stdio -u USER -H HOME, for the debugger) there is none, and who calls is
 * logged in. */
struct stream *session_take(struct run *run, int fd, size_t input_limit, struct session *about);
/* The log event of the session's end, up to "reason=...": the caller adds its counts and sends it. */
void session_log_end(struct run *run, const struct session *about, const char *reason,
                     struct log_event *event);

#endif
