/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making and changing an lmdb table: everything is written to a temporary neighbour, synced, and renamed over
 * the table, so readers see the old table or the new one, never half of one, and a crash leaves the old one.
 */
#ifndef MAP_TABLE_WRITER_H
#define MAP_TABLE_WRITER_H

#include <sys/types.h>
#include "base/str.h"
#include "base/verdict.h"

struct table_writer;

enum {
    TABLE_KEY_LIMIT = 511,       /* octets: lmdb's */
    TABLE_WRITE_WAIT_MS = 30000, /* for another writer of the same table */
};

enum table_put {
    PUT_DONE,
    PUT_DUPLICATE, /* the key is there; nothing changed */
    PUT_KEY_TOO_LONG,
    PUT_ERROR, /* *verdict says why; only table_writer_discard is left */
};

enum table_start {
    TABLE_NEW,    /* begin empty */
    TABLE_CHANGE, /* begin with what the table has; it must be there; other changers wait for us */
};

/* Who may read a new table. */
struct table_access {
    mode_t mode;
    gid_t group; /* (gid_t)-1: the process's */
};

/* path: of the file, suffix included. access: of a new file; a changed one keeps its own. NULL with
 * *verdict. */
struct table_writer *table_writer_begin(const char *path, enum table_start start,
                                        const struct table_access *access, struct verdict *verdict);
/* Keys are stored as given: the caller folds them. */
enum table_put table_writer_put(struct table_writer *writer, struct str key, struct str value, bool replace,
                                struct verdict *verdict);
/* *found says whether the key was there. False with *verdict. */
bool table_writer_remove(struct table_writer *writer, struct str key, bool *found, struct verdict *verdict);
/* Makes it the table. False with *verdict: the old table stands. Ends the writer in any case. */
bool table_writer_commit(struct table_writer *writer, struct verdict *verdict);
/* Leaves the table as it was. NULL is fine. */
void table_writer_discard(struct table_writer *writer);

#endif
