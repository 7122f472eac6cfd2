/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Expansion of $name and ${...} in values (reference: Postfix main.cf rules 8 to 14 and the golden cases).
 */
#ifndef CONF_EXPAND_H
#define CONF_EXPAND_H

#include "base/buf.h"

/* Nesting, and names looked up for one text: a short text of names that stand for names twice would else
 * take for ever. */
enum { EXPAND_DEPTH = 100, EXPAND_NAMES = 10000 };

/* The raw value of a name; false when it is not defined (then it is empty). */
typedef bool expand_lookup(void *context, struct str name, struct str *raw);

struct expand {
    expand_lookup *lookup;
    void *context;
    unsigned names;  /* looked up so far; begins with 0 */
    char error[200]; /* why it failed */
};

/* Appends the expanded text; names in values are expanded in turn. False with expand->error. */
bool expand_text(struct expand *expand, struct str raw, struct buf *out);
/* Calls seen for each name that the text refers to, in any branch: for finding unused parameters. Texts that
 * are compared, and functions, are no names. */
void expand_names(struct str raw, void (*seen)(void *context, struct str name), void *context);

/* A function of values, ${name{text}}: appends what the trimmed text stands for. One row each in
 * functions.def, one file function_<name>.c each. */
struct expand_function {
    const char *name;
    bool (*run)(struct expand *expand, struct str text, struct buf *out);
};
/* Says why; returns false. */
bool expand_fail(struct expand *expand, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
