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

static const struct {
    const char *name;
    size_t words;
} of_postfix[] = {
#define KNOWN_RESTRICTION(name, words) {#name, words},
#include "conf/known_restrictions.def"
#undef KNOWN_RESTRICTION
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

/* What follows it is no restriction: one complaint is enough. */
static enum restriction_result unknown(struct str *rest, struct str name, struct verdict *verdict)
{
    struct str word;
    bool broken = false;
    size_t i = 0;
    while (i < sizeof of_postfix / sizeof of_postfix[0] && !str_eq_nocase(name, str_of(of_postfix[i].name)))
        i++;
    if (i == sizeof of_postfix / sizeof of_postfix[0])
        return wrong(verdict, "unknown restriction: ", name);
    for (size_t k = 0; k < of_postfix[i].words; k++)
        list_next(rest, &word, &broken);
    return wrong(verdict, "Relais does not have this restriction of Postfix's: ", name);
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
        return unknown(rest, item->name, verdict);
    if (!known[item->restriction].has_table)
        return RESTRICTION_READ;
    before = *rest;
    if (list_next(rest, &item->table, &broken) && str_contains(item->table, ':'))
        return RESTRICTION_READ;
    *rest = broken ? STR("") : before;
    return wrong(verdict, "a table type:name must follow ", item->name);
}
