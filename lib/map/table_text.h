/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text of a table and its logical lines (reference: Postfix main.cf rules 2 to 4, which tables share): a
 * line that begins with white space continues the one before; empty lines and lines whose first non-blank is
 * `#` are dropped, also between continued lines. Instead of a file the text may stand in braces: type:{
 * {line} {line} }.
 */
#ifndef MAP_TABLE_TEXT_H
#define MAP_TABLE_TEXT_H

#include "base/buf.h"
#include "map/map.h"

struct table_text {
    const struct map_source *source; /* borrowed */
    struct buf file;                 /* owned: the text, unless it stands in braces */
    struct str rest;
    bool braced;
    bool stopped;      /* a brace in the braced form is not closed */
    size_t next_line;  /* number of the physical line at rest */
    struct buf joined; /* a line put together from several */
};

/* Reads source->path, or takes source->name in braces. False with *verdict. Ended by table_text_close in any
 * case. */
bool table_text_open(struct table_text *text, const struct map_source *source, struct verdict *verdict);
/* Over text that is in memory already; borrowed. */
void table_text_over(struct table_text *text, const struct map_source *source, struct str octets);
/* The next logical line without blanks at its ends, and the number of its first physical line; valid until
 * the next call. A line that has nothing to continue is noted and skipped. */
bool table_text_next(struct table_text *text, struct str *line, size_t *number);
void table_text_close(struct table_text *text);

/* Splits "key white-space value", where double quotes protect white space in the key. False with *why. */
bool table_entry_split(struct str line, struct str *key, struct str *value, const char **why);

#endif
