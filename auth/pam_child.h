/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PAM in a process of its own. Modules may want root, fork helpers, load libraries, open sockets: all that
 * auth gave up. So auth forks, before it confines itself and only when auth_backends names pam, a child that
 * keeps the rights auth was started with and does one thing: name and password in, PAM's answer out, over a
 * socket pair.
 */
#ifndef AUTH_PAM_CHILD_H
#define AUTH_PAM_CHILD_H

#include "base/str.h"
#include "base/verdict.h"

/* The socket to the child; -1 with *verdict. The child ends when the socket is closed. */
int pam_child_start(const char *service, struct verdict *verdict);
/* PAM's answer (enum pam_number in auth/pam_interface.h); -1 when the child is gone. Blocks; one caller at a
 * time. */
int pam_child_ask(int socket, struct str user, struct str password);

#endif
