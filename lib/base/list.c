/* SPDX-License-Identifier: BSD-2-Clause */
/* Items of lists, with braces as quotes. */
#include "base/list.h"

#include <string.h>

static bool is_separator(char c)
{
    return c == ',' || char_is_space(c);
}

/* Octets up to the first separator outside of braces. SIZE_MAX: a brace is not closed. */
static size_t item_length(struct str s)
{
    size_t depth = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] == '{')
            depth++;
        else if (s.at[i] == '}' && depth)
            depth--;
        else if (depth == 0 && is_separator(s.at[i]))
            return i;
    }
    return depth ? SIZE_MAX : s.len;
}

bool list_next(struct str *rest, struct str *item, bool *broken)
{
    size_t at = 0;
    while (at < rest->len && is_separator(rest->at[at]))
        at++;
    *rest = str_from(*rest, at);
    if (!rest->len)
        return false;
    size_t len = item_length(*rest);
    if (len == SIZE_MAX) {
        *broken = true;
        return false;
    }
    *item = str_sub(*rest, 0, len);
    *rest = str_from(*rest, len);
    return true;
}

bool list_unbrace(struct str s, struct str *inner)
{
    s = str_trim(s);
    if (s.len < 2 || s.at[0] != '{' || s.at[s.len - 1] != '}')
        return false;
    /* The first brace must be closed by the last octet, not before: "{a} {b}" is two items. */
    size_t depth = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] == '{')
            depth++;
        else if (s.at[i] == '}' && --depth == 0 && i + 1 < s.len)
            return false;
    }
    *inner = str_trim(str_sub(s, 1, s.len - 2));
    return depth == 0;
}
