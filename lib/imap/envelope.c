/* SPDX-License-Identifier: BSD-2-Clause */
/* Ten fields in a fixed order; addresses as (name route mailbox host). */
#include "imap/envelope.h"

#include "imap/quote.h"
#include "mail/header.h"

/* A text that is empty stands for one that is not there. */
static void put_or_nil(struct buf *out, struct str text)
{
    imap_put_nstring(out, text.len ? text : (struct str){NULL, 0});
}

/* RFC 3501 7.4.2: a group begins with (NIL NIL name NIL) and ends with (NIL NIL NIL NIL); an address without
 * a host has an empty one, for NIL would make it a group. */
static void put_address(struct buf *out, const struct header_address *address)
{
    switch (address->kind) {
    case HEADER_GROUP:
        buf_add_text(out, "(NIL NIL ");
        imap_put_string(out, address->mailbox);
        buf_add_text(out, " NIL)");
        return;
    case HEADER_GROUP_END:
        buf_add_text(out, "(NIL NIL NIL NIL)");
        return;
    case HEADER_MAILBOX:
        break;
    }
    buf_add_char(out, '(');
    put_or_nil(out, address->name);
    buf_add_char(out, ' ');
    put_or_nil(out, address->route);
    buf_add_char(out, ' ');
    imap_put_string(out, address->mailbox);
    buf_add_char(out, ' ');
    imap_put_string(out, address->host);
    buf_add_char(out, ')');
}

static void put_addresses(struct buf *out, const struct header_addresses *list)
{
    if (list->count == 0) {
        buf_add_text(out, " NIL");
        return;
    }
    buf_add_text(out, " (");
    for (size_t i = 0; i < list->count; i++)
        put_address(out, &list->at[i]);
    buf_add_char(out, ')');
}

void imap_put_envelope(struct buf *out, struct str message, struct arena *arena)
{
    struct header_envelope envelope;
    header_envelope(message, arena, &envelope);
    buf_add_char(out, '(');
    imap_put_nstring(out, envelope.date);
    buf_add_char(out, ' ');
    imap_put_nstring(out, envelope.subject);
    put_addresses(out, &envelope.from);
    put_addresses(out, &envelope.sender);
    put_addresses(out, &envelope.reply_to);
    put_addresses(out, &envelope.to);
    put_addresses(out, &envelope.cc);
    put_addresses(out, &envelope.bcc);
    buf_add_char(out, ' ');
    imap_put_nstring(out, envelope.in_reply_to);
    buf_add_char(out, ' ');
    imap_put_nstring(out, envelope.message_id);
    buf_add_char(out, ')');
}
