/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leaving a message in drop_directory, for pickup(8) to take in: what sendmail(1) does when the mail system
 * is down or does not take messages now. The file is as lib/mail/drop.h says.
 */
#ifndef TOOLS_SENDMAIL_DROP_H
#define TOOLS_SENDMAIL_DROP_H

#include "base/buf.h"
#include "tools/sendmail_submit.h"

/* Writes and syncs the file: EX_OK means that the message is safe. Otherwise nothing is left, and *why says
 * what went wrong. size_limit: octets of a file; 0: none. */
int drop_submission(const char *directory, const struct submission *submission, uint64_t size_limit,
                    struct buf *why);
/* Tells a pickup that listens at this path to look now; when none does, it will look when it starts. */
void drop_announce(const char *pickup_socket);

#endif
