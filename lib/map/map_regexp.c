/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * regexp:/file: POSIX extended regular expressions, `/pattern/flags value`. They are translated for PCRE2,
 * whose work can be bounded; regexec(3)'s cannot. What matches is the same; where alternatives overlap, the
 * first that matches is captured, not the longest. Letters match without case unless the flag i says
 * otherwise; with the flag m, `^` and `$` also match at line ends and `.` stops there. Basic expressions (the
 * flag x) are refused.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <string.h>

#include "base/buf.h"
#include "map/map.h"
#include "map/pattern.h"
#include "map/rules.h"

enum { TRANSLATION_LIMIT = 256 * 1024 };

/* --- translation (POSIX.1 base definitions 9) --- */

/* Copies a bracket expression, *rest behind its "[": in POSIX a backslash in it is itself (9.3.5). */
static bool translate_bracket(struct str *rest, struct buf *out)
{
    size_t i = 0;
    buf_add_char(out, '[');
    if (i < rest->len && rest->at[i] == '^')
        buf_add_char(out, rest->at[i++]);
    for (bool first = true; i < rest->len; first = false) {
        char c = rest->at[i];
        if (c == ']' && !first) {
            buf_add_char(out, c);
            *rest = str_from(*rest, i + 1);
            return true;
        }
        if (c == '[' && i + 1 < rest->len && rest->at[i + 1] == ':') {
            size_t end = str_find_str(str_from(*rest, i + 2), STR(":]"));
            if (end == SIZE_MAX)
                return false;
            buf_add(out, str_sub(*rest, i, end + 4));
            i += end + 4;
            continue;
        }
        if (c == '\\' || c == '[' || c == ']')
            buf_add_char(out, '\\');
        buf_add_char(out, c);
        i++;
    }
    return false;
}

/* What stands behind a backslash: GNU's \w \W \s \S \b \B \< \> \` \' and back-references keep their meaning,
 * any other octet stands for itself. */
static void translate_escape(char c, struct buf *out)
{
    switch (c) {
    case '<':
        buf_add_text(out, "\\b(?=\\w)");
        return;
    case '>':
        buf_add_text(out, "\\b(?<=\\w)");
        return;
    case '`':
        buf_add_text(out, "\\A");
        return;
    case '\'':
        buf_add_text(out, "\\z");
        return;
    }
    if (!char_is_alnum(c) || strchr("wWsSbB", c) || (c >= '1' && c <= '9'))
        buf_add_char(out, '\\');
    buf_add_char(out, c);
}

/* What Perl reads differently: extensions behind an opening parenthesis, and two repetitions in a row. */
static const char *differs(struct str pattern, size_t at)
{
    char c = pattern.at[at], next = at + 1 < pattern.len ? pattern.at[at + 1] : '\0';
    if (c == '(' && (next == '?' || next == '*' || next == '+'))
        return "bad pattern: a repetition of nothing";
    if (strchr("*+?}", c) && (next == '?' || next == '+' || next == '*'))
        return "bad pattern: two repetitions in a row";
    return NULL;
}

static bool translate(struct str pattern, struct buf *out, const char **why)
{
    while (pattern.len) {
        char c = pattern.at[0];
        if ((*why = differs(pattern, 0)))
            return false;
        if (c == '\\' && pattern.len > 1) {
            translate_escape(pattern.at[1], out);
            pattern = str_from(pattern, 2);
            continue;
        }
        pattern = str_from(pattern, 1);
        if (c != '[') {
            buf_add_char(out, c);
        } else if (!translate_bracket(&pattern, out)) {
            *why = "bad pattern: a bracket is not closed";
            return false;
        }
    }
    *why = "bad pattern: too large";
    return !out->over;
}

/* --- the table --- */

static bool read_flags(struct str flags, uint32_t *options, const char **why)
{
    *options = PCRE2_CASELESS | PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY;
    for (size_t i = 0; i < flags.len; i++) {
        if (flags.at[i] == 'i') {
            *options ^= PCRE2_CASELESS;
        } else if (flags.at[i] == 'm') {
            *options ^= PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY | PCRE2_MULTILINE;
        } else {
            *why = flags.at[i] == 'x' ? "basic expressions (flag x) are not supported"
                                      : "unknown flag behind the pattern";
            return false;
        }
    }
    return true;
}

static void *regexp_parse(struct str *rest, const char **why)
{
    struct str text, flags;
    uint32_t options;
    if (!pattern_cut(rest, &text, &flags, why) || !read_flags(flags, &options, why))
        return NULL;
    struct buf translated;
    buf_init(&translated, TRANSLATION_LIMIT);
    struct pattern *pattern = NULL;
    if (translate(text, &translated, why))
        pattern = pattern_compile(buf_str(&translated), options, why);
    buf_finish(&translated);
    return pattern;
}

static const struct rules_type regexp_rules = {
    .parse = regexp_parse,
    .release = pattern_release,
    .match = pattern_match,
    .check = pattern_check,
    .expand = pattern_expand,
};

static bool regexp_load(const struct map_source *source, void **contents, struct verdict *verdict)
{
    return rules_load(&regexp_rules, source, contents, verdict);
}

const struct map_type map_regexp = {
    .name = "regexp",
    .flags = MAP_HAS_FILE | MAP_WHOLE_KEY,
    .suffix = "",
    .load = regexp_load,
    .unload = rules_unload,
    .find = rules_find,
};
