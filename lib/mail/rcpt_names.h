/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * $user, $home and the like in RAW parameters: what they are of one recipient. What comes from outside is
 * made harmless on the way in.
 */
#ifndef MAIL_RCPT_NAMES_H
#define MAIL_RCPT_NAMES_H

#include "base/arena.h"
#include "base/verdict.h"

struct rcpt_names {
    struct str user, home, shell;                   /* of the system's user; empty when there is none */
    struct str recipient, local, domain, extension; /* the address, and what it is made of */
    struct str delimiter;                           /* the octet in front of the extension */
    struct str allowed; /* octets that may stand in values, others become '_'; empty: all may */
};

/* Expands, reference: postfix.md rule 16. False with *verdict (4.3.5) for a text that is malformed. */
bool rcpt_names_expand(const struct rcpt_names *names, struct str raw, struct arena *arena, struct str *value,
                       struct verdict *verdict);
/* A value with '_' for what may not stand in it. */
struct str rcpt_names_filter(struct str value, struct str allowed, struct arena *arena);

#endif
