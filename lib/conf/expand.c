/* SPDX-License-Identifier: BSD-2-Clause */
/* A small recursive reader; depth is bounded, which is also what ends circles. */
#include "conf/expand.h"

#include <stdarg.h>
#include <stdio.h>

static bool expand_at(struct expand *expand, struct str raw, struct buf *out, unsigned depth);

bool expand_fail(struct expand *expand, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(expand->error, sizeof expand->error, format, args);
    va_end(args);
    return false;
}

static size_t name_length(struct str s)
{
    size_t len = 0;
    while (len < s.len && (char_is_alnum(s.at[len]) || s.at[len] == '_'))
        len++;
    return len;
}

/* Length of "{...}" at the start of s with its braces, or 0 when it is not closed. */
static size_t braced_length(struct str s, char open, char close)
{
    size_t depth = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] == open)
            depth++;
        else if (s.at[i] == close && --depth == 0)
            return i + 1;
    }
    return 0;
}

static struct str trim_left(struct str s)
{
    while (s.len && char_is_space(s.at[0]))
        s = str_from(s, 1);
    return s;
}

static bool expand_name(struct expand *expand, struct str name, struct buf *out, unsigned depth)
{
    struct str raw;
    if (expand->names++ == EXPAND_NAMES)
        return expand_fail(expand, "refers to more than %d names", (int)EXPAND_NAMES);
    if (!expand->lookup(expand->context, name, &raw))
        return true;
    return expand_at(expand, raw, out, depth + 1);
}

/* Takes "{text}" off *rest, inner blanks kept; or, when plain is allowed, all of the rest. */
static bool take_branch(struct expand *expand, struct str *rest, bool plain, struct str *text)
{
    struct str trimmed = trim_left(*rest);
    if (trimmed.len && trimmed.at[0] == '{') {
        size_t len = braced_length(trimmed, '{', '}');
        if (len == 0)
            return expand_fail(expand, "unbalanced {} in \"" STR_FMT "\"", STR_ARG(*rest));
        *text = str_sub(trimmed, 1, len - 2);
        *rest = trim_left(str_from(trimmed, len));
        return true;
    }
    if (!plain)
        return expand_fail(expand, "\"{\" expected at \"" STR_FMT "\"", STR_ARG(*rest));
    *text = *rest;
    *rest = STR("");
    return true;
}

/* "?{t1}:{t2}", "?{t1}:t2", "?t1", ":{t2}", ":t2": what follows a test. Only the branch that is chosen is
 * read. */
static bool expand_choice(struct expand *expand, struct str rest, bool test, struct buf *out, unsigned depth)
{
    char kind = rest.at[0];
    struct str first, second;
    rest = str_from(rest, 1);
    struct str trimmed = trim_left(rest);
    bool braced = trimmed.len && trimmed.at[0] == '{';
    if (!take_branch(expand, &rest, true, &first))
        return false;
    if (kind == '?' && braced && rest.len && rest.at[0] == ':') {
        rest = str_from(rest, 1);
        if (!take_branch(expand, &rest, true, &second))
            return false;
        return str_trim(rest).len
                   ? expand_fail(expand, "text behind the last \"}\": \"" STR_FMT "\"", STR_ARG(rest))
                   : expand_at(expand, test ? first : second, out, depth + 1);
    }
    if (str_trim(rest).len)
        return expand_fail(expand, "\":\" expected at \"" STR_FMT "\"", STR_ARG(rest));
    return test == (kind == '?') ? expand_at(expand, first, out, depth + 1) : true;
}

/* --- relational expressions: {l} op {r} --- */

static bool all_digits(struct str s)
{
    uint64_t value;
    return str_to_u64(s, &value);
}

static int compare_numbers(struct str left, struct str right)
{
    uint64_t a = 0, b = 0;
    str_to_u64(left, &a);
    str_to_u64(right, &b);
    return a < b ? -1 : a > b;
}

/* One to three numbers with dots between. */
static bool is_level(struct expand *expand, struct str text)
{
    struct str rest = text, number;
    size_t count = 0;
    bool numbers = true;
    for (; str_cut(&rest, '.', &number); count++)
        numbers = numbers && all_digits(number);
    return (numbers && count > 0 && count <= 3) ||
           expand_fail(expand, "not a compatibility level: \"" STR_FMT "\"", STR_ARG(text));
}

/* "3.10" is more than "3.9". */
static int compare_levels(struct str left, struct str right)
{
    while (left.at || right.at) {
        struct str a = STR("0"), b = STR("0");
        str_cut(&left, '.', &a);
        str_cut(&right, '.', &b);
        int order = compare_numbers(a, b);
        if (order)
            return order;
    }
    return 0;
}

static bool take_operator(struct str *rest, struct str *operator, bool * level)
{
    static const char *const operators[] = {"==", "!=", "<=", ">=", "<", ">"};
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        if (!str_starts(*rest, str_of(operators[i])))
            continue;
        *operator= str_of(operators[i]);
        *rest = str_from(*rest, operator->len);
        *level = str_starts(*rest, STR("level"));
        if (*level)
            *rest = str_from(*rest, 5);
        return true;
    }
    return false;
}

static bool holds(int order, struct str operator)
{
    bool equal = str_contains(operator, '=') && operator.at[0] != '!';
    switch (operator.at[0]) {
    case '=':
        return order == 0;
    case '!':
        return order != 0;
    case '<':
        return order < 0 || (equal && order == 0);
    default:
        return order > 0 || (equal && order == 0);
    }
}

static bool expand_operand(struct expand *expand, struct str text, struct buf *out, unsigned depth)
{
    buf_init(out, 64 * 1024);
    return expand_at(expand, text, out, depth + 1);
}

static bool compare(struct expand *expand, const struct str operands[2], struct str operator, bool level,
                    unsigned depth, bool *test)
{
    struct buf left, right;
    bool sound = expand_operand(expand, operands[0], &left, depth);
    buf_init(&right, 0);
    sound = sound && expand_operand(expand, operands[1], &right, depth);
    struct str a = buf_str(&left), b = buf_str(&right);
    sound = sound && (!level || (is_level(expand, a) && is_level(expand, b)));
    int order = level                            ? compare_levels(a, b)
                : all_digits(a) && all_digits(b) ? compare_numbers(a, b)
                                                 : str_compare(a, b);
    *test = holds(order, operator);
    buf_finish(&left);
    buf_finish(&right);
    return sound;
}

static bool expand_relation(struct expand *expand, struct str inner, struct buf *out, unsigned depth)
{
    struct str operands[2], operator;
    bool level, test;
    if (!take_branch(expand, &inner, false, &operands[0]))
        return false;
    if (!take_operator(&inner, &operator, & level))
        return expand_fail(expand, "relational operator expected at \"" STR_FMT "\"", STR_ARG(inner));
    inner = trim_left(inner);
    if (!take_branch(expand, &inner, false, &operands[1]) ||
        !compare(expand, operands, operator, level, depth, &test))
        return false;
    if (inner.len == 0)
        return buf_add(out, test ? STR("true") : STR("")) || expand_fail(expand, "value too long");
    if (inner.at[0] != '?' && inner.at[0] != ':')
        return expand_fail(expand, "\"?\" expected at \"" STR_FMT "\"", STR_ARG(inner));
    return expand_choice(expand, inner, test, out, depth);
}

/* --- ${...} --- */

#define FUNCTION(name) extern const struct expand_function function_##name;
#include "conf/functions.def"
#undef FUNCTION

static const struct expand_function *const functions[] = {
#define FUNCTION(name) &function_##name,
#include "conf/functions.def"
#undef FUNCTION
};

/* "name{text}" */
static bool expand_call(struct expand *expand, struct str name, struct str rest, struct buf *out,
                        unsigned depth)
{
    struct str text;
    struct buf value;
    size_t i = 0, count = sizeof functions / sizeof functions[0];
    while (i < count && !str_eq(name, str_of(functions[i]->name)))
        i++;
    if (i == count)
        return expand_fail(expand, "unknown function: " STR_FMT, STR_ARG(name));
    if (!take_branch(expand, &rest, false, &text))
        return false;
    if (rest.len)
        return expand_fail(expand, "text behind the \"}\" of " STR_FMT, STR_ARG(name));
    bool sound = expand_operand(expand, text, &value, depth) &&
                 functions[i]->run(expand, str_trim(buf_str(&value)), out);
    buf_finish(&value);
    return sound;
}

static bool name_is_set(struct expand *expand, struct str name, bool *set, unsigned depth)
{
    struct buf value;
    buf_init(&value, 1024 * 1024);
    bool sound = expand_name(expand, name, &value, depth);
    *set = value.len > 0;
    buf_finish(&value);
    return sound;
}

static bool expand_braced(struct expand *expand, struct str inner, struct buf *out, unsigned depth)
{
    struct str trimmed = trim_left(inner);
    bool set;
    if (trimmed.len && trimmed.at[0] == '{')
        return expand_relation(expand, trimmed, out, depth);
    size_t len = name_length(trimmed);
    struct str name = str_sub(trimmed, 0, len), rest = trim_left(str_from(trimmed, len));
    if (len == 0)
        return expand_fail(expand, "empty macro name in \"${" STR_FMT "}\"", STR_ARG(inner));
    if (rest.len == 0)
        return expand_name(expand, name, out, depth);
    if (rest.at[0] == '{')
        return expand_call(expand, name, rest, out, depth);
    if (rest.at[0] != '?' && rest.at[0] != ':')
        return expand_fail(expand, "attribute name syntax error: \"${" STR_FMT "}\"", STR_ARG(inner));
    return name_is_set(expand, name, &set, depth) && expand_choice(expand, rest, set, out, depth);
}

/* Reads what stands behind a '$'; *used: its octets. */
static bool expand_dollar(struct expand *expand, struct str rest, struct buf *out, unsigned depth,
                          size_t *used)
{
    char first = rest.len ? rest.at[0] : '\0';
    if (first == '$') {
        *used = 1;
        return buf_add_char(out, '$');
    }
    if (first == '{' || first == '(') {
        size_t len = braced_length(rest, first, first == '{' ? '}' : ')');
        *used = len;
        return len ? expand_braced(expand, str_sub(rest, 1, len - 2), out, depth)
                   : expand_fail(expand, "unbalanced macro: \"$" STR_FMT "\"", STR_ARG(rest));
    }
    *used = name_length(rest);
    return *used ? expand_name(expand, str_sub(rest, 0, *used), out, depth)
                 : expand_fail(expand, "empty macro name: \"$" STR_FMT "\"", STR_ARG(rest));
}

static bool expand_at(struct expand *expand, struct str raw, struct buf *out, unsigned depth)
{
    if (depth > EXPAND_DEPTH)
        return expand_fail(expand, "unreasonable nesting, or a parameter that refers to itself");
    while (raw.len) {
        size_t dollar = str_find(raw, '$'), used;
        if (!buf_add(out, str_sub(raw, 0, dollar)))
            return expand_fail(expand, "value too long");
        if (dollar == SIZE_MAX)
            break;
        raw = str_from(raw, dollar + 1);
        if (!expand_dollar(expand, raw, out, depth, &used))
            return false;
        raw = str_from(raw, used);
    }
    return true;
}

bool expand_text(struct expand *expand, struct str raw, struct buf *out)
{
    return expand_at(expand, raw, out, 0);
}

/* The name that stands behind a '$'; empty when there is none. */
static struct str name_behind_dollar(struct str rest)
{
    bool braced = rest.len && (rest.at[0] == '{' || rest.at[0] == '(');
    if (braced)
        rest = trim_left(str_from(rest, 1));
    size_t len = name_length(rest);
    struct str behind = trim_left(str_from(rest, len));
    bool called = braced && behind.len && behind.at[0] == '{';
    return str_sub(rest, 0, called ? 0 : len);
}

void expand_names(struct str raw, void (*seen)(void *context, struct str name), void *context)
{
    for (;;) {
        size_t dollar = str_find(raw, '$');
        if (dollar == SIZE_MAX)
            return;
        raw = str_from(raw, dollar + 1);
        struct str name = name_behind_dollar(raw);
        if (name.len)
            seen(context, name);
        if (raw.len && raw.at[0] == '$')
            raw = str_from(raw, 1);
    }
}
