/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changing a configuration file in place: only the logical lines that are meant change; comments, order and
 * everything else stay as they are, octet for octet.
 */
#ifndef CONF_EDIT_H
#define CONF_EDIT_H

#include "base/buf.h"

enum conf_edit_verb {
    CONF_EDIT_KEEP,
    CONF_EDIT_REPLACE,     /* by what was put into replacement (without a line end) */
    CONF_EDIT_COMMENT_OUT, /* its lines get a '#' in front */
    CONF_EDIT_DELETE,      /* comments within it stay */
};

/* Asked for each logical line (as conf_lines_next gives it). replacement is empty. */
typedef enum conf_edit_verb conf_edit_fn(void *arg, struct str line, struct buf *replacement);

/* Appends the changed text to *out; what does not end in a line end gets one. False when *out is full. */
bool conf_edit(struct str text, conf_edit_fn *fn, void *arg, struct buf *out);

/* A change of one parameter in the text of a main.cf. */
struct conf_change {
    struct str name, value;
    enum conf_edit_verb verb; /* CONF_EDIT_REPLACE: set to value */
    bool found;               /* set by conf_edit_main */
};
/* The first line that sets a name is replaced, further ones go; a name that is set nowhere is added at the
 * end. */
bool conf_edit_main(struct str text, struct conf_change *changes, size_t count, struct buf *out);

#endif
