/* SPDX-License-Identifier: BSD-2-Clause */
/* The session's life: a command at a time. */
#include "imapd/session.h"

#include <assert.h>
#include <stdlib.h>

void imap_session_init(struct imap_session *session, struct stream *stream, struct store *store,
                       const struct imapd_params *params)
{
    *session = (struct imap_session){
        .stream = stream, .store = store, .params = params, .state = IMAP_AUTHENTICATED};
    session->arena = arena_create(IMAP_ARENA_LIMIT);
    session->parse = arena_create(IMAP_ARENA_LIMIT);
    session->scratch = arena_create(IMAP_ARENA_LIMIT);
    buf_init(&session->out, IMAP_RESPONSE_LIMIT);
    buf_init(&session->reply_text, IMAP_REPLY_LIMIT);
    imap_lexer_init(&session->lexer, stream, session->arena);
    stream_set_timeout(stream, params->timeout);
}

void imap_session_finish(struct imap_session *session)
{
    imap_unselect(session);
    imap_flush(session, true);
    free(session->saved.at);
    buf_finish(&session->out);
    buf_finish(&session->reply_text);
    arena_destroy(session->arena);
    arena_destroy(session->parse);
    arena_destroy(session->scratch);
}

/* --- one command --- */

/* The command's name, with UID in front of it or not. */
static const struct imap_command_row *lex_command(struct imap_session *session)
{
    struct str name;
    if (!imap_lex_atom(&session->lexer, &name))
        return NULL;
    session->uid = str_eq_nocase(name, STR("UID"));
    if (session->uid && (!imap_lex_space(&session->lexer) || !imap_lex_atom(&session->lexer, &name)))
        return NULL;
    const struct imap_command_row *row = imap_command_find(name);
    if (row && session->uid && !(row->command->flags & IMAP_ALSO_UID))
        return NULL;
    return row;
}

static void run_command(struct imap_session *session)
{
    struct imap_lexer *lexer = &session->lexer;
    struct str tag;
    session->command = NULL;
    session->uid = session->command_saved = false;
    if (!imap_lex_tag(lexer, &tag))
        return;
    session->tag = tag;
    if (!imap_lex_space(lexer))
        return;
    const struct imap_command_row *row = lex_command(session);
    if (!row) {
        imap_lex_fail(lexer, IMAP_LEX_BAD, "Unknown command");
        return;
    }
    if (!(row->states & session->state)) {
        imap_bad(session, "No mailbox selected");
        return;
    }
    session->command = row->command;
    row->command->run(session);
}

/* What the lexer found wrong goes before what the command says. */
static void judge(struct imap_session *session)
{
    const struct imap_lexer *lexer = &session->lexer;
    if (lexer->status == IMAP_LEX_BAD)
        imap_bad(session, "%s", lexer->error);
    else if (lexer->status == IMAP_LEX_TOO_BIG && session->tag.len > 0)
        imap_no(session, "LIMIT", "%s", lexer->error);
    else if (lexer->status == IMAP_LEX_TOO_BIG)
        imap_bad(session, "%s", lexer->error);
    session->errors = session->reply == IMAP_REPLY_BAD ? session->errors + 1 : 0;
}

static void send_reply(struct imap_session *session)
{
    static const char *const words[] = {
        [IMAP_REPLY_OK] = "OK", [IMAP_REPLY_NO] = "NO", [IMAP_REPLY_BAD] = "BAD"};
    if (session->reply == IMAP_REPLY_NONE) {
        assert(session->state == IMAP_LOGOUT); /* a BYE was said instead */
        return;
    }
    stream_write(session->stream, session->tag.len ? session->tag : STR("*"));
    stream_write(session->stream, STR(" "));
    stream_write(session->stream, str_of(words[session->reply]));
    stream_write(session->stream, STR(" "));
    stream_write(session->stream, buf_str(&session->reply_text));
    stream_write(session->stream, STR("\r\n"));
}

/* False when the conversation is over. */
static bool take_command(struct imap_session *session)
{
    arena_reset(session->arena);
    session->tag = STR("");
    session->reply = IMAP_REPLY_NONE;
    buf_clear(&session->reply_text);
    if (imap_lexer_begin(&session->lexer))
        run_command(session);
    if (session->lexer.status == IMAP_LEX_CLOSED)
        return false;
    session->counts.commands++;
    judge(session);
    if (session->state == IMAP_SELECTED)
        imap_report(session,
                    session->uid || !session->command || !(session->command->flags & IMAP_KEEPS_NUMBERS));
    send_reply(session);
    if (imap_lexer_finish(&session->lexer))
        return true;
    if (session->lexer.pending > IMAP_SKIP_LIMIT)
        imap_send(session, "BYE Literal too large");
    return false;
}

/* --- the conversation --- */

static void greet(struct imap_session *session, struct str login_tag)
{
    buf_clear(&session->out);
    imap_put_capabilities(&session->out);
    if (login_tag.len > 0)
        stream_printf(session->stream, STR_FMT " OK", STR_ARG(login_tag));
    else
        stream_printf(session->stream, "* PREAUTH");
    stream_printf(session->stream, " [CAPABILITY " STR_FMT "] Logged in\r\n",
                  STR_ARG(buf_str(&session->out)));
}

/* Before a wait for the next command, replies go out and changes become durable. False when the client has
 * been silent for too long. */
static bool wait_for_command(struct imap_session *session)
{
    enum { FLUSH_AFTER_MS = 500 };
    if (store_is_unsynced(session->store) && !imap_wait_input(session, FLUSH_AFTER_MS))
        imap_flush(session, true);
    imap_flush(session, false);
    if (imap_wait_input(session, session->params->timeout))
        return true;
    imap_send(session, "BYE Disconnected for inactivity");
    return false;
}

void imap_session_run(struct imap_session *session, struct str login_tag)
{
    unsigned error_limit = (unsigned)session->params->error_limit;
    greet(session, login_tag);
    while (session->state != IMAP_LOGOUT && session->errors < error_limit)
        if (!wait_for_command(session) || !take_command(session))
            break;
    if (session->errors >= error_limit)
        imap_send(session, "BYE Too many bad commands");
    stream_flush(session->stream);
}
