/* SPDX-License-Identifier: BSD-2-Clause */
/* The fields that final delivery puts in front of a message, and what they say about loops. */
#include "local/local.h"
#include "mail/header.h"

struct str prefix_make(const struct letter *letter, const struct recipient *rcpt, struct str mailbox)
{
    struct arena *arena = letter->arena;
    struct buf out;
    struct str rest = rcpt->delivered_to, forwarder;
    buf_init(&out, 8192);
    buf_printf(&out, "Return-Path: <" STR_FMT ">\r\n", STR_ARG(letter->request->sender));
    if (rcpt->original.len && !str_eq_nocase(rcpt->original, mailbox))
        buf_printf(&out, "X-Original-To: " STR_FMT "\r\n", STR_ARG(rcpt->original));
    buf_printf(&out, "Delivered-To: " STR_FMT "\r\n", STR_ARG(mailbox));
    while (str_word(&rest, ", ", &forwarder))
        buf_printf(&out, "Delivered-To: " STR_FMT "\r\n", STR_ARG(forwarder));
    struct str prefix = arena_copy(arena, buf_str(&out));
    buf_finish(&out);
    return prefix;
}

static bool list_has(struct str list, struct str mailbox)
{
    struct str item;
    while (str_word(&list, ", \t\r\n", &item)) {
        if (str_eq_nocase(item, mailbox))
            return true;
    }
    return false;
}

bool letter_was_at(const struct letter *letter, const struct recipient *rcpt, struct str mailbox)
{
    struct header_reader reader = header_read(letter->header);
    struct header_field field;
    if (list_has(rcpt->delivered_to, mailbox))
        return true;
    while (header_next(&reader, &field)) {
        if (str_eq_nocase(field.name, STR("Delivered-To")) && list_has(field.value, mailbox))
            return true;
    }
    return false;
}

struct str forwarders_with(const struct recipient *rcpt, struct str mailbox, struct arena *arena)
{
    return rcpt->delivered_to.len
               ? arena_printf(arena, STR_FMT ", " STR_FMT, STR_ARG(rcpt->delivered_to), STR_ARG(mailbox))
               : mailbox;
}
