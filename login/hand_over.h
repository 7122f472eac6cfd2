/* SPDX-License-Identifier: BSD-2-Clause */
/* What master answers to login's requests. */
#ifndef LOGIN_HAND_OVER_H
#define LOGIN_HAND_OVER_H

#include "login/server.h"
#include "worker/control_answer.h"

/* Wakes whoever waits for it. */
void hand_over_answer(struct server *server, const struct control_answer *answer);

#endif
