/* SPDX-License-Identifier: BSD-2-Clause */
/* What sendmail(1) needs to know of the system it stands in. */
#ifndef TOOLS_SENDMAIL_PLACE_H
#define TOOLS_SENDMAIL_PLACE_H

#include "base/arena.h"
#include "base/str.h"

struct place {
    struct str queue_directory, drop_directory;
    struct str origin;                            /* myorigin: the domain of addresses without one */
    struct str submitters;                        /* authorized_submit_users */
    uint64_t message_size_limit, drop_size_limit; /* octets; 0: none */
    struct str user;      /* login name of the caller; empty when there is no account */
    struct str full_name; /* from the caller's account; may be empty */
};

/* From the configuration ($MAIL_CONFIG or the default directory) and the caller's account. False with *why.
 */
bool place_load(struct arena *arena, struct place *place, const char **why);
/* $queue_directory/public/<service>, from the arena. */
const char *place_socket(const struct place *place, const char *service, struct arena *arena);

#endif
