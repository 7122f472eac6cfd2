/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A load: so many sessions at a time against one server, until so many messages are sent or read. Each session is a
 * task. The same load goes to every server that is compared, so it knows none of them.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "base/buf.h"
#include "io/listen.h"
#include "io/stream.h"

enum { LOAD_LINE_LIMIT = 4096, LOAD_INPUT_LIMIT = 65536 };

struct load {
    /* what is asked for */
    struct address server;
    const char *domain;      /* recipients and users are user1@domain ... */
    const char *password;
    unsigned sessions;       /* at a time */
    unsigned messages;       /* in all; when reading: mailboxes */
    unsigned per_connection; /* messages of one connection; 0: no end */
    unsigned users;          /* recipients in turn */
    bool lmtp;
    struct buf message; /* as sent behind DATA, with its final dot */

    /* what became of it */
    unsigned taken; /* messages that a session took on */
    unsigned done;
    unsigned failed;
    uint64_t octets;      /* read, of messages */
    uint32_t *latency_us; /* of each done message; owned, room for `messages` */
    char complaint[LOAD_LINE_LIMIT]; /* the first failure's words */
};

int64_t load_now_us(void);
/* The next message's number, from 0; false when all are taken. */
bool load_take(struct load *load, unsigned *number);
void load_done(struct load *load, int64_t began_us);
/* Counts a failure and keeps the first one's words. */
void load_fail(struct load *load, const char *doing, struct str answer);
/* A connection to the server; NULL (counted as a failure) when there is none. */
struct stream *load_connect(struct load *load);
/* Reads a line without its CRLF; an empty one with false at the end or on an error. */
bool load_line(struct stream *stream, struct str *line);

/* Tasks; the argument is the load. */
void load_send(void *arg);      /* SMTP or LMTP, pipelined as RFC 2920 allows */
void load_read_pop3(void *arg); /* logs in as a user, RETRs all */
void load_read_imap(void *arg); /* logs in as a user, FETCHes all bodies of INBOX */
void load_idle(void *arg);      /* a connection that said EHLO and waits until the server ends it */

#endif
