/* SPDX-License-Identifier: BSD-2-Clause */
/* Right-hand sides of aliases: lists of destinations. */
#include "map/alias.h"

/* --- cutting --- */

/* A comment begins at s.at[0] == '('; its length with nested ones, or 0 when it is not closed (RFC
 * 5322 3.2.2). */
static size_t comment_length(struct str s)
{
    size_t depth = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] == '\\')
            i++;
        else if (s.at[i] == '(')
            depth++;
        else if (s.at[i] == ')' && --depth == 0)
            return i + 1;
    }
    return 0;
}

/* A quoted string begins at s.at[0] == '"'; its length with both quotes, or 0. */
static size_t quoted_length(struct str s)
{
    for (size_t i = 1; i < s.len; i++) {
        if (s.at[i] == '\\')
            i++;
        else if (s.at[i] == '"')
            return i + 1;
    }
    return 0;
}

/* Octets up to the comma that ends the destination, or SIZE_MAX when something is not closed. Inside <>
 * commas do not separate. */
static size_t item_length(struct str s)
{
    bool angle = false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.at[i];
        size_t len = 1;
        if (c == '"' || c == '(') {
            len = c == '"' ? quoted_length(str_from(s, i)) : comment_length(str_from(s, i));
            if (len == 0)
                return SIZE_MAX;
        } else if (c == '\\') {
            len = 2;
        } else if (c == '<' || c == '>') {
            angle = c == '<';
        } else if (c == ',' && !angle) {
            return i;
        }
        i += len - 1;
    }
    return angle ? SIZE_MAX : s.len;
}

/* Takes comments out, to `out`, which has room for s.len octets. */
static struct str without_comments(struct str s, char *out)
{
    size_t len = 0;
    for (size_t i = 0; i < s.len;) {
        size_t skip = s.at[i] == '(' ? comment_length(str_from(s, i)) : 0;
        size_t copy = s.at[i] == '"' ? quoted_length(str_from(s, i)) : s.at[i] == '\\' ? 2 : 1;
        if (skip) {
            i += skip;
            continue;
        }
        for (; copy && i < s.len; copy--)
            out[len++] = s.at[i++];
    }
    return str_trim(str_make(out, len));
}

/* "text" as a whole becomes text, without backslashes. In place. */
static struct str unquote(struct str s, char *out)
{
    if (s.len < 2 || s.at[0] != '"' || quoted_length(s) != s.len)
        return s;
    size_t len = 0;
    for (size_t i = 1; i + 1 < s.len; i++) {
        if (s.at[i] == '\\')
            i++;
        out[len++] = s.at[i];
    }
    return str_make(out, len);
}

/* --- what it is --- */

static struct str address_of(struct str s)
{
    size_t open = str_find_last(s, '<');
    if (open == SIZE_MAX || s.at[s.len - 1] != '>')
        return s;
    return str_trim(str_sub(s, open + 1, s.len - open - 2));
}

static void classify(struct str text, char *space, struct alias_item *item)
{
    struct str include = STR(":include:"), plain = unquote(text, space);
    *item = (struct alias_item){ALIAS_ADDRESS, address_of(text)};
    if (plain.len && plain.at[0] == '|')
        *item = (struct alias_item){ALIAS_COMMAND, unquote(str_trim(str_from(plain, 1)), space + text.len)};
    else if (plain.len && plain.at[0] == '/')
        *item = (struct alias_item){ALIAS_FILE, plain};
    else if (str_starts_nocase(plain, include))
        *item = (struct alias_item){ALIAS_INCLUDE,
                                    unquote(str_trim(str_from(plain, include.len)), space + text.len)};
}

enum alias_result alias_next(struct str *rest, struct arena *arena, struct alias_item *item)
{
    for (;;) {
        *rest = str_trim(*rest);
        if (!rest->len)
            return ALIAS_END;
        size_t len = item_length(*rest);
        if (len == SIZE_MAX)
            return ALIAS_BAD;
        char *space = arena_try_get(arena, 3 * len + 3);
        if (!space)
            return ALIAS_BAD;
        struct str text = without_comments(str_sub(*rest, 0, len), space);
        *rest = str_from(*rest, len + 1);
        if (!text.len)
            continue;
        classify(text, space + len + 1, item);
        return item->text.len ? ALIAS_ITEM : ALIAS_BAD;
    }
}

bool alias_split(struct str line, struct arena *arena, struct str *name, struct str *values, const char **why)
{
    size_t colon = 0;
    line = str_trim(line);
    if (line.len && line.at[0] == '"' && !(colon = quoted_length(line))) {
        *why = "unbalanced quote";
        return false;
    }
    while (colon < line.len && line.at[colon] != ':')
        colon++;
    struct str left = str_trim(str_sub(line, 0, colon));
    *values = str_trim(str_from(line, colon + 1));
    if (!left.len || colon >= line.len || !values->len) {
        *why = "expected: name: value";
        return false;
    }
    char *space = arena_try_get(arena, left.len + 1);
    if (!space) {
        *why = "no room for the name";
        return false;
    }
    bool quoted = left.at[0] == '"';
    *name = unquote(left, space);
    if (!name->len || (!quoted && (str_contains(*name, '@') || str_contains(*name, ' ')))) {
        *why = "the name must be a local one";
        return false;
    }
    if (!arena_has_room(arena, name->len + 1)) {
        *why = "no room for the name";
        return false;
    }
    *name = arena_lower(arena, *name);
    return true;
}
