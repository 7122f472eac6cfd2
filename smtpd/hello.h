/* SPDX-License-Identifier: BSD-2-Clause */
/* What the three hellos share. */
#ifndef SMTPD_HELLO_H
#define SMTPD_HELLO_H

#include "smtpd/session.h"

enum hello { HELLO_HELO, HELLO_EHLO, HELLO_LHLO };

/* Takes the client's name, resets the session to READY and replies. Refused: the wrong protocol's hello (RFC
 * 2033 4.1), a name that cannot be one. */
void hello_run(struct session *session, struct str name, enum hello hello);

#endif
