/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control channel between master and each worker (descriptor 3): one packet a message, kind first
 * (wire/channel.h). Its end means that the other side is gone. Session programs have none.
 */
#ifndef WORKER_CONTROL_H
#define WORKER_CONTROL_H

enum control_kind {
    CONTROL_DRAIN = 1,   /* master: control_drain */
    CONTROL_TICKET = 2,  /* auth: control_ticket */
    CONTROL_SESSION = 3, /* login: control_session, descriptors: the connection */
    CONTROL_ANSWER = 4,  /* master to login or local: control_answer */
    CONTROL_AGENT = 5,   /* local: control_agent, descriptors: the agent's end of the line */
};

/* Where a worker finds what (worker.h). */
enum worker_fd {
    WORKER_FD_CONTROL = 3,
    WORKER_FD_SNAPSHOT = 4,
    WORKER_FD_LOG = 5,
    WORKER_FD_FIRST = 6, /* first listening socket; of a session program, or an agent: the connection */
    SESSION_FD_HANDOVER = 7,
};

enum { CONTROL_TICKET_SIZE = 16, CONTROL_TICKET_MS = 60000 };

#endif
