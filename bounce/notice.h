/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A notice is one delivery status notification as a queue file: what bounce makes of a request. It works on
 * two descriptors and touches nothing else.
 */
#ifndef BOUNCE_NOTICE_H
#define BOUNCE_NOTICE_H

#include "base/arena.h"
#include "base/verdict.h"
#include "bounce/params.h"
#include "mail/envelope.h"
#include "wire/report.h"

struct notice {
    const struct bounce_params *params;
    struct str host;         /* our name: Reporting-MTA */
    struct str origin;       /* domain of the notification's From */
    struct arena *arena;     /* for what dies with the request */
    int64_t now_us;          /* microseconds since 1970 */
    struct envelope written; /* filled: the envelope of the fresh file; texts in the arena */
    uint64_t size;           /* filled: octets of header and body */
};

/* Writes the notification about `report` into the empty file `fresh` (opened for writing) and syncs it.
 * original: the queue file, read-only. False with a verdict: 5xx when this can never be reported (no sender,
 * a request that makes no sense), 4xx when the system failed; the fresh file is then to be removed by whoever
 * made it. */
bool notice_write(struct notice *notice, const struct report *report, int original, int fresh,
                  struct verdict *verdict);

#endif
