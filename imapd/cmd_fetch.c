/* SPDX-License-Identifier: BSD-2-Clause */
/* FETCH and UID FETCH (RFC 3501 6.4.5), with CHANGEDSINCE (RFC 7162 3.1.4.1). */
#include "imapd/fetch.h"

/* " (CHANGEDSINCE n)" behind the items. */
static bool lex_modifiers(struct imap_fetch *fetch)
{
    struct imap_lexer *lexer = &fetch->session->lexer;
    struct str name;
    if (!imap_lex_take(lexer, ' '))
        return imap_lex_end(lexer);
    if (!imap_lex_char(lexer, '(') || !imap_lex_atom(lexer, &name) || !imap_lex_space(lexer) ||
        !imap_lex_number64(lexer, &fetch->changed_since) || !imap_lex_char(lexer, ')') ||
        !imap_lex_end(lexer))
        return false;
    if (!str_eq_nocase(name, STR("CHANGEDSINCE")))
        return imap_lex_fail(lexer, IMAP_LEX_BAD, "Unknown modifier");
    fetch->changed_since_given = true;
    fetch->session->condstore = true;
    return true;
}

static bool sees(const struct imap_fetch *fetch)
{
    for (size_t i = 0; i < fetch->count; i++)
        if (fetch->items[i].kind->sees && fetch->items[i].kind->sees(&fetch->items[i]))
            return true;
    return false;
}

/* The messages of the spans without \Seen, as spans. */
static struct imap_spans unseen_of(struct imap_session *session, const struct imap_spans *spans)
{
    size_t room = 1;
    for (size_t i = 0; i < spans->count; i++)
        room += spans->at[i].last - spans->at[i].first + 1;
    struct imap_spans unseen = {arena_array(session->arena, room, sizeof unseen.at[0]), 0};
    for (size_t i = 0; i < spans->count; i++)
        for (size_t m = spans->at[i].first; m <= spans->at[i].last; m++) {
            const struct message *message = mailbox_message(session->mailbox, m);
            if (message->gone || message->flags & MESSAGE_SEEN)
                continue;
            if (unseen.count && unseen.at[unseen.count - 1].last + 1 == m)
                unseen.at[unseen.count - 1].last = m;
            else
                unseen.at[unseen.count++] = (struct imap_span){m, m};
        }
    return unseen;
}

/* Sets \Seen on what is going to be read; those messages' responses then have FLAGS. That it cannot be set (a
 * full disk) is no reason not to send them. */
static struct imap_spans mark_seen(struct imap_fetch *fetch, const struct imap_spans *spans)
{
    struct imap_session *session = fetch->session;
    struct flags_change change = {FLAGS_ADD, MESSAGE_SEEN, 0, UINT64_MAX};
    struct flags_result result;
    struct verdict verdict;
    struct imap_spans unseen = {0};
    if (!sees(fetch) || mailbox_is_read_only(session->mailbox))
        return unseen;
    unseen = unseen_of(session, spans);
    if (unseen.count > 0 && mailbox_store_flags(session->mailbox, imap_span_uids(session, &unseen), &change,
                                                session->arena, &result, &verdict) != STORE_OK)
        unseen.count = 0;
    return unseen;
}

static bool is_wanted(const struct imap_fetch *fetch, size_t index)
{
    const struct message *message = mailbox_message(fetch->session->mailbox, index);
    if (fetch->session->uid && message->gone) /* a UID that is not there is passed by */
        return false;
    return !fetch->changed_since_given || message->modseq > fetch->changed_since;
}

/* *next goes along with ascending indexes. */
static bool in_spans(const struct imap_spans *spans, size_t *next, size_t index)
{
    while (*next < spans->count && spans->at[*next].last < index)
        ++*next;
    return *next < spans->count && spans->at[*next].first <= index;
}

static void send_all(struct imap_fetch *fetch, const struct imap_spans *spans)
{
    struct imap_session *session = fetch->session;
    struct imap_spans seen = mark_seen(fetch, spans);
    size_t next_seen = 0;
    for (size_t i = 0; i < spans->count; i++)
        for (size_t m = spans->at[i].first; m <= spans->at[i].last; m++) {
            if (!is_wanted(fetch, m))
                continue;
            imap_fetch_send(fetch, m, in_spans(&seen, &next_seen, m));
            session->counts.fetched++;
            if (session->lexer.status == IMAP_LEX_CLOSED || stream_status(session->stream) != STREAM_OK)
                return;
        }
}

static void run_fetch(struct imap_session *session)
{
    struct imap_fetch fetch = {.session = session};
    struct imap_set set;
    struct imap_spans spans;
    if (!imap_lex_space(&session->lexer) || !imap_lex_messages(session, &set) ||
        !imap_lex_space(&session->lexer) || !imap_fetch_lex_items(&fetch) || !lex_modifiers(&fetch) ||
        !imap_find_messages(session, &set, &spans))
        return;
    if (session->uid && !imap_fetch_has(&fetch, &fetch_uid))
        imap_fetch_add(&fetch, "UID");
    if (fetch.changed_since_given && !imap_fetch_has(&fetch, &fetch_modseq))
        imap_fetch_add(&fetch, "MODSEQ");
    send_all(&fetch, &spans);
    if (!fetch.failed)
        imap_ok(session, NULL, "Fetched");
}

const struct imap_command cmd_fetch = {run_fetch, IMAP_ALSO_UID | IMAP_KEEPS_NUMBERS, NULL};
