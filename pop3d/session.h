/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A POP3 session in the TRANSACTION state (RFC 1939 5): the mailbox as it was when the session began, and
 * what the client has marked. Nothing is locked while it lasts: other sessions and deliveries go on, and
 * message numbers stay as they are. Only QUIT (the UPDATE state, RFC 1939 6) changes the mailbox.
 */
#ifndef POP3D_SESSION_H
#define POP3D_SESSION_H

#include "io/log.h"
#include "io/stream.h"
#include "store/mailbox.h"

enum { POP3_LINE_LIMIT = 255 + 2 /* RFC 2449 4, and some clients' LF */ };

struct pop3_item {
    uint32_t uid;
    uint64_t size; /* octets with CRLF */
    size_t index;  /* in the mailbox */
    bool deleted;  /* marked by DELE */
    bool fetched;  /* was sent whole */
};

struct pop3_session {
    struct stream *stream;   /* borrowed */
    struct mailbox *mailbox; /* borrowed; never synced while the session lasts */
    struct pop3_limits {
        size_t messages, errors;
        bool mark_seen;
    } limits;
    struct pop3_item *items; /* owned */
    size_t count;
    uint32_t uidvalidity;
    unsigned errors;
    bool over; /* QUIT was answered */
    struct pop3_counts {
        uint64_t retr, retr_octets, top, deleted;
    } counts;
};

/* Takes the picture of the mailbox. The stream's deadlines are the caller's matter. */
void pop3_session_init(struct pop3_session *session, struct stream *stream, struct mailbox *mailbox,
                       const struct pop3_limits *limits);
void pop3_session_finish(struct pop3_session *session);
/* Greets, takes commands until QUIT or the connection's end. */
void pop3_session_run(struct pop3_session *session);

/* --- for the commands --- */

/* One line "+OK text" or "-ERR text"; CRLF is added. */
void pop3_ok(struct pop3_session *session, const char *format, ...) __attribute__((format(printf, 2, 3)));
void pop3_error(struct pop3_session *session, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The message with the number in text, which is there and not marked as deleted; NULL after an -ERR. */
struct pop3_item *pop3_item(struct pop3_session *session, struct str number);
/* Messages and octets without those marked. */
void pop3_drop_size(const struct pop3_session *session, size_t *messages, uint64_t *octets);
/* Sends "+OK", a message byte-stuffed (RFC 1939 3) and the dot; only `lines` lines of its body unless
 * UINT64_MAX. False after an -ERR. */
bool pop3_send(struct pop3_session *session, const struct pop3_item *item, uint64_t lines);

#endif
