/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that is there or the process is not: out of memory says so on standard error and aborts. The master
 * starts the process again, and nothing acknowledged is lost (DESIGN: promise 1). Callers never test for
 * NULL.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

/* size octets set to zero; free with free(3). */
void *memory_get(size_t size);
/* An array of count elements of size octets, set to zero; overflow of the product counts as out of memory. */
void *memory_array(size_t count, size_t size);
/* As realloc(3) for an array; new elements are not initialised. */
void *memory_resize(void *old, size_t count, size_t size);
/* Overwrites with zeros in a way the compiler keeps: for secrets. */
void memory_wipe(void *at, size_t size);

#endif
