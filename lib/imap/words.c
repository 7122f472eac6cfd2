/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of RFC 3501 9: atoms, numbers, strings. */
#include "imap/lexer.h"

#include <string.h>

static bool is_atom_char(char c)
{
    return char_is_print(c) && !strchr("(){ %*\"\\]", c);
}

static bool is_astring_char(char c)
{
    return is_atom_char(c) || c == ']';
}

static bool is_tag_char(char c)
{
    return is_astring_char(c) && c != '+';
}

static bool is_list_char(char c)
{
    return is_astring_char(c) || c == '%' || c == '*';
}

static bool is_name_char(char c)
{
    return char_is_alnum(c) || c == '.' || c == '-' || c == '_';
}

static bool take_run(struct imap_lexer *lexer, bool (*is_member)(char), struct str *run)
{
    size_t len = 0;
    if (!imap_lex_ok(lexer))
        return false;
    while (len < lexer->rest.len && is_member(lexer->rest.at[len]))
        len++;
    *run = str_sub(lexer->rest, 0, len);
    if (len == 0)
        return imap_lex_fail(lexer, IMAP_LEX_BAD, lexer->rest.len ? "Syntax error" : "Missing argument");
    lexer->rest = str_from(lexer->rest, len);
    return true;
}

bool imap_lex_tag(struct imap_lexer *lexer, struct str *tag)
{
    return take_run(lexer, is_tag_char, tag);
}

bool imap_lex_atom(struct imap_lexer *lexer, struct str *atom)
{
    return take_run(lexer, is_atom_char, atom);
}

bool imap_lex_name(struct imap_lexer *lexer, struct str *name)
{
    return take_run(lexer, is_name_char, name);
}

bool imap_lex_number64(struct imap_lexer *lexer, uint64_t *number)
{
    struct str digits;
    if (!take_run(lexer, char_is_digit, &digits))
        return false;
    return str_to_u64(digits, number) || imap_lex_fail(lexer, IMAP_LEX_BAD, "Number too large");
}

bool imap_lex_number(struct imap_lexer *lexer, uint32_t *number)
{
    uint64_t wide = 0;
    if (!imap_lex_number64(lexer, &wide))
        return false;
    *number = (uint32_t)wide;
    return wide <= UINT32_MAX || imap_lex_fail(lexer, IMAP_LEX_BAD, "Number too large");
}

/* Octets up to the closing quote; SIZE_MAX when there is none, or something that cannot be quoted before it.
 * Octets over 127 are let through: clients send UTF-8 so, and who uses the string looks at it anyway. */
static size_t quoted_size(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '"')
            return i;
        if (text.at[i] == '\\' && i + 1 < text.len)
            i++;
        if (text.at[i] == '\0' || text.at[i] == '\r')
            break;
    }
    return SIZE_MAX;
}

/* Behind the opening quote. */
static bool take_quoted(struct imap_lexer *lexer, struct str *string)
{
    size_t size = quoted_size(lexer->rest), len = 0;
    if (size == SIZE_MAX)
        return imap_lex_fail(lexer, IMAP_LEX_BAD, "Bad quoted string");
    struct str quoted = str_sub(lexer->rest, 0, size);
    char *copy = arena_get(lexer->arena, size + 1);
    for (size_t i = 0; i < size; i++) {
        if (quoted.at[i] == '\\')
            i++;
        copy[len++] = quoted.at[i];
    }
    lexer->rest = str_from(lexer->rest, size + 1);
    *string = str_make(copy, len);
    return true;
}

static bool take_literal(struct imap_lexer *lexer, struct str *string)
{
    uint64_t size;
    struct str piece;
    struct buf octets;
    if (!imap_lex_literal(lexer, &size))
        return false;
    if (size > IMAP_LITERAL_LIMIT || size > lexer->left)
        return imap_lex_fail(lexer, IMAP_LEX_TOO_BIG, "Literal too large");
    lexer->left -= size;
    buf_init(&octets, IMAP_LITERAL_LIMIT);
    while (imap_lex_literal_piece(lexer, &piece))
        buf_add(&octets, piece);
    *string = arena_copy(lexer->arena, buf_str(&octets));
    buf_finish(&octets);
    if (str_contains(*string, '\0')) /* RFC 3501 9: CHAR8 */
        return imap_lex_fail(lexer, IMAP_LEX_BAD, "NUL in literal");
    return imap_lex_ok(lexer);
}

bool imap_lex_string(struct imap_lexer *lexer, struct str *string)
{
    if (imap_lex_take(lexer, '"'))
        return take_quoted(lexer, string);
    if (imap_lex_peek(lexer) == '{')
        return take_literal(lexer, string);
    return imap_lex_fail(lexer, IMAP_LEX_BAD, "String expected");
}

bool imap_lex_nstring(struct imap_lexer *lexer, struct str *string)
{
    char c = imap_lex_peek(lexer);
    if (c == '"' || c == '{')
        return imap_lex_string(lexer, string);
    struct str atom;
    if (!imap_lex_atom(lexer, &atom))
        return false;
    *string = (struct str){NULL, 0};
    return str_eq_nocase(atom, STR("NIL")) || imap_lex_fail(lexer, IMAP_LEX_BAD, "String or NIL expected");
}

static bool string_or_run(struct imap_lexer *lexer, bool (*is_member)(char), struct str *string)
{
    char c = imap_lex_peek(lexer);
    if (c == '"' || c == '{')
        return imap_lex_string(lexer, string);
    return take_run(lexer, is_member, string);
}

bool imap_lex_astring(struct imap_lexer *lexer, struct str *string)
{
    return string_or_run(lexer, is_astring_char, string);
}

bool imap_lex_list_mailbox(struct imap_lexer *lexer, struct str *pattern)
{
    return string_or_run(lexer, is_list_char, pattern);
}

bool imap_lex_flag(struct imap_lexer *lexer, struct str *flag)
{
    struct str whole = lexer->rest, atom;
    size_t slash = imap_lex_take(lexer, '\\') ? 1 : 0;
    if (!imap_lex_atom(lexer, &atom))
        return false;
    *flag = str_sub(whole, 0, atom.len + slash);
    return true;
}
