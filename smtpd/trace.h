/* SPDX-License-Identifier: BSD-2-Clause */
/* The Received field that smtpd puts in front: RFC 5321 4.4. */
#ifndef SMTPD_TRACE_H
#define SMTPD_TRACE_H

#include "base/arena.h"

struct session;

/* For the session's transaction, with CRLF; from the arena. */
struct str trace_field(const struct session *session, struct arena *arena);

#endif
