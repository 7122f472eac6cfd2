/* SPDX-License-Identifier: BSD-2-Clause */
/* Random octets from the kernel (getrandom(2)). There is no fallback: without them the process ends. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void random_octets(void *into, size_t len);
uint32_t random_u32(void);
uint64_t random_u64(void);
/* len letters and digits and a NUL; `into` has room for len + 1. */
void random_text(char *into, size_t len);

#endif
