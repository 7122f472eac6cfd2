/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Listing the queue without disturbing qmgr: the directory says which messages there are, its index what is
 * known of those that wait; a message that is in no index (it is new, or being delivered) is read from its
 * own file.
 */
#ifndef MAIL_QUEUE_LIST_H
#define MAIL_QUEUE_LIST_H

#include "base/verdict.h"
#include "wire/listing.h"

enum queue_state { QUEUE_ACTIVE, QUEUE_DEFERRED, QUEUE_ON_HOLD };

/* Called for each message in order of arrival; texts live until it returns. False ends the walk. */
typedef bool queue_list_fn(void *arg, struct str id, enum queue_state state, const struct listing *listing);
/* directory: queue_files_directory. False with *verdict when it cannot be listed. */
bool queue_list(const char *directory, queue_list_fn *fn, void *arg, struct verdict *verdict);

#endif
