/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One SMTP conversation on the server's side, from the greeting to the end of the connection. It runs over
 * any stream, so tests and fuzzers drive the very code that serves. What belongs to one message lives in the
 * transaction (txn.h) and nowhere else; what belongs to a connection lives here.
 */
#ifndef SMTPD_SESSION_H
#define SMTPD_SESSION_H

#include "base/arena.h"
#include "base/verdict.h"
#include "io/log.h"
#include "io/stream.h"
#include "smtp/extension.h"
#include "smtpd/command.h"

enum { HELO_LIMIT = 255 };

struct system_user;
struct server;
struct txn;

/* Who is at the other end. */
struct client {
    struct str name; /* verified host name, "unknown", or "localhost" */
    struct str ip;   /* address as text; empty for the local socket */
    uint16_t port;
    bool trusted; /* in mynetworks, or the local socket */
    const struct system_user
        *local;      /* who came by the local submission socket, as the kernel says; else NULL */
    struct str user; /* local: login name of the caller */
};

struct session {
    struct server *server;      /* borrowed */
    struct session *next, **at; /* in the server's list */
    size_t nth_of_client;       /* sessions of its address when it came, itself included */
    struct stream *stream;      /* borrowed */
    struct log *log;
    struct arena *arena; /* owned: lives as long as the connection; 64 KiB */
    struct client client;
    enum session_state state;
    int64_t deadline; /* smtpd_session_time_limit: also in the middle of a message */
    bool ending;      /* no further command is read */
    bool esmtp;       /* EHLO or LHLO was used */
    struct str helo;  /* what the client called itself; lies in helo_octets */
    char helo_octets[HELO_LIMIT];
    struct str auth_user; /* authenticated user; empty: none */
    struct str auth_method;
    struct txn *txn; /* owned; NULL outside of IN_TRANSACTION, HAVE_RCPT, IN_BDAT */
    unsigned errors, junk, auth_failures;
    unsigned *counts, *accepted; /* per command, from the arena: for the disconnect line */
};

/* Serves a connection to its end, TLS and all. Destroys nothing but what it made. */
void session_run(struct server *server, struct stream *stream, const struct client *client);

/* The process is to end: who is in no transaction gets 421 now, the others when theirs has ended (RFC
 * 5321 3.8). Called from a task. */
void sessions_end(struct server *server);

/* The only place where the state changes. Leaving a transaction destroys it. */
void session_enter(struct session *session, enum session_state state);

/* Replies; each counts errors. status is the y.z of the enhanced code; text may have several lines separated
 * by '\n'. */
void session_reply(struct session *session, int code, const char *status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void session_reply_verdict(struct session *session, const struct verdict *verdict);
/* Replies, and logs "NOQUEUE: reject: RCPT from name[ip]: 550 5.1.1 text; from=<> to=<> proto= helo=<>";
 * no recipient: empty. */
void session_refuse(struct session *session, const char *command, struct str recipient,
                    const struct verdict *verdict);
/* 221 or 421 was or will be said: no further command. */
void session_end(struct session *session);

/* What can be offered in this moment. */
struct smtp_offer session_offer(struct session *session);
bool session_has_tls(const struct session *session);
/* Of one message. */
size_t session_recipient_limit(const struct session *session);
/* "SMTP", "ESMTP", "LMTP": for the log and the envelope. */
const char *session_protocol(const struct session *session);
/* "ESMTPSA": the `with` of the Received field, RFC 3848 and RFC 6531 4.3. */
const char *session_with(const struct session *session);
/* A command got 2yz or 3yz. */
void session_succeeded(struct session *session);

#endif
