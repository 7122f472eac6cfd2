/* SPDX-License-Identifier: BSD-2-Clause */
/* The time of day. Deadlines use the monotonic clock (io/task.h); this one may be set back. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Microseconds since 1970. */
int64_t clock_now_us(void);

#endif
