/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies by the store, and the COPYUID code (RFC 4315 3). */
#include "imapd/copied.h"

static void put_copyuid(struct buf *out, const struct uid_pairs *pairs)
{
    struct imap_set_writer from = {.out = out}, to = {.out = out};
    buf_printf(out, "COPYUID %u ", pairs->uidvalidity);
    for (size_t i = 0; i < pairs->count; i++)
        imap_set_writer_add(&from, pairs->from[i]);
    imap_set_writer_end(&from);
    buf_add_char(out, ' ');
    for (size_t i = 0; i < pairs->count; i++)
        imap_set_writer_add(&to, pairs->to[i]);
    imap_set_writer_end(&to);
}

bool imap_copy_messages(struct imap_session *session, imap_copy_call *call)
{
    struct imap_set set;
    struct imap_spans spans;
    struct str name;
    struct verdict verdict;
    struct uid_pairs pairs;
    buf_clear(&session->out);
    if (!imap_lex_space(&session->lexer) || !imap_lex_messages(session, &set) ||
        !imap_lex_space(&session->lexer))
        return false;
    bool good_name = imap_lex_mailbox(session, &name);
    if (!imap_lex_end(&session->lexer) || !imap_find_messages(session, &set, &spans) || !good_name)
        return false;
    if (!session->uid && imap_has_gone(session, &spans)) {
        imap_no(session, "EXPUNGEISSUED", "Some of the messages are gone");
        return false;
    }
    if (spans.count == 0)
        return true;
    enum store_result result =
        call(session->mailbox, imap_span_uids(session, &spans), name, &pairs, &verdict);
    if (result == STORE_NONEXISTENT) {
        imap_no(session, "TRYCREATE", "%s", verdict.text);
        return false;
    }
    if (!imap_result(session, result, &verdict))
        return false;
    if (pairs.count > 0)
        put_copyuid(&session->out, &pairs);
    uid_pairs_finish(&pairs);
    return true;
}
