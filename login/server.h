/* SPDX-License-Identifier: BSD-2-Clause */
/* What all connections of one login process share: parameters, TLS, the lines to auth and master. */
#ifndef LOGIN_SERVER_H
#define LOGIN_SERVER_H

#include "base/tally.h"
#include "io/log.h"
#include "wire/sender.h"

struct login_params;
struct conf_params;
struct protocol;
struct tls_context;
struct client;
struct waiting;

enum { MECHANISMS_LIMIT = 512 };

/* What auth said may be offered; asked again after a while. */
struct offer {
    char text[MECHANISMS_LIMIT]; /* with blanks between; empty: auth could not be asked */
    int64_t until;               /* monotonic ms */
};

struct server {
    const struct login_params *params;
    const struct conf_params *conf;
    const struct protocol *protocol;
    bool wrapper;            /* TLS first */
    struct tls_context *tls; /* owned; NULL: none */
    struct log *log;
    const char *auth_socket;
    struct sender master;    /* fd -1: alone */
    struct waiting *waiting; /* for master's answers */
    uint64_t request;        /* number of the last request to master */
    struct tally *clients;   /* connections by address */
    struct offer offers[2];  /* without and with TLS */
    struct client *talking;  /* who has not logged in */
    bool ending;             /* they are sent away */
};

#endif
