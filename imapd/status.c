/* SPDX-License-Identifier: BSD-2-Clause */
/* One row for each status item. */
#include "imapd/status.h"

static uint64_t get_messages(const struct mailbox_status *status)
{
    return status->messages;
}

static uint64_t get_recent(const struct mailbox_status *status)
{
    return status->recent;
}

static uint64_t get_uidnext(const struct mailbox_status *status)
{
    return status->uidnext;
}

static uint64_t get_uidvalidity(const struct mailbox_status *status)
{
    return status->uidvalidity;
}

static uint64_t get_unseen(const struct mailbox_status *status)
{
    return status->unseen;
}

static uint64_t get_highestmodseq(const struct mailbox_status *status)
{
    return status->highestmodseq;
}

static uint64_t get_size(const struct mailbox_status *status)
{
    return status->size;
}

static const struct status_row {
    const char *name;
    uint64_t (*get)(const struct mailbox_status *status);
} rows[] = {
    {"MESSAGES", get_messages}, {"RECENT", get_recent},
    {"UIDNEXT", get_uidnext},   {"UIDVALIDITY", get_uidvalidity},
    {"UNSEEN", get_unseen},     {"HIGHESTMODSEQ", get_highestmodseq},
    {"SIZE", get_size},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

bool imap_lex_status_items(struct imap_session *session, unsigned *items)
{
    struct imap_lexer *lexer = &session->lexer;
    struct str name;
    *items = 0;
    if (!imap_lex_char(lexer, '('))
        return false;
    do {
        unsigned row = 0;
        if (!imap_lex_atom(lexer, &name))
            return false;
        while (row < ROWS && !str_eq_nocase(name, str_of(rows[row].name)))
            row++;
        if (row == ROWS)
            return imap_lex_fail(lexer, IMAP_LEX_BAD, "Unknown STATUS item");
        *items |= 1u << row;
        if (rows[row].get == get_highestmodseq)
            session->condstore = true;
    } while (imap_lex_take(lexer, ' '));
    return imap_lex_char(lexer, ')');
}

enum store_result imap_send_status(struct imap_session *session, struct str name, unsigned items,
                                   struct verdict *verdict)
{
    struct mailbox_status status;
    struct buf *out = &session->out;
    enum store_result result = store_status(session->store, name, &status, verdict);
    if (result != STORE_OK)
        return result;
    buf_clear(out);
    buf_add_text(out, "* STATUS ");
    imap_put_mailbox(out, name);
    const char *before = " (";
    for (unsigned row = 0; row < ROWS; row++)
        if (items >> row & 1) {
            buf_printf(out, "%s%s %llu", before, rows[row].name, (unsigned long long)rows[row].get(&status));
            before = " ";
        }
    buf_add_text(out, ")\r\n");
    stream_write(session->stream, buf_str(out));
    return STORE_OK;
}
