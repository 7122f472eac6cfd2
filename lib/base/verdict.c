/* SPDX-License-Identifier: BSD-2-Clause */
/* Making and reading verdicts. */
#include "base/verdict.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void make_printable(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
}

static void set_code(struct verdict *verdict, int code)
{
    verdict->code = (uint16_t)code;
    verdict->class = code >= 500 ? VERDICT_REJECT : code >= 400 ? VERDICT_DEFER : VERDICT_OK;
}

/* Reads a number of one to three digits (RFC 3463 2) and takes it off *s. */
static bool take_number(struct str *s, int *number)
{
    size_t digits = 0;
    *number = 0;
    while (digits < s->len && digits < 3 && char_is_digit(s->at[digits]))
        *number = *number * 10 + (s->at[digits++] - '0');
    *s = str_from(*s, digits);
    return digits > 0;
}

static bool take_char(struct str *s, char c)
{
    if (s->len == 0 || s->at[0] != c)
        return false;
    *s = str_from(*s, 1);
    return true;
}

bool verdict_set(struct verdict *verdict, int code, const char *status, const char *format, ...)
{
    int subject, detail;
    struct str rest = str_of(status);
    bool sound = take_number(&rest, &subject) && take_char(&rest, '.') && take_number(&rest, &detail);
    assert(sound && rest.len == 0 && code >= 200 && code <= 599);

    set_code(verdict, code);
    verdict->subject = (uint16_t)subject;
    verdict->detail = (uint16_t)detail;
    va_list args;
    va_start(args, format);
    vsnprintf(verdict->text, sizeof verdict->text, format, args);
    va_end(args);
    make_printable(verdict->text);
    return verdict->class == VERDICT_OK;
}

bool verdict_parse_status(struct str text, int *class_digit, int *subject, int *detail, struct str *rest)
{
    struct str s = text;
    if (!take_number(&s, class_digit) || !take_char(&s, '.') || !take_number(&s, subject) ||
        !take_char(&s, '.') || !take_number(&s, detail))
        return false;
    if (*class_digit != 2 && *class_digit != 4 && *class_digit != 5)
        return false;
    if (s.len && !take_char(&s, ' '))
        return false;
    *rest = s;
    return true;
}

void verdict_from_reply(struct verdict *verdict, int code, struct str text)
{
    int class_digit, subject, detail;
    struct str rest;
    if (code < 200 || code > 599)
        code = 450;
    set_code(verdict, code);
    verdict->subject = verdict->detail = 0;
    if (verdict_parse_status(text, &class_digit, &subject, &detail, &rest) &&
        class_digit == (int)verdict->class) {
        verdict->subject = (uint16_t)subject;
        verdict->detail = (uint16_t)detail;
        text = rest;
    }
    snprintf(verdict->text, sizeof verdict->text, STR_FMT, STR_ARG(text));
    make_printable(verdict->text);
}

bool verdict_system(struct verdict *verdict, const char *what, int error)
{
    char reason[128];
    return verdict_set(verdict, 451, "3.0", "%s: %s", what, strerror_r(error, reason, sizeof reason));
}

bool verdict_is_ok(const struct verdict *verdict)
{
    return verdict->class == VERDICT_OK;
}

const char *verdict_status(const struct verdict *verdict, char out[12])
{
    snprintf(out, 12, "%d.%u.%u", (int)verdict->class, verdict->subject % 1000u, verdict->detail % 1000u);
    return out;
}
