/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A command of SMTP: one file cmd_<name>.c that ends in one `const struct command`, and one line in
 * commands.def. In which states it may be given is part of the row, and so is whether more may follow it in
 * the same packet.
 */
#ifndef SMTPD_COMMAND_H
#define SMTPD_COMMAND_H

#include "base/str.h"

struct session;

/* Where a session stands; changed only by session_enter. Bits, so that a row can name several. */
enum session_state {
    EXPECT_HELLO = 1,   /* greeted, nothing heard */
    READY = 2,          /* EHLO, HELO or LHLO given; no transaction */
    IN_TRANSACTION = 4, /* MAIL accepted; no recipient yet */
    HAVE_RCPT = 8,      /* at least one recipient accepted */
    IN_BDAT = 16,       /* a chunk was taken, the last is missing (RFC 3030 3) */
    REFUSED = 32,       /* greeted with 554: only QUIT is of use (RFC 5321 3.1) */
};
/* But REFUSED. */
enum { ANY_STATE = EXPECT_HELLO | READY | IN_TRANSACTION | HAVE_RCPT | IN_BDAT };

struct command {
    const char *verb;
    unsigned states; /* enum session_state */
    void (*run)(struct session *session, struct str args);
    bool ends_group; /* RFC 2920 3.1: must be the last of a pipelined group */
    bool junk;       /* counts against smtpd_junk_command_limit */
};

/* NULL for a verb nobody knows. */
const struct command *command_find(struct str verb);
/* By number, for counting: 0 .. command_count()-1. */
size_t command_count(void);
const struct command *command_at(size_t number);
size_t command_number(const struct command *command);

#endif
