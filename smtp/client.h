/* SPDX-License-Identifier: BSD-2-Clause */
/* What all deliveries of one smtp process share. */
#ifndef SMTP_CLIENT_H
#define SMTP_CLIENT_H

#include "conf/params.h"
#include "dns/lookup.h"
#include "io/log.h"
#include "io/task.h"
#include "smtp/params.h"
#include "smtp/peer.h"
#include "wire/deliver.h"
#include "wire/delivered.h"

struct tls_context;

struct client {
    const struct smtp_params *params;
    const struct conf_params *conf;
    struct log *log;
    struct dns_client *dns;  /* owned */
    struct tls_context *tls; /* owned; NULL: no TLS */
    bool tls_required;
    bool lmtp;         /* the service is named lmtp, or the transport's name says so */
    struct peer *idle; /* kept sessions */
    size_t idle_count;
    struct gate idle_gate;
    struct loop *loop;
    uint16_t port, lmtp_port;
};

/* --- targets.c: from a next hop to addresses --- */

struct targets {
    struct target *at;
    size_t count;
};
/* MX and A/AAAA (RFC 5321 5.1), null MX (RFC 7505), [host] and host:port without MX; our own name or address
 * among the MX hosts ends the list (5.4.6 when it would be empty). From the arena. */
bool targets_find(struct client *client, struct str nexthop, bool lmtp, struct arena *arena,
                  struct targets *targets, struct verdict *verdict);

/* --- cache.c --- */

struct peer *cache_take(struct client *client, struct str nexthop);
/* Keeps or ends it. */
void cache_keep(struct client *client, struct peer *peer);
/* Ends sessions that were idle too long; a task for the life of the process. */
void cache_task(void *client);

/* --- transaction.c --- */

/* One transaction for a request's recipients; fills an outcome for each. False when the session broke before
 * anything was decided and another may be tried. */
bool transaction_run(struct peer *peer, const struct deliver *request, int file, struct arena *arena,
                     struct outcome *outcomes);

/* --- deliver.c --- */

/* Carries out a request: finds targets, tries sessions, fills *answer. Texts from the arena. */
void deliver_request(struct client *client, const struct deliver *request, int file, struct arena *arena,
                     struct delivered *answer);

struct outcome outcome_from(const struct verdict *verdict, uint64_t index, struct str remote,
                            struct arena *arena);

#endif
