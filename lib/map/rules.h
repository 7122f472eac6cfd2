/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables of patterns: rules tried from the top, the first that matches gives the value. What cidr, pcre and
 * regexp share: `!pattern value`, and blocks `if pattern` … `endif`, nested, whose rules are tried only when
 * the pattern matches. A rule that cannot be read is noted and skipped; a block whose `if` cannot be read is
 * skipped as a whole.
 */
#ifndef MAP_RULES_H
#define MAP_RULES_H

#include "map/map.h"

struct rules;

enum { RULES_LIMIT = 1000000, RULES_NESTING_LIMIT = 64 };

enum rule_hit { RULE_NO, RULE_YES, RULE_ERROR };

/* What distinguishes the types. A pattern is owned by its rule. */
struct rules_type {
    /* Cuts the pattern off the front of *rest. NULL with *why. */
    void *(*parse)(struct str *rest, const char **why);
    void (*release)(void *pattern);
    enum rule_hit (*match)(const void *pattern, struct str key, struct verdict *verdict);
    /* What is wrong with this value for this pattern, or NULL; may be NULL itself. */
    const char *(*check)(const void *pattern, bool negated, struct str value);
    /* Puts what a match captured into the value; NULL: the value stands as it is. */
    enum map_result (*expand)(const void *pattern, struct str key, struct str value, struct arena *arena,
                              struct str *out);
};

bool rules_load(const struct rules_type *type, const struct map_source *source, void **contents,
                struct verdict *verdict);
void rules_unload(void *contents);
enum map_result rules_find(void *contents, struct str key, struct arena *arena, struct str *value,
                           struct verdict *verdict);

#endif
