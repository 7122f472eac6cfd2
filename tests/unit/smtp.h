/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The SMTP client against hosts that follow a script. An office is our side: parameters, a message, a log. A
 * host listens on a loopback address; each session it gets follows its next script, a transcript:
 *
 *     < 220 mx          the host says this line
 *     > EHLO ~          the client must say this; ~ stands for the rest of the line
 *     >>                the client's data, up to the lone dot: host.letter has the last
 *     << 250 ok\r\n     octets as they are, \r \n \0 and \xHH undone
 *     = tls             a handshake; "= nonsense": something else in its place
 *     = close           the host ends the connection; "= hang": waits for its end
 *     = trickle         says a digit now and then for ever
 *     = sleep           takes nothing any more, until host_close
 *
 * At the end of a script the host waits for the end of the session; what comes till then is in host.rest.
 */
#ifndef UNIT_SMTP_H
#define UNIT_SMTP_H

#include <pthread.h>

#include "dns/lookup.h"
#include "smtp/client.h"
#include "unit/test.h"

enum { HOST_SESSIONS = 8, OFFICE_RCPTS = 8 };

struct host {
    const char *scripts[HOST_SESSIONS]; /* NULL behind the last */
    int listener, ending[2];
    uint16_t port;
    pthread_t thread;
    struct tls_context *tls;
    size_t sessions;             /* that came */
    char from[INET6_ADDRSTRLEN]; /* the last client's address */
    struct buf letter;           /* the last data with its dots, without the lone one */
    struct buf rest;             /* behind the scripts of all sessions */
};
/* port: 0 for any. Scripts are set before a session can come. */
void host_open(struct host *host, const char *ip, uint16_t port);
/* On a Unix socket. */
void host_open_unix(struct host *host, const char *path);
/* Waits for sessions to end. Idempotent: to be called before what the host saw is looked at. */
void host_close(struct host *host);
void host_free(struct host *host);

/* What the DNS says; ended by a NULL name. Other names do not exist. */
struct record {
    const char *name;
    enum dns_type type;
    enum dns_status status;
    const char *data;
    uint64_t preference; /* of an A record: how often it is there */
};

struct office {
    struct arena *arena;
    struct conf *conf;
    struct conf_params common;
    struct smtp_params params; /* may be changed by a test */
    struct client client;
    const struct record *records;
    int resolver, ending[2];
    pthread_t resolver_thread;
    int log_file;
    struct deliver request; /* sender marie@example.org; may be changed */
    struct recipient rcpts[OFFICE_RCPTS];
    int message;
    bool given_up; /* the order; may be changed */
    struct delivered answer;
    struct buf log;
};
void office_open(struct office *office, const char *main_cf, const struct record *records);
void office_close(struct office *office);
/* Ends the sessions that are kept, so that their hosts can be closed. */
void office_hang_up(struct office *office);
/* The message of the next requests: what the queue says of it is filled in. Lines end in \n here, in CRLF in
 * the file. */
void office_write(struct office *office, const char *text);
/* Delivers to recipients with blanks between, by way of a next hop. */
void office_send(struct office *office, const char *nexthop, const char *rcpts);
/* The same to a host by its address. */
void office_send_to(struct office *office, const struct host *host, const char *rcpts);
/* "250 2.0.0 text" of recipient i. */
const char *office_said(struct office *office, size_t i);
/* The log so far. */
struct str office_log(struct office *office);
bool office_logged(struct office *office, const char *text);

#define CHECK_SAID(office, i, wanted) CHECK_STR(str_of(office_said(office, i)), wanted)

#endif
