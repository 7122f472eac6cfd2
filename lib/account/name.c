/* SPDX-License-Identifier: BSD-2-Clause */
/* Preparing names and homes. */
#include "account/name.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

static bool has_refused_octet(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.at[i];
        if (c <= ' ' || c == 0x7f || strchr("/\\\"<>,;:()%*", c))
            return true;
    }
    return false;
}

/* RFC 8264 4.2.3 leaves symbols, blanks and controls out of IdentifierClass; letters, marks and digits are
 * what names are made of. */
static bool is_name_letter(utf8proc_int32_t letter)
{
    switch (utf8proc_category(letter)) {
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ND:
        return true;
    default:
        return letter < 0x80;
    }
}

static bool letters_are_good(struct str name)
{
    while (name.len > 0) {
        utf8proc_int32_t letter;
        utf8proc_ssize_t size =
            utf8proc_iterate((const utf8proc_uint8_t *)name.at, (utf8proc_ssize_t)name.len, &letter);
        if (size <= 0 || !is_name_letter(letter))
            return false;
        name = str_from(name, (size_t)size);
    }
    return true;
}

static bool is_ascii(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.at[i] >= 0x80)
            return false;
    return true;
}

/* NFC after case folding; refuses ill-formed UTF-8. */
static bool fold(struct str given, struct arena *arena, struct str *folded)
{
    if (is_ascii(given)) {
        *folded = arena_lower(arena, given);
        return true;
    }
    utf8proc_uint8_t *out = NULL;
    utf8proc_ssize_t len = utf8proc_map((const utf8proc_uint8_t *)given.at, (utf8proc_ssize_t)given.len, &out,
                                        UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
    bool good = len > 0 && len <= ACCOUNT_NAME_LIMIT;
    if (good)
        *folded = arena_copy(arena, str_make(out, (size_t)len));
    free(out);
    return good;
}

static bool is_path_part(struct str part)
{
    return part.len > 0 && part.at[0] != '.';
}

bool account_name(struct str given, struct str realm, struct arena *arena, struct str *name)
{
    if (given.len == 0 || given.len > ACCOUNT_NAME_LIMIT || realm.len > ACCOUNT_NAME_LIMIT ||
        has_refused_octet(given))
        return false;
    struct str whole = given;
    if (!str_contains(given, '@') && realm.len > 0)
        whole = arena_printf(arena, STR_FMT "@" STR_FMT, STR_ARG(given), STR_ARG(realm));
    if (whole.len > ACCOUNT_NAME_LIMIT || !fold(whole, arena, name) || has_refused_octet(*name) ||
        !letters_are_good(*name))
        return false;
    size_t at = str_find(*name, '@');
    if (at == SIZE_MAX)
        return is_path_part(*name);
    return at == str_find_last(*name, '@') && is_path_part(str_sub(*name, 0, at)) &&
           is_path_part(str_from(*name, at + 1));
}
