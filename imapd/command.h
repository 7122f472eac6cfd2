/* SPDX-License-Identifier: BSD-2-Clause */
/* A command of IMAP: one file cmd_<name>.c that ends in one `const struct imap_command`, and one line in
 * commands.def, which has its name and the states it is allowed in. */
#ifndef IMAPD_COMMAND_H
#define IMAPD_COMMAND_H

#include "base/str.h"

struct imap_session;

enum imap_command_flags {
    IMAP_ALSO_UID = 1,      /* there is a form with UID in front */
    IMAP_KEEPS_NUMBERS = 2, /* no EXPUNGE while it runs, unless with UID (RFC 3501 7.4.1) */
};

struct imap_command {
    /* Reads its arguments from the session's lexer, up to the end of the command, acts, and says how it went
     * (imap_ok and so on in session.h). When the lexer failed it need say nothing. */
    void (*run)(struct imap_session *session);
    unsigned flags;         /* enum imap_command_flags */
    const char *capability; /* what CAPABILITY says because of it; NULL: nothing */
};

struct imap_command_row {
    const char *name;
    unsigned states; /* enum imap_state */
    const struct imap_command *command;
};

/* NULL for a name nobody knows. */
const struct imap_command_row *imap_command_find(struct str name);
/* NULL past the last. */
const struct imap_command_row *imap_command_at(size_t number);

#endif
