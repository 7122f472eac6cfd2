/* SPDX-License-Identifier: BSD-2-Clause */
/* Quoted strings and literals. */
#include "imap/quote.h"

#include <string.h>

static bool can_be_quoted(struct str string)
{
    if (string.len > IMAP_QUOTED_LIMIT)
        return false;
    for (size_t i = 0; i < string.len; i++) {
        unsigned char c = (unsigned char)string.at[i];
        if (c == 0 || c == '\r' || c == '\n' || c >= 0x80)
            return false;
    }
    return true;
}

void imap_put_literal_head(struct buf *out, uint64_t size)
{
    buf_printf(out, "{%llu}\r\n", (unsigned long long)size);
}

static void put_literal(struct buf *out, struct str string)
{
    imap_put_literal_head(out, string.len);
    size_t from = out->len;
    if (!buf_add(out, string))
        return;
    for (size_t i = from; i < out->len; i++)
        if (out->at[i] == '\0')
            out->at[i] = (char)0x80;
}

void imap_put_string(struct buf *out, struct str string)
{
    if (!can_be_quoted(string)) {
        put_literal(out, string);
        return;
    }
    buf_add_char(out, '"');
    for (size_t i = 0; i < string.len; i++) {
        if (string.at[i] == '"' || string.at[i] == '\\')
            buf_add_char(out, '\\');
        buf_add_char(out, string.at[i]);
    }
    buf_add_char(out, '"');
}

void imap_put_nstring(struct buf *out, struct str string)
{
    if (string.at)
        imap_put_string(out, string);
    else
        buf_add_text(out, "NIL");
}

void imap_put_astring(struct buf *out, struct str string)
{
    bool atom = string.len > 0 && !str_eq_nocase(string, STR("NIL"));
    for (size_t i = 0; i < string.len; i++)
        if (!char_is_print(string.at[i]) || strchr("(){ %*\"\\", string.at[i]))
            atom = false;
    if (atom)
        buf_add(out, string);
    else
        imap_put_string(out, string);
}
