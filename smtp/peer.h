/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A session with a mail server of another town (RFC 5321 3.1 to 3.3, RFC 2033): connected, greeted, under TLS
 * where wanted, ready for transactions.
 */
#ifndef SMTP_PEER_H
#define SMTP_PEER_H

#include "base/arena.h"
#include "base/verdict.h"
#include "io/listen.h"
#include "io/stream.h"
#include "smtp/extension.h"
#include "smtp/reply.h"

struct client;
struct speaker;

struct target {
    struct str host; /* name as in MX, for TLS and the log; or the address literal */
    struct address address;
    uint16_t port;
    struct str unix_path; /* LMTP by a Unix socket; then the rest is unused but host */
    bool may_be_us;       /* a domain's host at the port of SMTP: who has our name there is ourselves */
};

struct peer {
    struct client *client; /* borrowed */
    struct stream *stream; /* owned; NULL before the connection stands */
    struct arena *arena;   /* owned */
    struct smtp_peer offers;
    struct smtp_reply reply; /* the last one */
    char relay[512];         /* "host[ip]:port", for the log */
    char name[500];          /* "host[ip]" */
    char host[256];          /* the host that speaks, for reports */
    const char *said_to;     /* what its refusal of the session was the reply to; NULL: no reply did that */
    struct str nexthop;      /* of the requests it serves */
    struct peer *next;       /* in the cache */
    unsigned uses;           /* transactions that are over */
    bool midway;             /* MAIL was taken and its transaction not ended: RSET must go before the next */
    bool may_be_us;          /* as the target's */
    bool unusable;           /* out of step, or half a message was sent: close without a word */
    int64_t born;            /* monotonic ms */
    int64_t idle_until;
};

/* A session that has not begun; never NULL. nexthop: for the cache. */
struct peer *peer_create(struct client *client, const struct target *target, struct str nexthop);
/* Connects and says hello, under TLS as smtp_tls_security_level wants it. False with *verdict when no session
 * could be had: 5yz when it was refused for good; peer->stream tells whether there was a connection. */
bool peer_begin(struct peer *peer, const struct target *target, struct verdict *verdict);
/* Who it is, in the arena. */
const struct speaker *peer_speaker(const struct peer *peer, struct arena *arena);
/* QUIT without waiting for its reply. NULL is fine. */
void peer_end(struct peer *peer);
/* Sends what was written and reads one reply, all within timeout_ms: who trickles octets gains nothing. False
 * with *verdict (421 4.4.2 "lost connection with NAME while DURING") when the session broke. */
bool peer_reply(struct peer *peer, int64_t timeout_ms, const char *during, struct verdict *verdict);
/* Why the stream failed, or that it said nonsense: "lost connection with NAME while DURING". Returns false.
 */
bool peer_broken(const struct peer *peer, const char *during, struct verdict *verdict);

#endif
