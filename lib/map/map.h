/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A lookup table, `type:name`: what every "maps" parameter, match list and `relais map` stand on. A type is
 * one file map_<type>.c that ends in one `const struct map_type`, and one line in types.def; the rest (names,
 * folding of keys, watching the file, taking over new contents) is done here once for all types.
 *
 * Promises. An error is never "not found": whoever asks must answer 4xx. A table that changed on disk is read
 * again, looked at no more than once a second (a file that is only ever replaced whole also before the answer
 * is "not found"); when the new contents cannot be read the old ones stay in use and a note says so. Values
 * are copied to the caller's arena. A table belongs to one thread; lookups of several tasks may interleave.
 */
#ifndef MAP_MAP_H
#define MAP_MAP_H

#include <sys/types.h>
#include "base/arena.h"
#include "base/str.h"
#include "base/verdict.h"

struct map;

enum map_result {
    MAP_FOUND,
    MAP_NOT_FOUND,
    MAP_ERROR, /* the table cannot be asked now: a temporary failure, the verdict says why */
};

enum {
    MAP_NESTING_LIMIT = 8,              /* pipemap:{pipemap:{...}} */
    MAP_NAME_LIMIT = 64 * 1024,         /* octets of "type:name" */
    MAP_FILE_LIMIT = 256 * 1024 * 1024, /* octets of a text table */
};

/* Opens "type:name" ("proxy:type:name" means the same). NULL with *verdict only for what can never become
 * right by itself: an unknown type, a malformed name. A file that is missing or unreadable gives a table
 * whose lookups end in MAP_ERROR until the file can be read. */
struct map *map_open(struct str spec, struct verdict *verdict);
void map_close(struct map *map); /* NULL is fine */

/* "type:name" as opened. */
struct str map_spec(const struct map *map);
/* False with *verdict when the table cannot be asked now: for `relais check`. */
bool map_probe(struct map *map, struct verdict *verdict);
/* The key is looked up as it is, but for case: types other than patterns fold ASCII letters. *value is set
 * only when found; it lives in the arena. */
enum map_result map_find(struct map *map, struct str key, struct arena *arena, struct str *value,
                         struct verdict *verdict);
/* True for pcre, regexp, cidr and other tables that want to see the whole key once, not parts of it; also for
 * tables that have one of these as a part. */
bool map_wants_whole_key(struct map *map);
/* How often the file is looked at, 1000 ms unless told; 0: at each lookup. */
void map_set_recheck(struct map *map, int64_t recheck_ms);

/* Calls fn for each note (skipped line, contents refused) since the last call, then forgets them: libraries
 * do not log, so programs do this after opening and now and then. */
typedef void map_note_fn(void *arg, struct str note);
void map_take_notes(struct map *map, map_note_fn *fn, void *arg);

/* Calls fn for each entry; false with *verdict when the type cannot list its entries or reading fails. fn
 * returns false to stop early. */
typedef bool map_entry_fn(void *arg, struct str key, struct str value);
bool map_each(struct map *map, map_entry_fn *fn, void *arg, struct verdict *verdict);

/* The file behind the table; empty when there is none. */
struct str map_path(const struct map *map);
/* Calls fn with the paths of the files behind the table and its parts (for Landlock: their directories must
 * be readable). */
void map_each_path(struct map *map, map_note_fn *fn, void *arg);
/* Who owns what is in it: of the files behind it the first that is not the superuser's; 0 where all are, and
 * for a table without a file. */
uid_t map_owner(struct map *map);
/* The tables a pipemap, unionmap or the like is made of; NULL past the last. */
struct map *map_part(struct map *map, size_t index);

/* --- for the types --- */

enum map_flags {
    MAP_HAS_FILE = 1,  /* `name` with `suffix` is a file to watch */
    MAP_WHOLE_KEY = 2, /* patterns: the key is not folded, and never cut into parts by the caller */
    MAP_BLOCKING = 4,  /* lookups may block or need a deep stack: done by task_blocking */
    MAP_BY_RENAME = 8, /* the file is only ever replaced by rename: new contents are whole at once */
};

/* Who is told of skipped lines. */
struct map_notes {
    map_note_fn *fn;
    void *arg;
};

/* What a type's load is given. */
struct map_source {
    struct str name;               /* after "type:", braces and all */
    const char *path;              /* the file; NULL without MAP_HAS_FILE */
    const struct map_notes *notes; /* told by map_note; NULL: nobody listens */
    unsigned depth;                /* of nested tables */
};

struct map_type {
    const char *name;
    unsigned flags;     /* of enum map_flags */
    const char *suffix; /* with MAP_HAS_FILE: of the file's name; may be empty */
    /* Makes the contents, owned by the table from then on. False with *verdict. Without MAP_HAS_FILE it is
     * called once, by map_open. */
    bool (*load)(const struct map_source *source, void **contents, struct verdict *verdict);
    void (*unload)(void *contents);
    enum map_result (*find)(void *contents, struct str key, struct arena *arena, struct str *value,
                            struct verdict *verdict);
    /* May be NULL. */
    bool (*each)(void *contents, map_entry_fn *fn, void *arg, struct verdict *verdict);
    struct map *(*part)(void *contents, size_t index);
};

/* Adds "path, line N: text" (line 0: no line). */
void map_note(const struct map_source *source, size_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Opens a table that is a part of another. */
struct map *map_open_part(const struct map_source *parent, struct str spec, struct verdict *verdict);
/* The type by its name ("hash" is lmdb); NULL when there is none. */
const struct map_type *map_type_find(struct str name);
/* Copies a value found; MAP_ERROR when the arena's budget is spent. */
enum map_result map_give(struct arena *arena, struct str found, struct str *value, struct verdict *verdict);

#endif
