/* SPDX-License-Identifier: BSD-2-Clause */
/* The list, searched by halves. */
#include "conf/known.h"

#include "conf/installed.h"

static const struct known list[] = {
#define KNOWN(name, fallback, effect) {STR_INIT(name), fallback, effect},
#include "conf/known.def"
#undef KNOWN
};

const struct known *conf_known_at(size_t number)
{
    return number < sizeof list / sizeof list[0] ? &list[number] : NULL;
}

const struct known *conf_known(struct str name)
{
    size_t from = 0, to = sizeof list / sizeof list[0];
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = str_compare(name, list[middle].name);
        if (order == 0)
            return &list[middle];
        if (order < 0)
            to = middle;
        else
            from = middle + 1;
    }
    return NULL;
}
