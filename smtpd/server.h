/* SPDX-License-Identifier: BSD-2-Clause */
/* What all sessions of one smtpd process share: parameters, tables, TLS, the way into the queue, the line to
 * auth. */
#ifndef SMTPD_SERVER_H
#define SMTPD_SERVER_H

#include "conf/params.h"
#include "intake/intake.h"
#include "io/boot.h"
#include "io/log.h"
#include "mail/queueid.h"
#include "map/match.h"
#include "route/router.h"
#include "smtpd/params.h"

struct access_list;
struct auth_client;
struct dns_client;
struct route_params;
struct session;
struct tls_context;

struct metrics;

struct server {
    struct metrics *metrics; /* may be NULL */
    const struct smtpd_params *params;
    const struct conf_params *conf;
    struct log *log;
    struct intake *intake;         /* owned */
    struct router *router;         /* owned */
    struct match_list *mynetworks; /* owned */
    struct match_list *submitters; /* owned: authorized_submit_users */
    struct match_list *forbidden;  /* owned; words that are no commands */
    struct tls_context *tls;       /* owned; NULL: no TLS */
    struct auth_client *auth;      /* owned; NULL: no AUTH */
    struct dns_client *dns;        /* owned; NULL: clients are not looked up */
    struct queue_id_maker ids;
    char boot[BOOT_ID_LENGTH + 1]; /* this start of the machine */
    struct {                       /* owned; parsed once */
        struct access_list *client, *helo, *sender, *relay, *recipient;
    } access;
    bool lmtp;
    bool tls_required; /* smtpd_tls_security_level = encrypt */
    bool ending;       /* no session is to begin anything more */
    struct session *sessions;
    struct tally *clients; /* owned; sessions by the client's address */
};

/* With conf and params set: the protocol, the tables and the lists of restrictions, which live in the arena.
 */
bool server_open_tables(struct server *server, const struct route_params *route, struct arena *arena,
                        struct verdict *verdict);
/* As map_take_notes for all of them. */
void server_take_notes(struct server *server, map_note_fn *fn, void *arg);

#endif
