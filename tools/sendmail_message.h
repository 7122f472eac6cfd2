/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The message that a program hands to sendmail(1), made fit for SMTP: every line ends in CRLF. A bare CR in
 * the body ends a line; in the header it becomes a blank, for it must not make a field that the sender did
 * not write. NUL octets go: no mail system would take them (RFC 5322 4.1), and what cron saw of a program is
 * worth more without them than not at all.
 */
#ifndef TOOLS_SENDMAIL_MESSAGE_H
#define TOOLS_SENDMAIL_MESSAGE_H

#include "base/arena.h"
#include "base/buf.h"
#include "smtp/command.h"

enum { MESSAGE_LIMIT = 512 * 1024 * 1024, RECIPIENT_LIMIT = SMTP_LOCAL_RECIPIENTS };

/* Reads fd to its end into *raw. False with errno. */
bool message_read(int fd, struct buf *raw);
/* Adds the message in raw to *message, with CRLF. "From " lines at its start are dropped. With dot_ends, a
 * line with a dot alone ends it. False over the limit. */
bool message_normalise(struct str raw, bool dot_ends, struct buf *message);

struct recipients {
    struct str at[RECIPIENT_LIMIT]; /* external form, in the arena */
    size_t count;
};

/* Adds the addresses of a list as in a To field; those without a domain get origin. False with *why. */
bool recipients_add(struct recipients *recipients, struct str list, struct str origin, struct arena *arena,
                    const char **why);
/* Adds the recipients of the header (Resent- fields when there are any) and takes Bcc fields out of the
 * message. False with *why. */
bool message_take_recipients(struct buf *message, struct recipients *recipients, struct str origin,
                             struct arena *arena, const char **why);

/* RFC 5322 3.6.6: it was sent before, and its own fields stay as they are. */
bool message_is_resent(struct str message);
/* Puts "From: name <address>" in front when there is no From field (Resent-From, when it is sent again).
 * False over the limit. */
bool message_add_from(struct buf *message, struct str display, struct str address);
/* Likewise Date, or Resent-Date: of now, for it may be taken in much later. */
bool message_add_date(struct buf *message, int64_t seconds);
bool message_is_eight_bit(struct str message);

#endif
