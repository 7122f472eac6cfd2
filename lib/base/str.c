/* SPDX-License-Identifier: BSD-2-Clause */
/* Borrowed octet strings: comparing, finding, cutting, numbers. No allocation happens here. */
#include "base/str.h"

#include <string.h>

struct str str_of(const char *text)
{
    return (struct str){text, text ? strlen(text) : 0};
}

struct str str_make(const void *at, size_t len)
{
    return (struct str){at, len};
}

bool str_eq(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool str_eq_nocase(struct str a, struct str b)
{
    return a.len == b.len && str_compare_nocase(a, b) == 0;
}

static int compare_lengths(struct str a, struct str b)
{
    return a.len < b.len ? -1 : a.len > b.len;
}

int str_compare(struct str a, struct str b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.at, b.at, common) : 0;
    return order ? order : compare_lengths(a, b);
}

int str_compare_nocase(struct str a, struct str b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    for (size_t i = 0; i < common; i++) {
        int order = (unsigned char)char_lower(a.at[i]) - (unsigned char)char_lower(b.at[i]);
        if (order)
            return order;
    }
    return compare_lengths(a, b);
}

bool str_starts(struct str s, struct str prefix)
{
    return s.len >= prefix.len && str_eq(str_sub(s, 0, prefix.len), prefix);
}

bool str_starts_nocase(struct str s, struct str prefix)
{
    return s.len >= prefix.len && str_eq_nocase(str_sub(s, 0, prefix.len), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.len >= suffix.len && str_eq(str_from(s, s.len - suffix.len), suffix);
}

bool str_ends_nocase(struct str s, struct str suffix)
{
    return s.len >= suffix.len && str_eq_nocase(str_from(s, s.len - suffix.len), suffix);
}

size_t str_find(struct str s, char c)
{
    const char *hit = s.len ? memchr(s.at, c, s.len) : NULL;
    return hit ? (size_t)(hit - s.at) : SIZE_MAX;
}

size_t str_find_last(struct str s, char c)
{
    const char *hit = s.len ? memrchr(s.at, c, s.len) : NULL;
    return hit ? (size_t)(hit - s.at) : SIZE_MAX;
}

size_t str_find_str(struct str s, struct str needle)
{
    if (needle.len == 0)
        return 0;
    const char *hit = s.len ? memmem(s.at, s.len, needle.at, needle.len) : NULL;
    return hit ? (size_t)(hit - s.at) : SIZE_MAX;
}

bool str_contains(struct str s, char c)
{
    return str_find(s, c) != SIZE_MAX;
}

struct str str_from(struct str s, size_t from)
{
    if (from >= s.len)
        return (struct str){s.at ? s.at + s.len : NULL, 0};
    return (struct str){s.at + from, s.len - from};
}

struct str str_sub(struct str s, size_t from, size_t len)
{
    struct str rest = str_from(s, from);
    if (rest.len > len)
        rest.len = len;
    return rest;
}

struct str str_trim(struct str s)
{
    while (s.len && char_is_space(s.at[0]))
        s = str_from(s, 1);
    while (s.len && char_is_space(s.at[s.len - 1]))
        s.len--;
    return s;
}

bool str_cut(struct str *rest, char c, struct str *part)
{
    if (!rest->at)
        return false;
    size_t end = str_find(*rest, c);
    if (end == SIZE_MAX) {
        *part = *rest;
        *rest = (struct str){NULL, 0};
        return true;
    }
    *part = str_sub(*rest, 0, end);
    *rest = (struct str){rest->at + end + 1, rest->len - end - 1};
    return true;
}

bool str_word(struct str *rest, const char *separators, struct str *part)
{
    struct str set = str_of(separators);
    size_t start = 0;
    while (start < rest->len && str_contains(set, rest->at[start]))
        start++;
    size_t end = start;
    while (end < rest->len && !str_contains(set, rest->at[end]))
        end++;
    *part = str_sub(*rest, start, end - start);
    *rest = str_from(*rest, end);
    return part->len > 0;
}

bool str_has_word(struct str list, struct str word)
{
    struct str one;
    while (str_word(&list, " ", &one))
        if (str_eq_nocase(one, word))
            return true;
    return false;
}

struct str str_without_line_end(struct str s)
{
    if (str_ends(s, STR("\n")))
        s.len--;
    if (str_ends(s, STR("\r")))
        s.len--;
    return s;
}

static int digit_value(char c)
{
    if (char_is_digit(c))
        return c - '0';
    char low = char_lower(c);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : 99;
}

static bool number_in_base(struct str s, unsigned base, uint64_t *value)
{
    uint64_t sum = 0;
    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        unsigned digit = (unsigned)digit_value(s.at[i]);
        if (digit >= base || __builtin_mul_overflow(sum, base, &sum) ||
            __builtin_add_overflow(sum, digit, &sum))
            return false;
    }
    *value = sum;
    return true;
}

bool str_to_u64(struct str s, uint64_t *value)
{
    return number_in_base(s, 10, value);
}

bool str_hex_to_u64(struct str s, uint64_t *value)
{
    return number_in_base(s, 16, value);
}

bool str_to_i64(struct str s, int64_t *value)
{
    bool negative = s.len && s.at[0] == '-';
    uint64_t size;
    if (!str_to_u64(negative ? str_from(s, 1) : s, &size) || size > (uint64_t)INT64_MAX)
        return false;
    *value = negative ? -(int64_t)size : (int64_t)size;
    return true;
}

uint64_t str_fnv(struct str s)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < s.len; i++)
        hash = (hash ^ (unsigned char)s.at[i]) * 0x100000001b3u;
    return hash;
}

bool char_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool char_is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool char_is_alnum(char c)
{
    return char_is_digit(c) || char_is_alpha(c);
}

bool char_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool char_is_print(char c)
{
    return c >= 0x20 && c < 0x7f;
}

char char_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

char char_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
}
