/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * queue/index: an LMDB cache of what waits, for the start and for listings. Not synced, written in batches by
 * a task of its own; it can be thrown away at any time. A message that is delivered in one attempt never
 * touches it.
 */
#ifndef QMGR_INDEX_H
#define QMGR_INDEX_H

#include "qmgr/manager.h"

/* Opens it, or makes a new one when it is damaged or was left by another start of the machine. NULL when it
 * cannot be had; every function takes NULL and does nothing then. */
struct queue_index *index_open(struct manager *manager);
/* Starts the task that writes. */
bool index_start(struct queue_index *index);
/* Writes what is not written yet, and closes it: manager->index is NULL then. Only in tasks. */
void index_close(struct manager *manager);

void index_note(struct queue_index *index, const struct message *message, int64_t due_us);
void index_forget(struct queue_index *index, const struct queue_id *id);
/* When a message is due, as far as the index knows; false when it does not. */
bool index_due(struct queue_index *index, const struct queue_id *id, int64_t *due_us);

#endif
