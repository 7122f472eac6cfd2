/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The right-hand side of aliases(5), virtual(5) and .forward: a list of destinations separated by commas, in
 * which double quotes protect separators, and comments (RFC 5322 3.2.2) are dropped.
 */
#ifndef MAP_ALIAS_H
#define MAP_ALIAS_H

#include "base/arena.h"
#include "base/str.h"

enum alias_kind {
    ALIAS_ADDRESS, /* user, user@domain, "quoted user"@domain */
    ALIAS_COMMAND, /* |command */
    ALIAS_FILE,    /* /file/name */
    ALIAS_INCLUDE, /* :include:/file/name */
};

struct alias_item {
    enum alias_kind kind;
    struct str
        text; /* the address (external form), or what follows "|", "/" (kept) or ":include:", unquoted */
};

enum alias_result { ALIAS_ITEM, ALIAS_END, ALIAS_BAD /* unbalanced quote, bracket or comment */ };

/* Cuts the next destination off *rest; its text lives in the arena, which must have room for rest->len octets
 * and a few more. "Name <a@b>" gives a@b. */
enum alias_result alias_next(struct str *rest, struct arena *arena, struct alias_item *item);

/* Splits "name: values" as it stands in aliases(5). *name is unquoted, in lower case; *values is borrowed
 * from the line. False with *why when it is not of that form. */
bool alias_split(struct str line, struct arena *arena, struct str *name, struct str *values,
                 const char **why);

#endif
