/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Expansion of $name and ${...} in values (reference: Postfix main.cf rules 8 to 14 and the golden cases).
 */
#ifndef CONF_EXPAND_H
#define CONF_EXPAND_H

#include "base/buf.h"

enum { EXPAND_DEPTH = 100 };

/* The raw value of a name; false when it is not defined (then it is empty). */
typedef bool expand_lookup(void *context, struct str name, struct str *raw);

struct expand {
    expand_lookup *lookup;
    void *context;
    char error[200]; /* why it failed */
};

/* Appends the expanded text; names in values are expanded in turn. False with expand->error. */
bool expand_text(struct expand *expand, struct str raw, struct buf *out);
/* Calls seen for each name that the text refers to, in any branch: for finding unused parameters. */
void expand_names(struct str raw, void (*seen)(void *context, struct str name), void *context);

#endif
