/* SPDX-License-Identifier: BSD-2-Clause */
/* APPEND (RFC 3501 6.3.11), several messages at once (RFC 3502), APPENDUID (RFC 4315 3). */
#include "imap/datetime.h"
#include "imapd/session.h"

/* "[(flags) ]["date" ]" in front of a literal. */
static bool lex_about(struct imap_session *session, struct append_about *about, struct imap_flags *flags)
{
    struct imap_lexer *lexer = &session->lexer;
    struct str date;
    *flags = (struct imap_flags){0};
    *about = (struct append_about){0};
    if (imap_lex_peek(lexer) == '(' && (!imap_lex_flags(session, false, flags) || !imap_lex_space(lexer)))
        return false;
    if (imap_lex_peek(lexer) == '"') {
        if (!imap_lex_string(lexer, &date) || !imap_lex_space(lexer))
            return false;
        if (!imap_datetime_parse(date, &about->internal_date))
            return imap_lex_fail(lexer, IMAP_LEX_BAD, "Bad date");
    }
    about->flags = flags->flags;
    return imap_lex_ok(lexer);
}

static bool lex_size(struct imap_session *session)
{
    uint64_t size;
    struct verdict verdict;
    if (!imap_lex_literal(&session->lexer, &size))
        return false;
    if (size > (uint64_t)session->params->append_limit)
        imap_no(session, "TOOBIG", "Message too large"); /* RFC 7889 4 */
    else if (size == 0)
        imap_no(session, NULL, "Message is empty"); /* RFC 3502 6.3.11 */
    else
        return imap_result(session, store_has_room(session->store, size, &verdict), &verdict);
    return false;
}

/* The octets of one message, of which none may be NUL, for no answer could have it either (RFC 3501 9,
 * CHAR8). A literal that began is read to its end whatever happens. */
static bool take_message(struct imap_session *session, struct append *append,
                         const struct append_about *about)
{
    struct verdict verdict;
    struct str piece;
    enum store_result result = STORE_OK;
    bool nul = false;
    while (imap_lex_literal_piece(&session->lexer, &piece)) {
        nul = nul || str_contains(piece, '\0');
        if (result == STORE_OK && !nul)
            result = append_write(append, piece, &verdict);
    }
    if (!imap_lex_ok(&session->lexer))
        return false;
    if (nul) {
        imap_no(session, NULL, "Message has a NUL octet");
        return false;
    }
    if (result == STORE_OK)
        result = append_message(append, about, &verdict);
    session->counts.appended++;
    return imap_result(session, result, &verdict);
}

static void commit(struct imap_session *session, struct append *append)
{
    struct uid_pairs pairs;
    struct verdict verdict;
    struct imap_set_writer writer = {.out = &session->out};
    if (!imap_result(session, append_commit(append, &pairs, &verdict), &verdict))
        return;
    buf_clear(&session->out);
    buf_printf(&session->out, "APPENDUID %u ", pairs.uidvalidity);
    for (size_t i = 0; i < pairs.count; i++)
        imap_set_writer_add(&writer, pairs.to[i]);
    imap_set_writer_end(&writer);
    uid_pairs_finish(&pairs);
    imap_ok(session, buf_cstr(&session->out), "Appended");
}

/* NULL when the reply is set. */
static struct append *begin(struct imap_session *session, struct str name)
{
    struct append *append = NULL;
    struct verdict verdict;
    enum store_result result = append_begin(session->store, name, &append, &verdict);
    if (result == STORE_NONEXISTENT)
        imap_no(session, "TRYCREATE", "%s", verdict.text);
    else if (imap_result(session, result, &verdict))
        return append;
    return NULL;
}

static void run_append(struct imap_session *session)
{
    struct append *append = NULL;
    struct append_about about;
    struct imap_flags flags;
    struct str name;
    if (!imap_lex_space(&session->lexer) || !imap_lex_mailbox(session, &name))
        return;
    while (imap_lex_take(&session->lexer, ' ')) {
        bool good = lex_about(session, &about, &flags) && lex_size(session) &&
                    (append || (append = begin(session, name))) && imap_find_keywords(session, &flags, true);
        about.keywords = flags.keywords;
        if (!good || !take_message(session, append, &about)) {
            append_abort(append);
            return;
        }
    }
    if (!append || !imap_lex_end(&session->lexer)) {
        imap_lex_fail(&session->lexer, IMAP_LEX_BAD, "Message expected");
        append_abort(append);
        return;
    }
    commit(session, append);
}

const struct imap_command cmd_append = {run_append, 0, "MULTIAPPEND"};
