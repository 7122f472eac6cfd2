/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Delivery status notifications: a multipart/report (RFC 6522) of a text for people, a
 * message/delivery-status (RFC 3464) for programs, and the original or its header; with UTF-8 in addresses
 * the types of RFC 6533. What is returned is bounded by the caller. Used by bounce.
 */
#ifndef MAIL_DSN_H
#define MAIL_DSN_H

#include "base/buf.h"
#include "base/str.h"
#include "base/verdict.h"

enum dsn_kind { DSN_FAILURE = 1, DSN_DELAY = 2, DSN_SUCCESS = 3 };

/* RFC 3461 4.1 NOTIFY and 4.3 RET, as envelope.def and recipient.def have them. */
enum dsn_notify {
    DSN_NOTIFY_NEVER = 1,
    DSN_NOTIFY_SUCCESS = 2,
    DSN_NOTIFY_FAILURE = 4,
    DSN_NOTIFY_DELAY = 8
};
enum dsn_ret { DSN_RET_FULL = 1, DSN_RET_HEADERS = 2 };

/* What the members of an alias are asked for when it has several (RFC 3461 5.2.7.3): notify without SUCCESS.
 */
uint64_t dsn_notify_of_members(uint64_t notify);

/* Success has three words (RFC 3464 2.3.3). */
enum dsn_action { DSN_FAILED, DSN_DELAYED, DSN_DELIVERED, DSN_RELAYED, DSN_EXPANDED };

struct dsn_recipient {
    struct str address; /* Final-Recipient: canonical text */
    struct str orcpt;   /* Original-Recipient: "rfc822;text" decoded; empty: none */
    enum dsn_action action;
    unsigned class, subject, detail; /* Status */
    unsigned code;                   /* of the reply; with remote: Diagnostic-Code smtp */
    struct str text;                 /* what was said */
    struct str remote;               /* host that said it; empty: us */
};

struct dsn {
    enum dsn_kind kind;
    struct str to;            /* the original's sender: canonical text, not empty */
    struct str reporter;      /* host name of ours: Reporting-MTA */
    struct str from;          /* address of the report's From: MAILER-DAEMON@... */
    struct str mail_name;     /* who we are in the Received field and the text: "Relais" */
    struct str queue_id;      /* of the report */
    struct str original_id;   /* of the original message, X-Relais-Queue-ID; also makes the boundary */
    struct str original_from; /* its sender as shown in the status; empty when null */
    struct str envid;         /* decoded; empty: none */
    int64_t now;              /* seconds since 1970 */
    int64_t arrival;          /* of the original */
    int64_t retry_until;      /* delay only; 0: not said */
    const struct dsn_recipient *rcpts;
    size_t rcpt_count;
    struct str original; /* octets of the original, header first, CRLF */
    bool header_only;    /* original is its header, or the front of it: text/rfc822-headers */
    bool utf8;           /* the original is a message of RFC 6531: message/global ... */
};

/* Appends the whole report, header and body. False (5.3.0 or 4.3.0) when something cannot be written into a
 * field or the buffer's limit is passed. header_size: octets of its header. */
bool dsn_compose(const struct dsn *dsn, struct buf *out, size_t *header_size, struct verdict *verdict);

#endif
