/* SPDX-License-Identifier: BSD-2-Clause */
/* The names in the queue directory. */
#ifndef QMGR_NAMES_H
#define QMGR_NAMES_H

#include "qmgr/manager.h"

/* Zero-initialise. */
struct names {
    struct queue_id *at; /* owned */
    size_t count, room;
};

void names_add(struct names *names, struct str id);
void names_free(struct names *names);
/* The ids of all names that are this prefix and a queue id; read on a disk thread. False, logged, when the
 * directory could not be read. */
bool names_list(struct manager *manager, const char *prefix, struct names *names);

#endif
