/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parameters of Postfix's that Relais does not act on: configurations that set them are taken, and told what
 * they would have done. Their defaults count where a value refers to them.
 */
#ifndef CONF_KNOWN_H
#define CONF_KNOWN_H

#include "base/str.h"

struct known {
    struct str name;
    const char *fallback; /* the default, unexpanded */
    const char *effect;   /* to follow "it would have ", as far as Relais differs with what it does instead */
};

/* NULL when the name is none of them. */
const struct known *conf_known(struct str name);
/* The one with this number, in order of name; NULL behind the last. */
const struct known *conf_known_at(size_t number);

#endif
