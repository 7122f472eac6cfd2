/* SPDX-License-Identifier: BSD-2-Clause */
/* Content-Type, Content-Disposition and their parameters (RFC 2045 5.1, RFC 2183 2). */
#include "mail/mime.h"

#include <string.h>

#include "mail/cfws.h"

/* RFC 2045 5.1 token: no blanks, controls or tspecials; octets over 127 are let pass. */
static bool is_token_char(char c)
{
    return (unsigned char)c > ' ' && c != 0x7f && !strchr("()<>@,;:\\\"/[]?=", c);
}

static struct str take_token(struct str *s)
{
    size_t len = 0;
    cfws_skip(s);
    while (len < s->len && is_token_char(s->at[len]))
        len++;
    struct str token = str_sub(*s, 0, len);
    *s = str_from(*s, len);
    return token;
}

/* Octets up to the closing quote, or all. */
static size_t quoted_size(struct str s)
{
    size_t at = 1;
    while (at < s.len && s.at[at] != '"')
        at += s.at[at] == '\\' ? 2 : 1;
    return at < s.len ? at : s.len;
}

/* A quoted-string's content, line endings taken out; one without end goes to the end. */
static bool take_quoted(struct str *s, struct arena *arena, struct str *value)
{
    size_t end = quoted_size(*s), len = 0;
    char *text = arena_try_get(arena, end);
    if (!text)
        return false;
    for (size_t at = 1; at < end; at++) {
        if (s->at[at] == '\\' && at + 1 < end)
            at++;
        if (s->at[at] != '\r' && s->at[at] != '\n' && s->at[at] != '\0')
            text[len++] = s->at[at];
    }
    *s = str_from(*s, end + 1);
    *value = str_make(text, len);
    return true;
}

/* A parameter's value. Real mail has values that should have been quoted: they go to the next ';' or blank.
 */
static bool take_value(struct str *s, struct arena *arena, struct str *value)
{
    size_t len = 0;
    cfws_skip(s);
    if (s->len && s->at[0] == '"')
        return take_quoted(s, arena, value);
    while (len < s->len && s->at[len] != ';' && !char_is_space(s->at[len]) && s->at[len])
        len++;
    *value = str_sub(*s, 0, len);
    *s = str_from(*s, len);
    return true;
}

/* What cannot be read is passed by up to the next ';'. */
static void skip_to_semicolon(struct str *s)
{
    size_t at = str_find(*s, ';');
    *s = str_from(*s, at == SIZE_MAX ? s->len : at);
}

/* First counts, then takes: the array is as large as needed. Quotes are not looked into when counting, so it
 * may be larger. */
static size_t count_params(struct str s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.len && count < MIME_PARAM_LIMIT; i++)
        count += s.at[i] == ';';
    return count;
}

static void take_params(struct str s, struct arena *arena, struct mime_params *params)
{
    size_t room = count_params(s);
    *params = (struct mime_params){0};
    if (!room || !(params->at = arena_try_get(arena, room * sizeof *params->at)))
        return;
    for (skip_to_semicolon(&s); cfws_take(&s, ';') && params->count < room; skip_to_semicolon(&s)) {
        struct mime_param param = {.name = take_token(&s)};
        if (!param.name.len || !cfws_take(&s, '=') || !take_value(&s, arena, &param.value))
            continue;
        params->at[params->count++] = param;
    }
    mime_join_continuations(params, arena);
}

bool mime_content_type(struct str value, struct arena *arena, struct str *type, struct str *subtype,
                       struct mime_params *params)
{
    struct str s = value;
    *params = (struct mime_params){0};
    *type = take_token(&s);
    if (!type->len || !cfws_take(&s, '/'))
        return false;
    *subtype = take_token(&s);
    if (!subtype->len)
        return false;
    take_params(s, arena, params);
    return true;
}

bool mime_disposition(struct str value, struct arena *arena, struct str *token, struct mime_params *params)
{
    struct str s = value;
    *params = (struct mime_params){0};
    *token = take_token(&s);
    if (!token->len)
        return false;
    take_params(s, arena, params);
    return true;
}

bool mime_language(struct str *rest, struct str *language)
{
    while (rest->len) {
        *language = take_token(rest);
        if (language->len)
            return true;
        *rest = str_from(*rest, 1);
    }
    return false;
}
