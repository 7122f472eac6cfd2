/* SPDX-License-Identifier: BSD-2-Clause */
/* POP3 before login (RFC 1939 4, AUTHORIZATION). A command is one file pop3_<name>.c and one line in
 * pop3_commands.def. */
#ifndef LOGIN_POP3_H
#define LOGIN_POP3_H

#include "login/client.h"

struct pop3_command {
    const char *verb;
    /* What follows the verb and one blank; empty when nothing does. */
    void (*run)(struct client *client, struct str args);
};

void pop3_ok(struct client *client, const char *text);
void pop3_error(struct client *client, const char *text); /* counts */
/* Answers an attempt to log in, or hands the connection over. */
void pop3_finish_attempt(struct client *client, const struct attempt *attempt);

#endif
