/* SPDX-License-Identifier: BSD-2-Clause */
/* LSUB (RFC 3501 6.3.9). */
#include "imapd/list.h"

/* A level above a subscribed name that fits where the name itself does not ("%"): \Noselect, once. */
static void send_parents(struct imap_session *session, const struct imap_list *list, struct str name,
                         struct str *last)
{
    for (size_t i = 1; i < name.len; i++) {
        struct str parent = str_sub(name, 0, i);
        if (name.at[i] != '/' || !imap_list_fits(list, parent) || str_eq(parent, *last))
            continue;
        struct mailbox_entry entry = {parent, MAILBOX_NOSELECT | MAILBOX_HAS_CHILDREN, 0};
        imap_list_send(session, "LSUB", &entry, false, "");
        *last = parent;
    }
}

/* \NonExistent is a word of RFC 5258, which LSUB is older than. */
static void send_name(struct imap_session *session, const struct mailbox_entry *entry)
{
    struct mailbox_entry told = *entry;
    if (told.attributes & MAILBOX_NONEXISTENT)
        told.attributes = (told.attributes & ~(unsigned)MAILBOX_NONEXISTENT) | MAILBOX_NOSELECT;
    imap_list_send(session, "LSUB", &told, false, "");
}

static void send_subscribed(struct imap_session *session, const struct imap_list *list,
                            const struct mailbox_list *all)
{
    struct str last = STR("");
    for (size_t i = 0; i < all->count; i++) {
        const struct mailbox_entry *entry = &all->at[i];
        if (!(entry->attributes & MAILBOX_SUBSCRIBED))
            continue;
        if (imap_list_fits(list, entry->name)) {
            send_name(session, entry);
            last = entry->name;
        } else {
            send_parents(session, list, entry->name, &last);
        }
    }
}

static void run_lsub(struct imap_session *session)
{
    struct imap_lexer *lexer = &session->lexer;
    struct str reference, pattern, one;
    struct imap_list list = {.patterns = &one};
    struct mailbox_list all;
    struct verdict verdict;
    if (!imap_lex_space(lexer) || !imap_lex_astring(lexer, &reference) || !imap_lex_space(lexer) ||
        !imap_lex_list_mailbox(lexer, &pattern) || !imap_lex_end(lexer))
        return;
    imap_list_add_pattern(session, &list, reference, pattern);
    if (!imap_result(session, store_list(session->store, session->arena, &all, &verdict), &verdict))
        return;
    send_subscribed(session, &list, &all);
    imap_ok(session, NULL, "Done");
}

const struct imap_command cmd_lsub = {run_lsub, 0, NULL};
