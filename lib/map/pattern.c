/* SPDX-License-Identifier: BSD-2-Clause */
/* Bounded regular expressions and replacement texts. */
#include "map/pattern.h"

#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/buf.h"
#include "base/memory.h"

enum { EXPANSION_LIMIT = 256 * 1024 };

struct pattern {
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *limits;
    uint32_t groups; /* capturing ones */
};

/* --- compiling --- */

static const char *why_not(int error)
{
    static const struct {
        int error;
        const char *text;
    } texts[] = {
        {PCRE2_ERROR_MISSING_CLOSING_PARENTHESIS, "bad pattern: a parenthesis is not closed"},
        {PCRE2_ERROR_UNMATCHED_CLOSING_PARENTHESIS, "bad pattern: a parenthesis is closed but not opened"},
        {PCRE2_ERROR_MISSING_SQUARE_BRACKET, "bad pattern: a bracket is not closed"},
        {PCRE2_ERROR_QUANTIFIER_INVALID, "bad pattern: a repetition of nothing"},
        {PCRE2_ERROR_END_BACKSLASH, "bad pattern: a backslash at the end"},
        {PCRE2_ERROR_CLASS_RANGE_ORDER, "bad pattern: a range in a bracket is out of order"},
        {PCRE2_ERROR_PARENTHESES_NEST_TOO_DEEP, "bad pattern: parentheses are nested too deeply"},
        {PCRE2_ERROR_PATTERN_TOO_LARGE, "bad pattern: too large"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i].error == error)
            return texts[i].text;
    return "bad pattern";
}

static bool has_high_octets(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] >= 0x80)
            return true;
    return false;
}

static pcre2_code *compile(struct str text, uint32_t options, int *error)
{
    PCRE2_SIZE offset;
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    pcre2_set_parens_nest_limit(context, PATTERN_PARENS_LIMIT);
    pcre2_code *code = NULL;
    if (has_high_octets(text))
        code = pcre2_compile((PCRE2_SPTR)text.at, text.len, options | PCRE2_UTF | PCRE2_MATCH_INVALID_UTF,
                             error, &offset, context);
    if (!code)
        code =
            pcre2_compile((PCRE2_SPTR)(text.len ? text.at : ""), text.len, options, error, &offset, context);
    pcre2_compile_context_free(context);
    return code;
}

struct pattern *pattern_compile(struct str text, uint32_t options, const char **why)
{
    int error = 0;
    pcre2_code *code = compile(text, options | PCRE2_NEVER_BACKSLASH_C, &error);
    if (!code) {
        *why = why_not(error);
        return NULL;
    }
    struct pattern *pattern = memory_get(sizeof *pattern);
    pattern->code = code;
    pattern->match = pcre2_match_data_create_from_pattern(code, NULL);
    pattern->limits = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(pattern->limits, PATTERN_MATCH_LIMIT);
    pcre2_set_depth_limit(pattern->limits, PATTERN_DEPTH_LIMIT);
    pcre2_set_heap_limit(pattern->limits, PATTERN_HEAP_LIMIT_KIB);
    pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &pattern->groups);
    return pattern;
}

void pattern_release(void *pattern)
{
    struct pattern *gone = pattern;
    pcre2_match_context_free(gone->limits);
    pcre2_match_data_free(gone->match);
    pcre2_code_free(gone->code);
    free(gone);
}

bool pattern_cut(struct str *rest, struct str *text, struct str *flags, const char **why)
{
    char mark = rest->len ? rest->at[0] : '\\';
    if (char_is_alnum(mark) || char_is_space(mark) || mark == '\\') {
        *why = "expected: /pattern/flags";
        return false;
    }
    size_t end = 1;
    while (end < rest->len && rest->at[end] != mark)
        end += rest->at[end] == '\\' ? 2 : 1;
    if (end >= rest->len) {
        *why = "no closing delimiter of the pattern";
        return false;
    }
    *text = str_sub(*rest, 1, end - 1);
    *rest = str_from(*rest, end + 1);
    size_t len = 0;
    while (len < rest->len && !char_is_space(rest->at[len]))
        len++;
    *flags = str_sub(*rest, 0, len);
    *rest = str_from(*rest, len);
    return true;
}

/* --- matching --- */

enum rule_hit pattern_match(const void *pattern, struct str key, struct verdict *verdict)
{
    const struct pattern *this = pattern;
    int count = pcre2_match(this->code, (PCRE2_SPTR)(key.len ? key.at : ""), key.len, 0, 0, this->match,
                            this->limits);
    if (count == PCRE2_ERROR_NOMATCH)
        return RULE_NO;
    if (count >= 0)
        return RULE_YES;
    char text[120];
    pcre2_get_error_message(count, (PCRE2_UCHAR *)text, sizeof text);
    verdict_set(verdict, 451, "3.0", "pattern table: %s", text);
    return RULE_ERROR;
}

/* --- replacement texts --- */

/* A piece of a replacement text. */
enum piece { PIECE_END, PIECE_TEXT, PIECE_GROUP, PIECE_BAD };

/* The number behind a dollar: 1, {1}, (1). */
static enum piece cut_group(struct str *rest, uint64_t *group)
{
    char open = rest->len ? rest->at[0] : '\0';
    if (open == '{' || open == '(') {
        size_t end = str_find(*rest, open == '{' ? '}' : ')');
        if (end == SIZE_MAX || !str_to_u64(str_sub(*rest, 1, end - 1), group))
            return PIECE_BAD;
        *rest = str_from(*rest, end + 1);
        return PIECE_GROUP;
    }
    size_t len = 0;
    while (len < rest->len && char_is_digit(rest->at[len]))
        len++;
    if (!str_to_u64(str_sub(*rest, 0, len), group))
        return PIECE_BAD;
    *rest = str_from(*rest, len);
    return PIECE_GROUP;
}

static enum piece cut_piece(struct str *rest, struct str *text, uint64_t *group)
{
    if (!rest->len)
        return PIECE_END;
    if (rest->at[0] != '$') {
        *text = str_sub(*rest, 0, str_find(*rest, '$'));
        *rest = str_from(*rest, text->len);
        return PIECE_TEXT;
    }
    *rest = str_from(*rest, 1);
    if (!str_starts(*rest, STR("$")))
        return cut_group(rest, group);
    *text = str_sub(*rest, 0, 1);
    *rest = str_from(*rest, 1);
    return PIECE_TEXT;
}

const char *pattern_check(const void *pattern, bool negated, struct str value)
{
    const struct pattern *this = pattern;
    struct str text;
    uint64_t group;
    for (;;) {
        switch (cut_piece(&value, &text, &group)) {
        case PIECE_END:
            return NULL;
        case PIECE_TEXT:
            break;
        case PIECE_BAD:
            return "a dollar in the value is not followed by a number (write $$ for a dollar)";
        case PIECE_GROUP:
            if (negated)
                return "a pattern that must not match captures nothing for the value";
            if (group == 0 || group > this->groups)
                return "the value names a group that the pattern does not have";
            break;
        }
    }
}

enum map_result pattern_expand(const void *pattern, struct str key, struct str value, struct arena *arena,
                               struct str *out)
{
    const struct pattern *this = pattern;
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(this->match);
    struct buf text;
    buf_init(&text, EXPANSION_LIMIT);
    struct str piece = STR("");
    uint64_t group = 0;
    enum piece kind;
    while ((kind = cut_piece(&value, &piece, &group)) != PIECE_END && kind != PIECE_BAD) {
        if (kind == PIECE_TEXT)
            buf_add(&text, piece);
        else if (ends[2 * group] != PCRE2_UNSET && ends[2 * group] <= ends[2 * group + 1])
            buf_add(&text, str_sub(key, ends[2 * group], ends[2 * group + 1] - ends[2 * group]));
    }
    bool fits = !text.over && arena_try_copy(arena, buf_str(&text), out);
    buf_finish(&text);
    return fits ? MAP_FOUND : MAP_ERROR;
}
