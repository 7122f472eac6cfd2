/* SPDX-License-Identifier: BSD-2-Clause */
/* The channel between qmgr and a program that delivers: what is sent on it, and how an answer is. */
#ifndef WIRE_DELIVERY_H
#define WIRE_DELIVERY_H

#include "wire/delivered.h"
#include "wire/sender.h"

/* Packet kinds: struct deliver with the message's descriptor, and struct delivered. */
enum delivery_kind { DELIVERY_REQUEST = 1, DELIVERY_ANSWER = 2 };

/* Sends an answer, in several packets when it has too many words for one. What qmgr does not hear is
 * delivered again, so it is waited for as long as it is there. False with errno when it is not. */
bool delivery_answer(struct sender *sender, const struct delivered *answer);

#endif
