/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text of a configuration file and its logical lines (reference: Postfix main.cf rules 1 to 6): a line
 * that begins with white space goes on with the one before, whose blanks stay; empty lines and lines whose
 * first non-blank is '#' are dropped, also between continued lines. There are no trailing comments and no
 * backslashes.
 */
#ifndef CONF_FILE_H
#define CONF_FILE_H

#include "base/buf.h"
#include "conf/param.h"

struct conf_lines {
    const char *name; /* of the file, for complaints; borrowed */
    struct str rest;
    size_t next_line;
    struct buf joined; /* owned */
    struct complaints *complaints;
};

/* Over text that is borrowed. End with conf_lines_finish. */
void conf_lines_start(struct conf_lines *lines, const char *name, struct str text,
                      struct complaints *complaints);
/* The next logical line (valid until the next call) and the number of its first physical line. */
bool conf_lines_next(struct conf_lines *lines, struct str *line, size_t *number);
void conf_lines_finish(struct conf_lines *lines);

/* "name = value": blanks around the '=' and at the ends go. False when there is no name or no '='. */
bool conf_line_split(struct str line, struct str *name, struct str *value);

#endif
