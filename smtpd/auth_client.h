/* SPDX-License-Identifier: BSD-2-Clause */
/* smtpd's line to auth: which mechanisms there are, and one SASL exchange at a time for a session (RFC 4954).
 */
#ifndef SMTPD_AUTH_CLIENT_H
#define SMTPD_AUTH_CLIENT_H

#include "base/str.h"

struct auth_client;
struct session;

/* socket: path of auth's service; borrowed. */
struct auth_client *auth_client_create(const char *socket);
void auth_client_destroy(struct auth_client *client); /* NULL is fine */

/* Mechanisms to offer with (without) TLS, separated by blanks; empty when auth cannot be asked. Valid until
 * the next call. */
struct str auth_client_mechanisms(struct auth_client *client, bool tls);

/* Runs the exchange with the client of the session to its end and replies. On success session->auth_user and
 * auth_method are set. initial: the initial response as sent, "=" for an empty one, at == NULL for none. */
void auth_client_run(struct auth_client *client, struct session *session, struct str mechanism,
                     struct str initial);

#endif
