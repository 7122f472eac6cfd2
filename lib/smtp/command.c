/* SPDX-License-Identifier: BSD-2-Clause */
/* Command lines, octet-exact: only CRLF ends a line. */
#include "smtp/command.h"

bool smtp_command_split(struct str line, struct str *verb, struct str *args)
{
    if (!str_ends(line, STR("\r\n")))
        return false;
    line.len -= 2;
    if (str_contains(line, '\r') || str_contains(line, '\0'))
        return false;
    size_t len = 0;
    while (len < line.len && char_is_alpha(line.at[len]))
        len++;
    if (len == 0 || (len < line.len && line.at[len] != ' '))
        return false;
    *verb = str_sub(line, 0, len);
    *args = str_trim(str_from(line, len));
    return true;
}

/* Index of the '>' that closes the path, quoted strings and their escapes skipped (RFC 5321 4.1.2). */
static size_t closing_bracket(struct str path)
{
    bool quoted = false;
    for (size_t i = 0; i < path.len; i++) {
        if (quoted && path.at[i] == '\\')
            i++;
        else if (path.at[i] == '"')
            quoted = !quoted;
        else if (path.at[i] == '>' && !quoted)
            return i;
    }
    return SIZE_MAX;
}

bool smtp_path_read(struct str args, struct str keyword, struct str *path, struct str *params,
                    struct verdict *verdict)
{
    if (!str_starts_nocase(args, keyword))
        return verdict_set(verdict, 501, "5.4", "Syntax: " STR_FMT "<address>", STR_ARG(keyword));
    struct str rest = str_trim(str_from(args, keyword.len));
    if (rest.len == 0 || rest.at[0] != '<')
        return verdict_set(verdict, 501, "5.4", "Syntax: " STR_FMT "<address>", STR_ARG(keyword));
    rest = str_from(rest, 1);
    size_t end = closing_bracket(rest);
    if (end == SIZE_MAX)
        return verdict_set(verdict, 501, "5.4", "Unbalanced <>");
    *path = str_sub(rest, 0, end);
    *params = str_from(rest, end + 1);
    if (params->len && params->at[0] != ' ')
        return verdict_set(verdict, 501, "5.4", "Blank missing before parameters");
    return true;
}
