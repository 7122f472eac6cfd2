/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Authentication without sockets: libsasl2, the user database and what verifies passwords. One engine a
 * process, one exchange an attempt (with a sasl_conn_t of its own), both driven by structs of wire/auth.h, so
 * that tests speak to it directly. Only auth links libsasl2.
 *
 * Steps of different exchanges may run on several threads at once; what the engine shares is locked inside.
 */
#ifndef AUTH_ENGINE_H
#define AUTH_ENGINE_H

#include "account/password.h"
#include "account/user_record.h"
#include "base/verdict.h"
#include "wire/auth.h"
#include "wire/auth_mechanisms_query.h"
#include "wire/auth_reply.h"
#include "wire/auth_request.h"

struct engine;
struct exchange;

struct engine_options {
    struct str data_directory; /* of the user database */
    struct str backends;       /* auth_backends */
    struct str mechanisms;     /* auth_mechanisms */
    struct str realm;          /* auth_default_realm */
    const char *pam_service;
    const char *sasldb_path;
    struct password_cost cost; /* of the hash that is tried for unknown users */
    int64_t cache_ttl_ms;
    size_t cache_size;
};

/* Loads libsasl2's plugins; there can be one engine in a process. options is borrowed for the engine's life.
 * NULL with *verdict. */
struct engine *engine_create(const struct engine_options *options, struct verdict *verdict);
void engine_destroy(struct engine *engine); /* all exchanges must have ended; NULL is fine */

/* The mechanisms that fit the question, best first, blanks between them. */
void engine_mechanisms(const struct engine *engine, const struct auth_mechanisms_query *query,
                       struct buf *out);

/* An exchange for a request with step AUTH_START, which exchange_step is to be called with next. */
struct exchange *exchange_create(struct engine *engine, const struct auth_request *start);
void exchange_destroy(struct exchange *exchange); /* NULL is fine */
/* One step; may take a while (hashing): not on the loop's thread. Fills *reply (id is the caller's matter);
 * its texts live until the exchange's next step or end. After any status but AUTH_CONTINUE the exchange is
 * only to be destroyed. The response's octets are not kept. */
void exchange_step(struct exchange *exchange, const struct auth_request *request, struct auth_reply *reply);

/* For the log and the ticket. Valid while the exchange lives. */
struct str exchange_mechanism(const struct exchange *exchange);
struct str exchange_service(const struct exchange *exchange);
struct str exchange_client_ip(const struct exchange *exchange);
bool exchange_wants_ticket(const struct exchange *exchange);
/* Who it was claimed to be, prepared; empty while nobody was named. */
struct str exchange_user(const struct exchange *exchange);
/* After AUTH_OK: the account's record; all empty for users of other backends. */
const struct user_record *exchange_record(const struct exchange *exchange);
/* Why it failed, in words for the log; never for the client. */
const char *exchange_why(const struct exchange *exchange);

#endif
