/* SPDX-License-Identifier: BSD-2-Clause */
/* Which start of the machine this is: what was written and not synced is there as long as it lasts, whoever
 * dies. */
#ifndef IO_BOOT_H
#define IO_BOOT_H

#include <stdbool.h>

enum { BOOT_ID_LENGTH = 36 };

/* The kernel's random id of this start (random(4), boot_id); all blanks when it cannot be read. Needs /proc:
 * to be called before a program is confined. */
void boot_id_read(char text[BOOT_ID_LENGTH + 1]);
bool boot_id_is_known(const char *text);
/* Both are known and the same. */
bool boot_id_is(const char *text, const char *other);

#endif
