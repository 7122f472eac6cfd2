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
    bool tls_verified; /* a certificate that is not good ends the handshake */
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
    bool we_are_mx; /* hosts were left out because we are one of the destination's */
};
/* MX and A/AAAA (RFC 5321 5.1), null MX (RFC 7505), [host] and host:port without MX; our own name among the
 * MX hosts ends the list (5.4.6 when it would be empty). From the arena. */
bool targets_find(struct client *client, struct str nexthop, bool lmtp, struct arena *arena,
                  struct targets *targets, struct verdict *verdict);

/* --- cache.c --- */

/* A session to this next hop that seems to live; NULL when there is none. */
struct peer *cache_take(struct client *client, struct str nexthop);
/* Keeps or ends it. */
void cache_keep(struct client *client, struct peer *peer);
/* Ends sessions that were idle too long; a task for the life of the process. */
void cache_task(void *client);

/* --- deliver.c --- */

/* Who a session was with, for logs and reports; outlives the session. */
struct speaker {
    const char *relay; /* "host[ip]:port" */
    const char *name;  /* "host[ip]" */
    const char *host;
};

/* One recipient of a request, over all hosts that are tried for it. */
struct attempt {
    struct verdict verdict;     /* the last host's word; class 0: none yet */
    const struct speaker *with; /* whom the session was with; NULL: there was none */
    const char *said_to;        /* the command that its reply was to; NULL: the verdict is ours */
    bool ambiguous;             /* the end of the data went out and no reply came: the host may have it */
    bool dsn_passed;
};

/* A request under way. */
struct dispatch {
    struct client *client;
    const struct deliver *request;
    int file;
    struct arena *arena;      /* texts */
    struct attempt *attempts; /* one for each recipient */
    struct attempt *scratch;  /* a transaction's, until it is known that it counts */
    struct str *addresses;    /* the recipients' */
    /* The same with domains in A-labels, for hosts without SMTPUTF8 (RFC 6531 3.2); at NULL: a local part
     * cannot be spelled so. */
    struct str *ascii, ascii_sender;
    bool *wanted, *open;  /* a transaction's */
    bool tried, reached;  /* a host was tried; one answered MAIL */
    const bool *given_up; /* as in struct order */
};

/* What qmgr wants to have delivered. */
struct order {
    const struct deliver *request;
    int file;             /* the message's */
    const bool *given_up; /* becomes true when nobody waits for the answer any more; NULL: it does not */
};

/* Carries out an order: finds targets, tries sessions, fills *answer. Texts from the arena. When it is given
 * up, no host hears the end of the message any more: the next qmgr has it delivered. */
void deliver_order(struct client *client, const struct order *order, struct arena *arena,
                   struct delivered *answer);
bool dispatch_is_given_up(const struct dispatch *dispatch);
/* No host has said yes or a final no to recipient i, and none may have it. */
bool dispatch_wants(const struct dispatch *dispatch, size_t i);

/* --- transaction.c --- */

/* One transaction for the recipients that dispatch_wants: each has an outcome then. False, and nothing is
 * changed, when a kept session had ended meanwhile: another is to be tried. */
bool transaction_run(struct peer *peer, struct dispatch *dispatch);

/* --- content.c --- */

/* What goes out as the message, for one peer. */
struct content {
    struct dispatch *dispatch;
    struct arena *arena;         /* owned; the conversion's, NULL without one */
    struct sevenbit *conversion; /* owned; NULL: as it is in the queue file */
    uint64_t size;               /* octets, for SIZE */
};
/* Sees what the peer takes and what the message needs: it is converted where that helps (mail/sevenbit.h).
 * False with *verdict when it does not, when the message is too large for the peer, or when our file cannot
 * be read. content_finish in any case. */
bool content_prepare(struct content *content, const struct peer *peer, struct dispatch *dispatch,
                     struct verdict *verdict);
void content_finish(struct content *content);
/* Writes it without the last dot. False with *verdict when our file cannot be read or the session broke. */
bool content_write(const struct content *content, struct peer *peer, struct verdict *verdict);

#endif
