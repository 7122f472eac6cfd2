/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells qmgr of committed messages, in order, from a task of its own, so that 250 never waits for qmgr. The
 * first message on each connection says whose queue ids they are (the slot): when the connection ends, qmgr
 * looks for ids of that slot it was not told of. What cannot be told any more is therefore found, not lost.
 */
#ifndef INTAKE_ANNOUNCER_H
#define INTAKE_ANNOUNCER_H

#include "base/str.h"

struct announcer;
struct loop;
struct envelope;
struct log;

/* Kinds on qmgr's socket that a way in sends. */
enum intake_kind { INTAKE_HELLO = 1, INTAKE_MESSAGE = 2, INTAKE_SEAL = 3 };
/* What qmgr answers to the last. */
enum intake_answer { INTAKE_SEALED = 1 };

/* log: what was said of a message is written to it before qmgr, who says more, is told; may be NULL. */
struct announcer *announcer_create(struct loop *loop, const char *socket, unsigned slot, struct log *log);
/* Asks the task to end once the waiting notes are sent or cannot be. NULL is fine. */
void announcer_destroy(struct announcer *announcer);
/* journal: the serial of the journal segment it is in; 0: none. */
void announcer_tell(struct announcer *announcer, struct str queue_id, uint64_t size, uint64_t journal,
                    const struct envelope *envelope);
/* Tells qmgr that journal segments up to a serial are sealed, and waits until it has answered: from then on
 * it removes no queue file in the trust that the message is in one of them. False when it did not; then
 * nothing is known. One call at a time, from another task. */
bool announcer_seal(struct announcer *announcer, uint64_t serial);

#endif
