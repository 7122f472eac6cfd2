/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Regular expressions by PCRE2, without JIT, within fixed limits: a pattern that backtracks without end on
 * some input is cut off and counts as an error of the table, never as "no match". Also the form
 * /pattern/flags and the replacement texts ($1, ${1}, $(1), $$ for a dollar) that pcre and regexp tables
 * share.
 */
#ifndef MAP_PATTERN_H
#define MAP_PATTERN_H

#include "map/rules.h"

struct pattern;

enum {
    PATTERN_MATCH_LIMIT = 200000,   /* steps of one match: a few milliseconds */
    PATTERN_DEPTH_LIMIT = 20000,    /* nested backtracking points */
    PATTERN_HEAP_LIMIT_KIB = 16384, /* for those */
    PATTERN_PARENS_LIMIT = 100,     /* nested parentheses in a pattern */
};

/* options: PCRE2_... of pcre2_compile. NULL with *why. */
struct pattern *pattern_compile(struct str text, uint32_t options, const char **why);

/* Cuts "/text/flags" off *rest; any octet but a letter, digit, blank or backslash may stand for the slash; a
 * backslash protects the next octet. False with *why. */
bool pattern_cut(struct str *rest, struct str *text, struct str *flags, const char **why);

/* For struct rules_type. */
void pattern_release(void *pattern);
enum rule_hit pattern_match(const void *pattern, struct str key, struct verdict *verdict);
const char *pattern_check(const void *pattern, bool negated, struct str value);
/* Of the last pattern_match. */
enum map_result pattern_expand(const void *pattern, struct str key, struct str value, struct arena *arena,
                               struct str *out);

#endif
