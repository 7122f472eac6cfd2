/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The conversation of sendmail(1) with smtpd over the local socket: SMTP (RFC 5321) with DSN, 8BITMIME and
 * SMTPUTF8. All or nothing: when the server does not take one of the recipients, nothing is sent.
 */
#ifndef TOOLS_SENDMAIL_SUBMIT_H
#define TOOLS_SENDMAIL_SUBMIT_H

#include "base/buf.h"
#include "base/str.h"

struct submission {
    struct str sender; /* external form; empty: the null sender */
    const struct str *recipients;
    size_t recipient_count;
    struct str notify, ret, envid; /* DSN parameters; empty: not given */
    bool eight_bit;
    struct str message; /* lines end in CRLF */
};

/* What became of a message that was to be handed over. */
enum submission_fate {
    SUBMISSION_TAKEN,
    SUBMISSION_REFUSED,  /* for good, and nothing was sent */
    SUBMISSION_PUT_OFF,  /* nothing was sent, and it may be tried again */
    SUBMISSION_IN_DOUBT, /* all was said, and no answer came: it may have been sent */
};
/* Hands the message over; fd is closed. Returns a status of sysexits(3); *why says what went wrong. */
int submission_send(int fd, const struct submission *submission, struct buf *why, enum submission_fate *fate);
/* Asks the mail system about each recipient and adds a line of its answer to *report; nothing is sent. fd is
 * closed. A status of sysexits(3), EX_OK also when it refuses some. */
int submission_verify(int fd, const struct submission *submission, struct buf *report, struct buf *why);
/* Whether an address has letters beyond ASCII (RFC 6531). */
bool submission_needs_utf8(const struct submission *submission);
/* Passes standard input and output through until the server ends. */
int submission_talk(int fd);

#endif
