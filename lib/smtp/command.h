/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a command line as a server (RFC 5321 4.1.1): the verb, what follows, and the paths of MAIL and
 * RCPT. */
#ifndef SMTP_COMMAND_H
#define SMTP_COMMAND_H

#include "base/verdict.h"

/* Recipients that a program of this host may name at once: sendmail(1) takes no more, and smtpd no fewer from
 * it.
 */
enum { SMTP_LOCAL_RECIPIENTS = 10000 };

/* Splits a line as stream_line gives it. False when it does not end in CRLF, holds a bare CR or a NUL, or the
 * verb is not letters followed by a blank or the end. args has no blanks at its ends. */
bool smtp_command_split(struct str line, struct str *verb, struct str *args);

/* "FROM:<path> params": keyword is "FROM:" or "TO:". The path comes without its brackets, as it stands
 * (mail/address.h reads it). Blanks between the colon and the bracket are let pass. False with 501 5.5.4. */
bool smtp_path_read(struct str args, struct str keyword, struct str *path, struct str *params,
                    struct verdict *verdict);

#endif
