/* SPDX-License-Identifier: BSD-2-Clause */
/* CREATE (RFC 3501 6.3.3), with USE (RFC 6154 3). */
#include "imapd/list.h"
#include "imapd/session.h"

/* " (USE (\Sent \Drafts))" */
static bool lex_use(struct imap_lexer *lexer, unsigned *special)
{
    struct str name;
    if (!imap_lex_take(lexer, ' '))
        return true;
    if (!imap_lex_char(lexer, '(') || !imap_lex_atom(lexer, &name) || !imap_lex_space(lexer) ||
        !imap_lex_char(lexer, '('))
        return false;
    if (!str_eq_nocase(name, STR("USE")))
        return imap_lex_fail(lexer, IMAP_LEX_BAD, "Unknown parameter");
    if (imap_lex_take(lexer, ')'))
        return imap_lex_char(lexer, ')');
    do {
        if (!imap_lex_flag(lexer, &name))
            return false;
        unsigned use = imap_special_use_named(name);
        *special |= use ? use : MAILBOX_NOSELECT; /* which is not one: refused later */
    } while (imap_lex_take(lexer, ' '));
    return imap_lex_char(lexer, ')') && imap_lex_char(lexer, ')');
}

static void run_create(struct imap_session *session)
{
    struct str name;
    struct verdict verdict;
    unsigned special = 0;
    bool good_name = imap_lex_space(&session->lexer) && imap_lex_mailbox(session, &name);
    if (!imap_lex_ok(&session->lexer) || !lex_use(&session->lexer, &special) ||
        !imap_lex_end(&session->lexer) || !good_name)
        return;
    if (special & MAILBOX_NOSELECT)
        imap_no(session, "USEATTR", "No such special use");
    else if (imap_result(session, store_create_mailbox(session->store, name, special, &verdict), &verdict))
        imap_ok(session, NULL, "Created");
}

const struct imap_command cmd_create = {run_create, 0, NULL};
