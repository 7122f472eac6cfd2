/* SPDX-License-Identifier: BSD-2-Clause */
/* The queue as mailq(1) and postqueue(1) -j print it. */
#ifndef MAIL_QUEUE_PRINT_H
#define MAIL_QUEUE_PRINT_H

#include "base/buf.h"
#include "mail/queue_list.h"

/* Begins zeroed, but for what the caller wants. */
struct queue_print {
    bool json; /* an object a line */
    uint64_t count, octets;
};

void queue_print_one(struct queue_print *print, struct str id, enum queue_state state,
                     const struct listing *listing, struct buf *out);
/* The last line. */
void queue_print_end(const struct queue_print *print, struct buf *out);

#endif
