/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parameters of RFC 2231: values in pieces (name*0, name*1*) are joined when a field is read, so there are
 * only name and name*, whose octets are percent-coded behind charset and language.
 */
#include <string.h>

#include "mail/decode.h"
#include "mail/header.h"
#include "mail/mime.h"

const struct str *mime_param(const struct mime_params *params, const char *name)
{
    for (size_t i = 0; i < params->count; i++)
        if (str_eq_nocase(params->at[i].name, str_of(name)))
            return &params->at[i].value;
    return NULL;
}

/* --- continuations --- */

/* Splits name*N and name*N* (RFC 2231 3, 4.1). */
static bool is_section(struct str param, struct str *name, uint64_t *number, bool *coded)
{
    size_t star = str_find(param, '*');
    if (star == SIZE_MAX || star == 0)
        return false;
    struct str digits = str_from(param, star + 1);
    *name = str_sub(param, 0, star);
    *coded = str_ends(digits, STR("*"));
    if (*coded)
        digits.len--;
    return str_to_u64(digits, number);
}

/* The piece `wanted` of name; they may stand in any order. params->count when there is none. */
static size_t find_section(const struct mime_params *params, struct str name, uint64_t wanted, bool *coded)
{
    size_t i = 0;
    for (; i < params->count; i++) {
        struct str found;
        uint64_t number;
        if (is_section(params->at[i].name, &found, &number, coded) && number == wanted &&
            str_eq_nocase(found, name))
            break;
    }
    return i;
}

/* RFC 2231 7, attribute-char. */
static bool is_plain(char c)
{
    return char_is_print(c) && c != ' ' && !strchr("*'%()<>@,;:\\\"/[]?=", c);
}

static void add_percent_coded(struct str s, struct buf *out)
{
    for (size_t i = 0; i < s.len; i++) {
        if (is_plain(s.at[i]))
            buf_add_char(out, s.at[i]);
        else
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)s.at[i]);
    }
}

static void mark(const struct mime_params *params, struct str name, bool *used)
{
    for (size_t i = 0; i < params->count; i++) {
        struct str found;
        uint64_t number;
        bool coded;
        used[i] = used[i] ||
                  (is_section(params->at[i].name, &found, &number, &coded) && str_eq_nocase(found, name));
    }
}

/* Joins the pieces of a parameter, of which params->at[first] is number 0; marks all that have its name as
 * used, also those behind a gap. In a value with a coded piece all of it is coded, and the answer is true. */
static bool join(const struct mime_params *params, size_t first, bool *used, struct buf *out)
{
    struct str name;
    uint64_t number;
    bool coded, any_coded = false;
    is_section(params->at[first].name, &name, &number, &coded);
    bool has_charset = coded;
    for (number = 0; find_section(params, name, number, &coded) < params->count; number++)
        any_coded = any_coded || coded;
    mark(params, name, used);
    if (any_coded && !has_charset)
        buf_add_text(out, "''");
    for (uint64_t next = 0; next < number; next++) {
        struct str value = params->at[find_section(params, name, next, &coded)].value;
        if (any_coded && !coded)
            add_percent_coded(value, out);
        else
            buf_add(out, value);
    }
    return any_coded;
}

void mime_join_continuations(struct mime_params *params, struct arena *arena)
{
    bool used[MIME_PARAM_LIMIT] = {false}, coded;
    struct buf value;
    buf_init(&value, 4 * HEADER_LIMIT);
    for (size_t i = 0; i < params->count; i++) {
        struct mime_param *param = &params->at[i];
        struct str name, joined;
        uint64_t number;
        if (used[i] || !is_section(param->name, &name, &number, &coded) || number != 0)
            continue;
        buf_clear(&value);
        coded = join(params, i, used, &value);
        if (value.over || !arena_try_copy(arena, buf_str(&value), &joined))
            continue;
        used[i] = false;
        /* name*0* begins with name*, which is what it is called now */
        *param = (struct mime_param){str_sub(param->name, 0, name.len + (coded ? 1 : 0)), joined};
    }
    buf_finish(&value);
    size_t kept = 0;
    for (size_t i = 0; i < params->count; i++)
        if (!used[i])
            params->at[kept++] = params->at[i];
    params->count = kept;
}

/* --- as text --- */

static int hex_digit(char c)
{
    uint64_t value;
    return str_hex_to_u64(str_make(&c, 1), &value) ? (int)value : -1;
}

static void add_percent_decoded(struct str s, struct buf *out)
{
    for (size_t i = 0; i < s.len; i++) {
        int high = i + 2 < s.len && s.at[i] == '%' ? hex_digit(s.at[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(s.at[i + 2]) : -1;
        buf_add_char(out, low >= 0 ? (char)(high * 16 + low) : s.at[i]);
        i += low >= 0 ? 2 : 0;
    }
}

/* "charset'language'" at the front of an extended value; UTF-8 when it says none. */
static struct str take_charset(struct str *value)
{
    size_t first = str_find(*value, '\'');
    size_t second = first == SIZE_MAX ? SIZE_MAX : str_find(str_from(*value, first + 1), '\'');
    if (second == SIZE_MAX)
        return STR("us-ascii");
    struct str charset = str_sub(*value, 0, first);
    *value = str_from(*value, first + 1 + second + 1);
    return charset.len ? charset : STR("utf-8");
}

static const struct str *find_extended(const struct mime_params *params, struct str name)
{
    for (size_t i = 0; i < params->count; i++) {
        struct str found = params->at[i].name;
        if (found.len == name.len + 1 && found.at[name.len] == '*' && str_starts_nocase(found, name))
            return &params->at[i].value;
    }
    return NULL;
}

bool mime_param_text(const struct mime_params *params, const char *name, struct buf *out)
{
    struct buf raw;
    const struct str *plain = mime_param(params, name), *extended = find_extended(params, str_of(name));
    if (plain)
        return encoded_words_decode(*plain, out);
    if (!extended)
        return false;
    struct str value = *extended, charset = take_charset(&value);
    buf_init(&raw, HEADER_LIMIT);
    add_percent_decoded(value, &raw);
    bool found = raw.len > 0 && (charset_to_utf8(charset, buf_str(&raw), out) || buf_add(out, buf_str(&raw)));
    buf_finish(&raw);
    return found;
}
