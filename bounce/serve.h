/* SPDX-License-Identifier: BSD-2-Clause */
/* The conversation with qmgr: requests in, answers out, one at a time. */
#ifndef BOUNCE_SERVE_H
#define BOUNCE_SERVE_H

#include "bounce/notice.h"
#include "io/log.h"

/* Packet kinds on private/bounce. */
enum { BOUNCE_REPORT = 1, BOUNCE_REPORTED = 2 };

/* What stays the same from request to request. */
struct bounce {
    const struct bounce_params *params;
    struct str host, origin;
    struct log *log;
};

/* Answers requests until the peer goes away, is silent for a minute or sends what is no request. Borrows the
 * socket. */
void bounce_converse(const struct bounce *bounce, int socket);

#endif
