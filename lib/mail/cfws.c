/* SPDX-License-Identifier: BSD-2-Clause */
/* Skipping comments and blanks. */
#include "mail/cfws.h"

void cfws_skip(struct str *s)
{
    size_t at = 0;
    unsigned depth = 0;
    for (; at < s->len; at++) {
        char c = s->at[at];
        if (c == '(')
            depth++;
        else if (depth && c == ')')
            depth--;
        else if (depth && c == '\\')
            at++;
        else if (!depth && !char_is_space(c))
            break;
    }
    *s = str_from(*s, at < s->len ? at : s->len);
}

bool cfws_take(struct str *s, char c)
{
    cfws_skip(s);
    if (!s->len || s->at[0] != c)
        return false;
    *s = str_from(*s, 1);
    return true;
}
