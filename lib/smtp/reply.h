/* SPDX-License-Identifier: BSD-2-Clause */
/* SMTP replies (RFC 5321 4.2): a code and one or more lines, written by the server and read by the client. */
#ifndef SMTP_REPLY_H
#define SMTP_REPLY_H

#include "base/verdict.h"
#include "io/stream.h"

enum { SMTP_REPLY_LINE_LIMIT = 2048, SMTP_REPLY_LINES = 100 };

/* Writes "code status text"; lines in text are separated by '\n'. status may be NULL: no enhanced code
 * (greeting, EHLO, 3yz; RFC 2034 4). Octets that cannot stand in a reply become '?'. */
void smtp_reply_write(struct stream *stream, int code, const char *status, struct str text);
void smtp_reply_verdict(struct stream *stream, const struct verdict *verdict);

struct smtp_reply {
    int code;        /* 0 when there was none */
    struct buf text; /* lines joined by '\n', codes and separators removed; owned */
};
void smtp_reply_init(struct smtp_reply *reply);
void smtp_reply_finish(struct smtp_reply *reply);
/* Reads one reply. STREAM_ERROR for what is not one: a malformed or changing code, too many or too long
 * lines. */
enum stream_status smtp_reply_read(struct stream *stream, struct smtp_reply *reply);
/* The verdict of a reply: enhanced code of its first line when it agrees, lines joined by blanks. */
void smtp_reply_to_verdict(const struct smtp_reply *reply, struct verdict *verdict);

#endif
