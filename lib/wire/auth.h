/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The conversation of smtpd and login with auth, over private/auth: one packet a message (wire/channel.h).
 * Several exchanges may go on over one connection; each has a number that the asker chose and that must not
 * be in use (auth_request.id). Exchanges die with the connection. Octets of SASL are octets here, never
 * base64.
 *
 *     asker                                   auth
 *     AUTH_MECHANISMS_QUERY {id, tls}   ->
 *                                       <-    AUTH_MECHANISMS {id, mechanisms}
 *     AUTH_REQUEST {id, AUTH_START}     ->
 *                                       <-    AUTH_REPLY {id, AUTH_CONTINUE, data}     any number of times
 *     AUTH_REQUEST {id, AUTH_RESPONSE}  ->
 *                                       <-    AUTH_REPLY {id, AUTH_OK | AUTH_FAIL | AUTH_TEMPFAIL}
 *
 * A reply other than AUTH_CONTINUE ends the exchange; so does AUTH_CANCEL, which has the reply AUTH_FAIL. The
 * reply to a failed attempt comes late on purpose (auth_failure_delay). With AUTH_OK, data are the server's
 * last octets (RFC 4422 3.6): a protocol that cannot send them with its success (SMTP, and POP3, IMAP) sends
 * them as one more challenge and awaits an empty response before it says yes.
 */
#ifndef WIRE_AUTH_H
#define WIRE_AUTH_H

enum auth_kind {
    AUTH_REQUEST = 1,          /* auth_request */
    AUTH_REPLY = 2,            /* auth_reply */
    AUTH_MECHANISMS_QUERY = 3, /* auth_mechanisms_query */
    AUTH_MECHANISMS = 4,       /* auth_mechanisms */
};

enum auth_step { AUTH_START = 1, AUTH_RESPONSE = 2, AUTH_CANCEL = 3 };

enum auth_status {
    AUTH_CONTINUE = 1, /* data is the next challenge */
    AUTH_OK = 2,       /* user is who it is */
    AUTH_FAIL = 3,     /* text is for the client */
    AUTH_TEMPFAIL = 4, /* auth could not find out: 454 4.7.0, [UNAVAILABLE], [SYS/TEMP] */
};

enum {
    AUTH_RESPONSE_LIMIT = 12 * 1024, /* octets of one response or challenge (RFC 4954 4: 12288 encoded) */
    AUTH_TICKET_SIZE = 16,           /* octets of a ticket */
};

#endif
