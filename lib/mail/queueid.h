/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Queue ids: the name of a message in the log, and of its file in the queue. The form is that of Postfix's
 * long ids, with 52 letters and digits (no vowels, so no words): six for the seconds, four for the
 * microsecond, 'z', then in 51 digits (no z) three for the process and four for a sequence. Octet order is
 * order of time.
 *
 * An id is never given twice, for delivery trusts that: one maker's times only rise, even when the clock goes
 * back; its sequence starts at a random number, so that a process that was restarted after the clock went
 * back does not meet its old ids; and the file is created with O_EXCL (on EEXIST: ask for the next).
 */
#ifndef MAIL_QUEUEID_H
#define MAIL_QUEUEID_H

#include "base/str.h"

enum { QUEUE_ID_LENGTH = 18, QUEUE_ID_SLOTS = 51 * 51 * 51 };

struct queue_id {
    char text[QUEUE_ID_LENGTH + 1]; /* NUL-terminated */
};

struct queue_id_maker {
    int64_t last_us;
    uint32_t slot;
    uint32_t sequence;
};

/* slot: a number of this process (taken modulo QUEUE_ID_SLOTS); start: 32 random bits. */
void queue_id_init(struct queue_id_maker *maker, uint32_t slot, uint32_t start);
/* now_us: microseconds since 1970. */
struct queue_id queue_id_next(struct queue_id_maker *maker, int64_t now_us);

/* Exactly the form above: only then may a text from outside become a file name. time_us may be NULL. */
bool queue_id_parse(struct str text, int64_t *time_us);

/* The slot of the process that made it (modulo QUEUE_ID_SLOTS); id is well formed. */
uint32_t queue_id_slot(const struct queue_id *id);

#endif
