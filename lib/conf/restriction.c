/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading lists of restrictions: for the check of main.cf, for the judge of tables, and for smtpd. */
#include "conf/restriction.h"

#include "base/list.h"

static const struct {
    const char *name;
    bool has_table;
} known[] = {
#define RESTRICTION(name, who)        {#name, false},
#define TABLE_RESTRICTION(name, what) {#name, true},
#include "conf/restrictions.def"
#undef RESTRICTION
#undef TABLE_RESTRICTION
};

static enum restriction find(struct str name)
{
    size_t i = 0;
    while (i < RESTRICTIONS && !str_eq_nocase(name, str_of(known[i].name)))
        i++;
    return (enum restriction)i;
}

static enum restriction_result wrong(struct verdict *verdict, const char *what, struct str name)
{
    verdict_set(verdict, 451, "3.5", "%s" STR_FMT, what, STR_ARG(name));
    return RESTRICTION_WRONG;
}

enum restriction_result restriction_next(struct str *rest, struct restriction_item *item,
                                         struct verdict *verdict)
{
    bool broken = false;
    struct str before = *rest;
    *item = (struct restriction_item){.table = STR("")};
    if (!list_next(rest, &item->name, &broken)) {
        *rest = STR("");
        return broken ? wrong(verdict, "a brace is not closed: ", before) : RESTRICTION_END;
    }
    item->restriction = find(item->name);
    if (item->restriction == RESTRICTIONS)
        return wrong(verdict, "unknown restriction: ", item->name);
    if (!known[item->restriction].has_table)
        return RESTRICTION_READ;
    before = *rest;
    if (list_next(rest, &item->table, &broken) && str_contains(item->table, ':'))
        return RESTRICTION_READ;
    *rest = broken ? STR("") : before;
    return wrong(verdict, "a table type:name must follow ", item->name);
}
