/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One question of a user about the queue: a line, then the answer, then the end.
 *
 *     list, json              the queue, as mailq and postqueue -j print it
 *     flush                   try all of it now
 *     flush-id ID             this message
 *     flush-site DOMAIN       what is for this domain
 *
 * The answer begins with a line "ok", for a flush with the number of messages behind it, or "no" and why not.
 */
#ifndef SHOWQ_SERVE_H
#define SHOWQ_SERVE_H

#include "conf/params.h"
#include "io/log.h"
#include "io/stream.h"
#include "showq/params.h"
#include "worker/system_user.h"

struct showq {
    const struct showq_params *params;
    const char *queue_directory; /* of the message files */
    const char *qmgr_socket;
    struct match_list *mailq_users, *flush_users; /* owned */
    struct log *log;
};

/* Flushes nothing that the stream does not by itself. */
void showq_converse(struct showq *showq, struct stream *stream, const struct system_user *caller);

#endif
