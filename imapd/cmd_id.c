/* SPDX-License-Identifier: BSD-2-Clause */
/* ID (RFC 2971): who we are. What the client says of itself is read and not used. */
#include "imapd/session.h"

enum { ID_PAIRS = 30 }; /* RFC 2971 3.3 */

/* NIL, or "(" string nstring ... ")". */
static bool lex_id(struct imap_lexer *lexer)
{
    struct str name, value;
    unsigned pairs = 0;
    if (imap_lex_peek(lexer) != '(')
        return imap_lex_nstring(lexer, &value);
    imap_lex_take(lexer, '(');
    if (imap_lex_take(lexer, ')'))
        return true;
    do {
        if (++pairs > ID_PAIRS)
            return imap_lex_fail(lexer, IMAP_LEX_TOO_BIG, "Too many pairs");
        if (!imap_lex_string(lexer, &name) || !imap_lex_space(lexer) || !imap_lex_nstring(lexer, &value))
            return false;
    } while (imap_lex_take(lexer, ' '));
    return imap_lex_char(lexer, ')');
}

static void run_id(struct imap_session *session)
{
    if (!imap_lex_space(&session->lexer) || !lex_id(&session->lexer) || !imap_lex_end(&session->lexer))
        return;
    imap_send(session, "ID (\"name\" \"Relais\")");
    imap_ok(session, NULL, "Done");
}

const struct imap_command cmd_id = {run_id, 0, "ID"};
