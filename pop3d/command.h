/* SPDX-License-Identifier: BSD-2-Clause */
/* A command of POP3: one file cmd_<name>.c that ends in one `const struct pop3_command`, and one line in
 * commands.def. */
#ifndef POP3D_COMMAND_H
#define POP3D_COMMAND_H

#include "base/str.h"

struct pop3_session;

struct pop3_command {
    const char *verb;
    unsigned least, most; /* arguments, separated by one blank */
    void (*run)(struct pop3_session *session, const struct str *args, unsigned count);
    const char *capability; /* what CAPA says because of it; NULL: nothing */
};
enum { POP3_ARGS = 2 };

/* NULL for a verb nobody knows. */
const struct pop3_command *pop3_command_find(struct str verb);
/* NULL past the last. */
const struct pop3_command *pop3_command_at(size_t number);

#endif
