/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the engine know of each other. The contract is auth/engine.h. */
#ifndef AUTH_ENGINE_STATE_H
#define AUTH_ENGINE_STATE_H

#include <pthread.h>
#include <sasl/sasl.h>

#include "account/users.h"
#include "auth/backend.h"
#include "auth/cache.h"
#include "auth/engine.h"

enum { BACKENDS_MAX = 4, MECHANISMS_LIMIT = 512 };

struct engine {
    const struct engine_options *options;             /* borrowed */
    const struct backend *backends[BACKENDS_MAX + 1]; /* NULL-ended, in the order asked */
    bool sasldb;          /* libsasl2 asks its own file for users nobody else knows */
    pthread_mutex_t lock; /* over users */
    struct users *users;
    struct cache *cache;      /* has a lock of its own */
    int pam;                  /* socket to the child; -1: none */
    pthread_mutex_t pam_lock; /* over it */
    char *dummy_hash;         /* owned: of a password that nobody knows */
    char key[32];             /* for pretended verifiers while there is no database */
    struct buf mechanisms;    /* allowed and there, -PLUS included */
    sasl_callback_t callbacks[8];
};

struct exchange {
    struct exchange *self; /* its address, for OPTION_EXCHANGE */
    struct engine *engine;
    struct arena *arena;
    sasl_conn_t *conn;
    sasl_callback_t callbacks[4];
    sasl_channel_binding_t binding;
    struct str mechanism, service, client_ip, user;
    bool tls, wants_ticket;
    bool first_seen;           /* the client's first octets have been looked at */
    bool named, name_is_good;  /* LOGIN: the name was said */
    enum verified verified;    /* by the last password check */
    struct user_record record; /* of user; texts in the arena */
    struct verdict trouble;    /* why it could not be found out */
    const char *why;
};

/* Copies the record of a canonical name into the arena; locks. */
enum users_result engine_find(struct engine *engine, struct str name, struct arena *arena,
                              struct user_record *record, struct verdict *verdict);
/* The key for pretended verifiers. */
struct str engine_key(struct engine *engine, struct arena *arena);

/* verify.c: does the password fit the account? Asks the backends, spends the time of a hash on unknown users.
 */
enum verified engine_verify(struct engine *engine, struct str name, struct str password, struct arena *arena,
                            struct verdict *verdict);

/* auxprop.c: makes libsasl2 ask us for SCRAM verifiers. */
int auxprop_add(void);
#define AUXPROP_NAME "relais"

/* engine.c: libsasl2's options that the engine answers; an exchange's own come first. */
#define OPTION_EXCHANGE "relais_exchange" /* the value is the address of the exchange */

/* guard.c: RFC 5802 6. Whether the client's first message may go to libsasl2: its channel-binding flag agrees
 * with mechanism and connection. *why says what is wrong. */
bool guard_first(const struct exchange *exchange, struct str message, const char **why);
/* Whether a message of LOGIN may go to libsasl2: the password may not where there was no name before it, and
 * the client is asked for it all the same. */
bool guard_login(struct exchange *exchange, const struct auth_request *request, const char **why);

#endif
