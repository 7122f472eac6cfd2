/* SPDX-License-Identifier: BSD-2-Clause */
/* How many there are of each: connections of one client address, say. A name that nothing is counted for
 * takes no memory. */
#ifndef BASE_TALLY_H
#define BASE_TALLY_H

#include "base/str.h"

struct tally;

struct tally *tally_create(void);
void tally_destroy(struct tally *tally); /* NULL is fine */

/* One more of it (the name is copied); returns how many there are now. */
size_t tally_add(struct tally *tally, struct str name);
/* One less of it; there must be one. */
void tally_drop(struct tally *tally, struct str name);

#endif
