/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Matching by going back: to the last '%' or, when that cannot take more, to the last '*'. A '*' that was
 * reached later makes all marks before it pointless, so two marks are enough.
 */
#include "imap/pattern.h"

struct mark {
    size_t pattern, name; /* where to go on; pattern is SIZE_MAX when there is none */
};

static bool fits_octet(char want, char have, bool nocase)
{
    return nocase ? char_lower(want) == char_lower(have) : want == have;
}

static size_t inbox_size(struct str name, char separator)
{
    if (!str_starts_nocase(name, STR("INBOX")) || (name.len > 5 && name.at[5] != separator))
        return 0;
    return 5;
}

bool imap_pattern_fits(struct str pattern, struct str name, char separator)
{
    struct mark star = {SIZE_MAX, 0}, percent = {SIZE_MAX, 0};
    size_t p = 0, n = 0, inbox = inbox_size(name, separator);
    while (n < name.len || p < pattern.len) {
        if (p < pattern.len && pattern.at[p] == '*') {
            star = (struct mark){++p, n};
            percent.pattern = SIZE_MAX;
        } else if (p < pattern.len && pattern.at[p] == '%' && star.pattern == p) {
            star.pattern = ++p; /* "*%" is "*" */
        } else if (p < pattern.len && pattern.at[p] == '%') {
            percent = (struct mark){++p, n};
        } else if (p < pattern.len && n < name.len && fits_octet(pattern.at[p], name.at[n], n < inbox)) {
            p++;
            n++;
        } else if (percent.pattern != SIZE_MAX && percent.name < name.len &&
                   name.at[percent.name] != separator) {
            n = ++percent.name;
            p = percent.pattern;
        } else if (star.pattern != SIZE_MAX && star.name < name.len) {
            n = ++star.name;
            p = star.pattern;
            percent.pattern = SIZE_MAX;
        } else {
            return false;
        }
    }
    return true;
}
