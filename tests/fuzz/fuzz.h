/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What fuzz targets share. A target takes any octets, gives them to a parser, and asserts what must hold of
 * the result whatever they were: not only that nothing crashes, but that what was read can be written and
 * read again.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <assert.h>

#include "base/arena.h"
#include "base/buf.h"
#include "store/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

/* Takes the first octet off the input; 0 at its end. For choosing among the parsers of one target. */
uint8_t fuzz_choice(struct str *input);
/* A new directory in memory where there is one; the path has room for 64 octets. */
void fuzz_directory_make(char path[64]);
/* Removes it with all that is in it. */
void fuzz_directory_remove(const char *path);
/* A store in a home that is empty, with the message, if it has octets and is one, in INBOX. */
struct store *fuzz_store_make(const char *home, const struct store_options *options, struct str message);

#endif
