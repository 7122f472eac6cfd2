/* SPDX-License-Identifier: BSD-2-Clause */
/* login's line to auth (wire/auth.h): a connection of its own for each session that logs in. */
#ifndef LOGIN_AUTH_CLIENT_H
#define LOGIN_AUTH_CLIENT_H

#include "login/client.h"
#include "wire/auth.h"
#include "wire/auth_reply.h"
#include "wire/auth_request.h"

enum { AUTH_WAIT_MS = 60000 };

/* Asks and waits for the answer; reply's texts are copied to the session's arena. False when auth cannot be
 * asked: the connection to it is closed then. */
bool auth_ask(struct client *client, const struct auth_request *request, struct auth_reply *reply);
/* Fills the offer: text is empty when auth cannot be asked. */
void auth_ask_mechanisms(struct client *client, bool tls, struct offer *offer);

#endif
