/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IMAP before login (RFC 3501 3.1, 6.1, 6.2): a small grammar of its own, for this is what strangers may say:
 * words, quoted strings, literals, parentheses. A command is one file imap_<name>.c and one line in
 * imap_commands.def.
 */
#ifndef LOGIN_IMAP_H
#define LOGIN_IMAP_H

#include "login/client.h"

enum {
    IMAP_ARGS_MAX = 64,
    IMAP_LITERAL_LIMIT = 512,        /* octets */
    IMAP_LOGIN_LITERAL_LIMIT = 4096, /* of LOGIN and AUTHENTICATE */
};

struct imap_line {
    struct str tag, name;
    struct str args[IMAP_ARGS_MAX]; /* of the client's arena; parentheses are words of their own */
    size_t count;
    bool bad; /* not by the grammar */
};

struct imap_command {
    const char *name;
    size_t least, most; /* arguments */
    void (*run)(struct client *client, const struct imap_line *line);
};

/* Reads a command with its literals. False: the connection is over. */
bool imap_read(struct client *client, struct imap_line *line);
/* "tag text". */
void imap_reply(struct client *client, const struct imap_line *line, const char *text);
/* "CAPABILITY ..." for a greeting, an answer, a response code. */
void imap_put_capability(struct client *client);
/* Answers an attempt to log in, or hands the connection over. */
void imap_finish_attempt(struct client *client, const struct imap_line *line, const struct attempt *attempt);

#endif
