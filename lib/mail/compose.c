/* SPDX-License-Identifier: BSD-2-Clause */
/* Header fields of our own messages: see the header. */
#include "mail/compose.h"

#include <string.h>

#include "base/utf8.h"
#include "mail/decode.h"

enum {
    LINE_WISH = 78, /* RFC 5322 2.1.1 */
    LINE_LIMIT = 998,
    VALUE_LIMIT = 32 * 1024, /* octets of one value */
};

struct compose compose_begin(struct buf *out, bool utf8)
{
    return (struct compose){.out = out, .utf8 = utf8};
}

bool compose_value_is_safe(struct str value)
{
    return !str_contains(value, '\r') && !str_contains(value, '\n') && !str_contains(value, '\0');
}

static bool is_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!char_is_alnum(name.at[i]) && name.at[i] != '-')
            return false;
    return name.len > 0;
}

/* The next run of blanks and the word behind it; false at the end, where blanks alone are dropped. */
static bool take_word(struct str *rest, struct str *blanks, struct str *word)
{
    size_t start = 0, end;
    while (start < rest->len && (rest->at[start] == ' ' || rest->at[start] == '\t'))
        start++;
    for (end = start; end < rest->len && rest->at[end] != ' ' && rest->at[end] != '\t';)
        end++;
    *blanks = str_sub(*rest, 0, start);
    *word = str_sub(*rest, start, end - start);
    *rest = str_from(*rest, end);
    return word->len > 0;
}

static void add_folded(struct compose *compose, size_t column, struct str value)
{
    struct str rest = value, blanks, word;
    bool first = true;
    while (take_word(&rest, &blanks, &word)) {
        if (first)
            blanks = STR(" ");
        bool folds = !first && column + blanks.len + word.len > LINE_WISH;
        if (folds) {
            buf_add_text(compose->out, "\r\n");
            column = 0;
        }
        buf_add(compose->out, blanks);
        buf_add(compose->out, word);
        column += blanks.len + word.len;
        compose->refused = compose->refused || column > LINE_LIMIT;
        first = false;
    }
    buf_add_text(compose->out, first ? " \r\n" : "\r\n");
}

void compose_field(struct compose *compose, const char *name, struct str value)
{
    if (!is_name(str_of(name)) || !compose_value_is_safe(value) || (!compose->utf8 && !utf8_is_ascii(value)))
        compose->refused = true;
    if (compose->refused)
        return;
    buf_printf(compose->out, "%s:", name);
    add_folded(compose, strlen(name) + 1, value);
}

void compose_printf(struct compose *compose, const char *name, const char *format, ...)
{
    struct buf value;
    va_list args;
    buf_init(&value, VALUE_LIMIT);
    va_start(args, format);
    compose->refused = !buf_vprintf(&value, format, args) || compose->refused;
    va_end(args);
    compose_field(compose, name, buf_str(&value));
    buf_finish(&value);
}

void compose_text(struct compose *compose, const char *name, struct str text)
{
    struct buf value;
    buf_init(&value, VALUE_LIMIT);
    bool fits = compose->utf8 ? buf_add(&value, text) : encoded_words_encode(text, &value);
    compose->refused = compose->refused || !fits || !compose_value_is_safe(text);
    compose_field(compose, name, buf_str(&value));
    buf_finish(&value);
}

/* RFC 5322 3.2.5 phrase: words of atoms as they are, other ASCII quoted, the rest as encoded-words. */
static void add_phrase(struct compose *compose, struct str display, struct buf *value)
{
    bool atoms = true;
    if (!compose->utf8 && !utf8_is_ascii(display)) {
        encoded_words_encode(display, value);
        return;
    }
    for (size_t i = 0; i < display.len; i++)
        atoms = atoms && (char_is_alnum(display.at[i]) || strchr(" !#$%&'*+-/?^_`{|}~", display.at[i]));
    if (atoms) {
        buf_add(value, display);
        return;
    }
    buf_add_char(value, '"');
    for (size_t i = 0; i < display.len; i++) {
        if (display.at[i] == '"' || display.at[i] == '\\')
            buf_add_char(value, '\\');
        buf_add_char(value, display.at[i]);
    }
    buf_add_char(value, '"');
}

void compose_address(struct compose *compose, const char *name, struct str display, struct str address)
{
    struct buf value;
    buf_init(&value, VALUE_LIMIT);
    compose->refused = compose->refused || !compose_value_is_safe(display) ||
                       (display.len && str_contains(address, '>') && !str_contains(address, '"'));
    if (display.len && !compose->refused) {
        add_phrase(compose, display, &value);
        buf_add_text(&value, " <");
    }
    buf_add(&value, address);
    if (display.len)
        buf_add_char(&value, '>');
    compose->refused = compose->refused || value.over;
    compose_field(compose, name, buf_str(&value));
    buf_finish(&value);
}

void compose_date(struct compose *compose, const char *name, const struct mail_date *date)
{
    struct buf value;
    buf_init(&value, 64);
    mail_date_print(date, &value);
    compose_field(compose, name, buf_str(&value));
    buf_finish(&value);
}

/* RFC 5322 3.6.4 dot-atom-text: no dot at the ends or beside another. */
static void add_dot_atom(struct str text, struct buf *value)
{
    bool after_dot = true;
    for (size_t i = 0; i < text.len; i++) {
        bool dot = text.at[i] == '.';
        bool lone = dot && (after_dot || i + 1 == text.len);
        bool plain = char_is_alnum(text.at[i]) || (text.at[i] && strchr("!#$%&'*+-/=?^_`{|}~", text.at[i]));
        buf_add_char(value, (dot && !lone) || plain ? text.at[i] : '-');
        after_dot = dot;
    }
    if (!text.len)
        buf_add_char(value, '-');
}

void compose_message_id(struct compose *compose, const char *name, struct str left, struct str host)
{
    struct buf value;
    buf_init(&value, LINE_LIMIT);
    buf_add_char(&value, '<');
    add_dot_atom(left, &value);
    buf_add_char(&value, '@');
    add_dot_atom(host, &value);
    buf_add_char(&value, '>');
    compose->refused = compose->refused || value.over;
    compose_field(compose, name, buf_str(&value));
    buf_finish(&value);
}

bool compose_end(struct compose *compose)
{
    buf_add_text(compose->out, "\r\n");
    return !compose->refused && !compose->out->over;
}
