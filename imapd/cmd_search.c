/* SPDX-License-Identifier: BSD-2-Clause */
/* SEARCH and UID SEARCH (RFC 3501 6.4.4), ESEARCH (RFC 4731), SEARCHRES (RFC 5182). */
#include <stdlib.h>

#include "base/memory.h"
#include "imap/quote.h"
#include "imapd/search.h"

enum search_return {
    RETURN_MIN = 1,
    RETURN_MAX = 2,
    RETURN_ALL = 4,
    RETURN_COUNT = 8,
    RETURN_SAVE = 16,
    RETURN_GIVEN = 32, /* RETURN was there: the answer is ESEARCH */
};

struct search_request {
    unsigned want; /* enum search_return */
    struct str charset;
    struct imap_search *root;
};

struct search_found {
    uint32_t *at; /* indexes; in the command's arena */
    size_t count;
    uint64_t modseq; /* the highest of them */
};

/* "RETURN (MIN ALL) " */
static bool lex_return(struct imap_lexer *lexer, struct search_request *request)
{
    static const struct {
        const char *name;
        unsigned bit;
    } options[] = {{"MIN", RETURN_MIN},
                   {"MAX", RETURN_MAX},
                   {"ALL", RETURN_ALL},
                   {"COUNT", RETURN_COUNT},
                   {"SAVE", RETURN_SAVE}};
    struct str name;
    request->want = RETURN_GIVEN;
    if (!imap_lex_char(lexer, '('))
        return false;
    if (!imap_lex_take(lexer, ')')) {
        do {
            size_t i = 0;
            if (!imap_lex_atom(lexer, &name))
                return false;
            while (i < 5 && !str_eq_nocase(name, str_of(options[i].name)))
                i++;
            if (i == 5)
                return imap_lex_fail(lexer, IMAP_LEX_BAD, "Unknown return option");
            request->want |= options[i].bit;
        } while (imap_lex_take(lexer, ' '));
        if (!imap_lex_char(lexer, ')'))
            return false;
    }
    if (request->want == RETURN_GIVEN)
        request->want |= RETURN_ALL;
    return imap_lex_space(lexer);
}

/* What may stand in front of the keys; a key is left where it is. */
static bool take_word(struct imap_lexer *lexer, const char *word)
{
    struct str name = str_of(word);
    if (!imap_lex_ok(lexer) || !str_starts_nocase(lexer->rest, name))
        return false;
    lexer->rest = str_from(lexer->rest, name.len);
    return true;
}

static bool lex_request(struct imap_lexer *lexer, struct search_request *request)
{
    *request = (struct search_request){.charset = STR("UTF-8")};
    if (!imap_lex_space(lexer))
        return false;
    if (take_word(lexer, "RETURN ") && !lex_return(lexer, request))
        return false;
    if (take_word(lexer, "CHARSET ") &&
        (!imap_lex_astring(lexer, &request->charset) || !imap_lex_space(lexer)))
        return false;
    return imap_lex_search(lexer, &request->root);
}

static void find(struct imap_session *session, const struct search_key *key, struct search_found *found)
{
    size_t count = mailbox_count(session->mailbox);
    *found = (struct search_found){.at = arena_array(session->arena, count + 1, sizeof found->at[0])};
    for (size_t i = 0; i < count; i++) {
        const struct message *message = mailbox_message(session->mailbox, i);
        if (message->gone || !imap_search_fits(session, key, i))
            continue;
        found->at[found->count++] = (uint32_t)i;
        if (message->modseq > found->modseq)
            found->modseq = message->modseq;
    }
}

/* The number that the client gets for an index. */
static uint32_t number_of(struct imap_session *session, uint32_t index)
{
    return session->uid ? mailbox_message(session->mailbox, index)->uid : index + 1;
}

static void send_plain(struct imap_session *session, const struct search_found *found, bool modseq)
{
    struct buf *out = &session->out;
    buf_clear(out);
    buf_add_text(out, "* SEARCH");
    for (size_t i = 0; i < found->count; i++)
        buf_printf(out, " %u", number_of(session, found->at[i]));
    if (modseq && found->count > 0)
        buf_printf(out, " (MODSEQ %llu)", (unsigned long long)found->modseq);
    buf_add_text(out, "\r\n");
    stream_write(session->stream, buf_str(out));
}

static void send_extended(struct imap_session *session, const struct search_found *found, unsigned want,
                          bool modseq)
{
    struct buf *out = &session->out;
    struct imap_set_writer writer = {.out = out};
    buf_clear(out);
    buf_add_text(out, "* ESEARCH (TAG ");
    imap_put_string(out, session->tag);
    buf_printf(out, ")%s", session->uid ? " UID" : "");
    if (want & RETURN_MIN && found->count > 0)
        buf_printf(out, " MIN %u", number_of(session, found->at[0]));
    if (want & RETURN_MAX && found->count > 0)
        buf_printf(out, " MAX %u", number_of(session, found->at[found->count - 1]));
    if (want & RETURN_ALL && found->count > 0) {
        buf_add_text(out, " ALL ");
        for (size_t i = 0; i < found->count; i++)
            imap_set_writer_add(&writer, number_of(session, found->at[i]));
        imap_set_writer_end(&writer);
    }
    if (want & RETURN_COUNT)
        buf_printf(out, " COUNT %zu", found->count);
    if (modseq && found->count > 0)
        buf_printf(out, " MODSEQ %llu", (unsigned long long)found->modseq);
    buf_add_text(out, "\r\n");
    stream_write(session->stream, buf_str(out));
}

/* RFC 5182 2.1: with MIN or MAX alone only those are saved. */
static void save(struct imap_session *session, const struct search_found *found, unsigned want)
{
    bool all = want & (RETURN_ALL | RETURN_COUNT) || !(want & (RETURN_MIN | RETURN_MAX));
    struct imap_set *saved = &session->saved;
    free(saved->at);
    *saved = (struct imap_set){.at = memory_array(found->count + 1, sizeof saved->at[0])};
    for (size_t i = 0; i < found->count; i++) {
        uint32_t uid = mailbox_message(session->mailbox, found->at[i])->uid;
        bool kept = all || (want & RETURN_MIN && i == 0) || (want & RETURN_MAX && i + 1 == found->count);
        if (kept)
            saved->at[saved->count++] = (struct imap_range){uid, uid};
    }
    imap_set_resolve(saved, 1);
}

static bool asks_modseq(const struct imap_search *key)
{
    for (const struct imap_search *child = key->first; child; child = child->next)
        if (asks_modseq(child))
            return true;
    return key->kind == IMAP_SEARCH_MODSEQ;
}

static void run_search(struct imap_session *session)
{
    struct search_request request;
    struct search_key *key;
    struct search_found found;
    if (!lex_request(&session->lexer, &request) ||
        !imap_search_prepare(session, request.root, request.charset, &key)) {
        if (request.want & RETURN_SAVE) /* RFC 5182 2.1: a SEARCH that fails empties it */
            session->saved.count = 0;
        return;
    }
    find(session, key, &found);
    bool modseq = asks_modseq(request.root);
    if (request.want & RETURN_SAVE)
        save(session, &found, request.want);
    if (!(request.want & RETURN_GIVEN))
        send_plain(session, &found, modseq);
    else if (request.want & ~(unsigned)(RETURN_GIVEN | RETURN_SAVE))
        send_extended(session, &found, request.want, modseq);
    imap_ok(session, NULL, "Searched");
}

const struct imap_command cmd_search = {run_search, IMAP_ALSO_UID | IMAP_KEEPS_NUMBERS,
                                        "ESEARCH SEARCHRES WITHIN"};
