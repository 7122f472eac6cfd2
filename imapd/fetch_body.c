/* SPDX-License-Identifier: BSD-2-Clause */
/* BODY without a section (the structure), BODY[...] and BODY.PEEK[...]. */
#include "imapd/structure.h"

static bool is_peek(const struct imap_fetch_item *item)
{
    return str_eq(str_of(item->name), STR("BODY.PEEK"));
}

static bool lex_body(struct imap_session *session, struct imap_fetch_item *item)
{
    item->sectioned = is_peek(item) || imap_lex_peek(&session->lexer) == '[';
    return !item->sectioned || imap_lex_section(&session->lexer, &item->section);
}

static bool put_body(struct imap_fetch *fetch, const struct imap_fetch_item *item, size_t index)
{
    struct buf *out = &fetch->session->out;
    buf_add_text(out, "BODY");
    if (item->sectioned)
        imap_section_print(&item->section, out);
    buf_add_char(out, ' ');
    if (item->sectioned)
        return imap_fetch_put_section(fetch, &item->section, index);
    return imap_fetch_put_cached(fetch, IMAP_CACHED_BODY, index, imap_make_structure);
}

static bool body_sees(const struct imap_fetch_item *item)
{
    return item->sectioned && !is_peek(item);
}

const struct imap_fetch_kind fetch_body = {lex_body, put_body, body_sees};
