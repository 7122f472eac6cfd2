/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * auth as a server: connections of smtpd and login, the exchanges on them, the log line and the late answer
 * of each attempt, and the ticket that tells master whose session may be opened. The deciding is the
 * engine's.
 */
#ifndef AUTH_SERVER_H
#define AUTH_SERVER_H

#include <sys/types.h>

#include "auth/engine.h"
#include "io/log.h"
#include "wire/sender.h"

struct auth_params;
struct conf_params;

struct server {
    const struct auth_params *params;
    const struct conf_params *conf;
    struct engine_options options;
    struct engine *engine; /* owned */
    struct log *log;
    struct sender master; /* fd -1: alone, no tickets */
    uid_t uid;            /* of sessions */
    gid_t gid;
};

/* Serves a connection until its end; owns fd. */
void server_serve(struct server *server, int fd);

/* ticket.c: makes a ticket for the exchange's user and gives it to master. False with *verdict. */
bool ticket_give(struct server *server, const struct exchange *exchange, char ticket[AUTH_TICKET_SIZE],
                 struct verdict *verdict);

#endif
