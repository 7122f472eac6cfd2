/* SPDX-License-Identifier: BSD-2-Clause */
/* STORE and UID STORE (RFC 3501 6.4.6), with UNCHANGEDSINCE (RFC 7162 3.1.3). */
#include "imapd/session.h"

struct store_request {
    struct flags_change change;
    struct imap_flags flags;
    bool silent;
};

/* "(UNCHANGEDSINCE n) " */
static bool lex_modifier(struct imap_session *session, struct store_request *request)
{
    struct imap_lexer *lexer = &session->lexer;
    struct str name;
    request->change.unchanged_since = UINT64_MAX;
    if (!imap_lex_take(lexer, '('))
        return true;
    if (!imap_lex_atom(lexer, &name) || !imap_lex_space(lexer) ||
        !imap_lex_number64(lexer, &request->change.unchanged_since) || !imap_lex_char(lexer, ')') ||
        !imap_lex_space(lexer))
        return false;
    if (!str_eq_nocase(name, STR("UNCHANGEDSINCE")))
        return imap_lex_fail(lexer, IMAP_LEX_BAD, "Unknown modifier");
    session->condstore = true;
    return true;
}

/* "+FLAGS.SILENT (\Seen)" */
static bool lex_change(struct imap_session *session, struct store_request *request)
{
    struct imap_lexer *lexer = &session->lexer;
    struct str name;
    request->change.how = FLAGS_REPLACE;
    if (imap_lex_take(lexer, '+'))
        request->change.how = FLAGS_ADD;
    else if (imap_lex_take(lexer, '-'))
        request->change.how = FLAGS_REMOVE;
    if (!imap_lex_name(lexer, &name) || !imap_lex_space(lexer))
        return false;
    request->silent = str_eq_nocase(name, STR("FLAGS.SILENT"));
    if (!request->silent && !str_eq_nocase(name, STR("FLAGS")))
        return imap_lex_fail(lexer, IMAP_LEX_BAD, "FLAGS expected");
    return imap_lex_flags(session, true, &request->flags) && imap_lex_end(lexer);
}

static void show(struct imap_session *session, const struct store_request *request,
                 const struct flags_result *result)
{
    imap_show_flags(session, false);
    for (size_t i = 0; i < result->matched_count; i++) {
        size_t index = result->matched[i];
        const struct message *message = mailbox_message(session->mailbox, index);
        if (!request->silent)
            imap_send_flags(session, index);
        else if (session->condstore)
            imap_send(session, "%zu FETCH (UID %u MODSEQ (%llu))", index + 1, message->uid,
                      (unsigned long long)message->modseq);
    }
}

/* RFC 7162 3.1.3: [MODIFIED set], of numbers or UIDs as the command had. */
static void reply_modified(struct imap_session *session, const struct flags_result *result)
{
    struct imap_set_writer writer = {.out = &session->out};
    buf_clear(&session->out);
    buf_add_text(&session->out, "MODIFIED ");
    for (size_t i = 0; i < result->modified_count; i++) {
        uint32_t uid = result->modified[i];
        imap_set_writer_add(&writer, session->uid ? uid : (uint32_t)mailbox_find(session->mailbox, uid) + 1);
    }
    imap_set_writer_end(&writer);
    imap_ok(session, buf_cstr(&session->out), "Some were changed by others");
}

static bool find_flags(struct imap_session *session, struct store_request *request, bool any)
{
    bool create = any && request->change.how != FLAGS_REMOVE;
    if (!imap_find_keywords(session, &request->flags, create))
        return false;
    request->change.flags = request->flags.flags;
    request->change.keywords = request->flags.keywords;
    return true;
}

static void run_store(struct imap_session *session)
{
    struct imap_set set;
    struct imap_spans spans;
    struct verdict verdict;
    struct store_request request;
    struct flags_result result = {0};
    if (!imap_lex_space(&session->lexer) || !imap_lex_messages(session, &set) ||
        !imap_lex_space(&session->lexer) || !lex_modifier(session, &request) ||
        !lex_change(session, &request) || !imap_find_messages(session, &set, &spans) ||
        !find_flags(session, &request, spans.count > 0))
        return;
    if (!imap_result(session,
                     mailbox_store_flags(session->mailbox, imap_span_uids(session, &spans), &request.change,
                                         session->arena, &result, &verdict),
                     &verdict))
        return;
    show(session, &request, &result);
    if (result.modified_count > 0)
        reply_modified(session, &result);
    else if (imap_has_gone(session, &spans))
        imap_ok(session, "EXPUNGEISSUED", "Some of the messages are gone");
    else
        imap_ok(session, NULL, "Stored");
}

const struct imap_command cmd_store = {run_store, IMAP_ALSO_UID | IMAP_KEEPS_NUMBERS, NULL};
