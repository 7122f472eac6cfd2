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

struct target {
    struct str host; /* name as in MX, for TLS and the log; or the address literal */
    struct address address;
    uint16_t port;
    struct str unix_path; /* LMTP by a Unix socket; then the rest is unused but host */
};

struct peer {
    struct client *client; /* borrowed */
    struct stream *stream; /* owned */
    struct arena *arena;   /* owned */
    struct smtp_peer offers;
    struct smtp_reply reply; /* the last one */
    char name[512];          /* "host[ip]:port", for the log */
    char host[256];          /* the host that speaks, for reports */
    struct str nexthop;      /* of the requests it serves */
    struct peer *next;       /* in the cache */
    unsigned uses;
    bool unusable; /* half a message was sent: close without a word */
    int64_t idle_until;
};

/* Connects and says hello. NULL with *verdict; *site_down is set when no session could be had (not when it
 * was refused for good). Used by deliver.c for one target after the other. */
struct peer *peer_connect(struct client *client, const struct target *target, struct str nexthop,
                          struct verdict *verdict);
/* QUIT without waiting for its reply. NULL is fine. */
void peer_end(struct peer *peer);
/* Sends what was written and reads one reply within timeout_ms. False with *verdict (421 4.4.2) when the
 * session broke. */
bool peer_reply(struct peer *peer, int64_t timeout_ms, struct verdict *verdict);

#endif
