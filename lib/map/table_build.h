/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the text of a table, or of aliases(5), to the lmdb file beside it: what postmap and postalias do.
 */
#ifndef MAP_TABLE_BUILD_H
#define MAP_TABLE_BUILD_H

#include "map/map.h"
#include "map/table_text.h"
#include "map/table_writer.h"

enum on_duplicate { DUPLICATE_NOTED /* the first stays */, DUPLICATE_IGNORED, DUPLICATE_REPLACES };

struct build_terms {
    bool aliases;        /* "name: value, ..." instead of "key value" */
    bool keep_case;      /* keys are stored as written; lookups then find those in lower case only */
    bool default_access; /* table_make: mode 0644 less the umask, instead of the text's */
    enum on_duplicate on_duplicate;
};

/* Puts all lines into the writer. Lines that are not of the form are noted and skipped. False with *verdict
 * when writing failed. */
bool table_build(struct table_text *text, struct table_writer *writer, const struct build_terms *terms,
                 struct verdict *verdict);

/* Makes <path>.lmdb from the text in path, with the text's group and (no more than) its mode. False with
 * *verdict: the old table stands. notes may be NULL. */
bool table_make(const char *path, const struct build_terms *terms, const struct map_notes *notes,
                struct verdict *verdict);

#endif
