/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of restrictions as text: names of restrictions.def, some with a table behind them. */
#ifndef CONF_RESTRICTION_H
#define CONF_RESTRICTION_H

#include "base/verdict.h"

/* By the order of restrictions.def. */
enum restriction {
#define RESTRICTION(name, who)        RESTRICTION_##name,
#define TABLE_RESTRICTION(name, what) RESTRICTION_##name,
#include "conf/restrictions.def"
#undef RESTRICTION
#undef TABLE_RESTRICTION
    RESTRICTIONS,
};

struct restriction_item {
    enum restriction restriction; /* RESTRICTIONS: nobody knows the name */
    struct str name;
    struct str table; /* "type:name"; empty: this one takes none */
};

enum restriction_result { RESTRICTION_READ, RESTRICTION_END, RESTRICTION_WRONG };

/* Takes the next item off *rest, lists with commas or white space between. WRONG, with a 451 4.3.5 verdict,
 * for an unknown name and for a missing table; more may be read behind it. */
enum restriction_result restriction_next(struct str *rest, struct restriction_item *item,
                                         struct verdict *verdict);

#endif
