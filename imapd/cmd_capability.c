/* SPDX-License-Identifier: BSD-2-Clause */
/* CAPABILITY (RFC 3501 6.1.1): what commands.def has, and what shows in more than one command. */
#include "imapd/session.h"

void imap_put_capabilities(struct buf *out)
{
    const struct imap_command_row *row;
    buf_add_text(out, "IMAP4rev1 LITERAL+ UIDPLUS CHILDREN SPECIAL-USE CREATE-SPECIAL-USE");
    for (size_t i = 0; (row = imap_command_at(i)); i++)
        if (row->command->capability)
            buf_printf(out, " %s", row->command->capability);
}

static void run_capability(struct imap_session *session)
{
    if (!imap_lex_end(&session->lexer))
        return;
    buf_clear(&session->out);
    imap_put_capabilities(&session->out);
    imap_send(session, "CAPABILITY " STR_FMT, STR_ARG(buf_str(&session->out)));
    imap_ok(session, NULL, "Done");
}

const struct imap_command cmd_capability = {run_capability, 0, NULL};
