/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A connection before login: what every protocol shares. Nothing that a client sends before it has logged in
 * is kept beyond its budget, and nothing of it touches a file.
 */
#ifndef LOGIN_CLIENT_H
#define LOGIN_CLIENT_H

#include <netinet/in.h>

#include "base/arena.h"
#include "io/stream.h"
#include "login/server.h"

enum {
    CLIENT_INPUT_LIMIT = 64 * 1024, /* octets of a client that has not logged in, all in all */
    CLIENT_LINE_LIMIT = 16 * 1024,  /* a SASL response (RFC 4954 4, RFC 5034 4) */
    CLIENT_ARENA_LIMIT = 256 * 1024,
    RELAY_TIMEOUT_MS = 300000, /* for a client that does not take what it is sent */
};

/* What became of an attempt to log in. */
struct attempt {
    enum attempt_result {
        ATTEMPT_OK,
        ATTEMPT_FAILED,
        ATTEMPT_TROUBLE,
        ATTEMPT_CANCELED,
        ATTEMPT_BROKEN
    } result;
    struct str user;   /* of the arena */
    struct str ticket; /* of the arena */
    bool disabled;
};

struct client {
    struct server *server;
    struct client *next, **at; /* in the server's list */
    struct stream *stream;     /* owned */
    struct arena *arena;       /* owned; of the whole connection */
    char ip[INET6_ADDRSTRLEN];
    uint16_t port;
    char id[17];
    int auth;          /* connection to auth; -1: not asked yet */
    uint64_t exchange; /* number of the last exchange */
    size_t octets;     /* read so far */
    unsigned failures, errors;
    bool over;        /* the conversation before login has ended */
    bool handed_over; /* a session program has it */
    bool capability_asked;
    struct str client_id; /* IMAP: what ID said */
    struct str user;      /* POP3: what USER said */
    const char *end;      /* why, for the log */
};

/* One protocol: protocol_<name>.c ends in its row. */
struct protocol {
    const char *name; /* "imap": service name of the client, and ALPN's */
    void (*greet)(struct client *client);
    /* Reads and runs one command. The stream's failure ends the connection. */
    void (*step)(struct client *client);
    /* The last words to a client that is sent away. */
    void (*bye)(struct client *client, const char *why);
};
const struct protocol *protocol_find(struct str name);

/* Serves a connection until its end; owns fd. */
void client_serve(struct server *server, int fd, const char *ip, uint16_t port);

/* The process is to end: who has not logged in is told so now. Sessions go on. Called from a task. */
void clients_end(struct server *server);

/* --- for the protocols --- */

bool client_has_tls(const struct client *client);
bool client_may_start_tls(const struct client *client);
/* Passwords may cross this connection. */
bool client_may_send_password(const struct client *client);
/* The handshake, after the reply went out; false: the connection is over. */
bool client_start_tls(struct client *client);
/* Reads a line within the session's budget, its ending cut off. False: the connection is over, or the line
 * was too long (counted as an error; *line is empty then, and the connection is not over). */
bool client_line(struct client *client, struct str *line);
/* Spends n octets of the budget; false and over when there are not so many. */
bool client_spend(struct client *client, size_t octets);
/* A bad command: counts; ends the connection when there were too many. */
void client_error(struct client *client);
/* The mechanisms to offer now, blanks between. */
struct str client_mechanisms(struct client *client);

/* sasl.c: a SASL exchange in the way IMAP and POP3 have in common ("+ challenge", a line as the answer, "*"
 * to cancel). initial: base64, "=" for an empty one; at == NULL: none. */
void client_authenticate(struct client *client, struct str mechanism, struct str initial,
                         struct attempt *attempt);
/* The same with name and password said in clear. */
void client_login(struct client *client, struct str user, struct str password, struct attempt *attempt);

/* hand_over.c: gives the connection to a session program through master. True when it has it: the
 * conversation is over. False with a reason for the log: say that the service is not available. */
bool client_hand_over(struct client *client, const struct attempt *attempt, struct str tag);

/* relay.c: carries octets between the client's TLS and the session program until one of them ends. */
void client_relay(struct client *client, int pair);

#endif
