/* SPDX-License-Identifier: BSD-2-Clause */
/* The list, searched by halves. */
#include "conf/known.h"

static const struct known {
    struct str name;
    const char *instead;
} known[] = {
#define KNOWN(name, instead) {STR_INIT(name), instead},
#include "conf/known.def"
#undef KNOWN
};

const char *conf_known(struct str name)
{
    size_t from = 0, to = sizeof known / sizeof known[0];
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = str_compare(name, known[middle].name);
        if (order == 0)
            return known[middle].instead;
        if (order < 0)
            to = middle;
        else
            from = middle + 1;
    }
    return NULL;
}
