/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC822, RFC822.HEADER and RFC822.TEXT: old names of sections. */
#include "imapd/fetch.h"

static bool lex_rfc822(struct imap_session *session, struct imap_fetch_item *item)
{
    (void)session;
    struct str name = str_of(item->name);
    if (str_ends(name, STR(".HEADER")))
        item->section.text = IMAP_SECTION_HEADER;
    else if (str_ends(name, STR(".TEXT")))
        item->section.text = IMAP_SECTION_TEXT;
    return true;
}

static bool put_rfc822(struct imap_fetch *fetch, const struct imap_fetch_item *item, size_t index)
{
    buf_printf(&fetch->session->out, "%s ", item->name);
    return imap_fetch_put_section(fetch, &item->section, index);
}

static bool rfc822_sees(const struct imap_fetch_item *item)
{
    return item->section.text != IMAP_SECTION_HEADER;
}

const struct imap_fetch_kind fetch_rfc822 = {lex_rfc822, put_rfc822, rfc822_sees};
