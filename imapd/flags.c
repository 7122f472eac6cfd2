/* SPDX-License-Identifier: BSD-2-Clause */
/* Flags and keywords (RFC 3501 2.3.2). */
#include "imapd/session.h"

static const struct flag_name {
    const char *name;
    uint8_t flag;
} flag_names[] = {
    {"\\Answered", MESSAGE_ANSWERED}, {"\\Flagged", MESSAGE_FLAGGED}, {"\\Deleted", MESSAGE_DELETED},
    {"\\Seen", MESSAGE_SEEN},         {"\\Draft", MESSAGE_DRAFT},
};
enum { FLAG_NAMES = sizeof flag_names / sizeof flag_names[0] };

uint8_t imap_flag_named(struct str name)
{
    for (size_t i = 0; i < FLAG_NAMES; i++)
        if (str_eq_nocase(name, str_of(flag_names[i].name)))
            return flag_names[i].flag;
    return 0;
}

static bool add_flag(struct imap_session *session, struct str name, struct imap_flags *flags)
{
    if (str_starts(name, STR("\\"))) {
        uint8_t flag = imap_flag_named(name);
        flags->flags |= flag;
        return flag || imap_lex_fail(&session->lexer, IMAP_LEX_BAD, "Unknown system flag");
    }
    if (flags->count == IMAP_KEYWORDS)
        return imap_lex_fail(&session->lexer, IMAP_LEX_TOO_BIG, "Too many keywords");
    if (!flags->names)
        flags->names = arena_array(session->arena, IMAP_KEYWORDS, sizeof flags->names[0]);
    flags->names[flags->count++] = name;
    return true;
}

bool imap_lex_flags(struct imap_session *session, bool bare, struct imap_flags *flags)
{
    struct imap_lexer *lexer = &session->lexer;
    struct str name;
    *flags = (struct imap_flags){0};
    bool inside = imap_lex_take(lexer, '(');
    if (!inside && !bare)
        return imap_lex_char(lexer, '(');
    if (inside && imap_lex_take(lexer, ')'))
        return true;
    do {
        if (!imap_lex_flag(lexer, &name) || !add_flag(session, name, flags))
            return false;
    } while (imap_lex_take(lexer, ' '));
    return !inside || imap_lex_char(lexer, ')');
}

bool imap_find_keywords(struct imap_session *session, struct imap_flags *flags, bool create)
{
    for (size_t i = 0; i < flags->count; i++) {
        int number = store_keyword(session->store, flags->names[i], create);
        if (number >= 0) {
            flags->keywords |= UINT64_C(1) << number;
        } else if (create) {
            imap_no(session, "LIMIT", "Too many or too long keywords");
            return false;
        }
    }
    return true;
}

static void put_name(struct buf *out, size_t start, struct str name)
{
    if (out->len > start)
        buf_add_char(out, ' ');
    buf_add(out, name);
}

static void put_keywords(struct imap_session *session, struct buf *out, size_t start, uint64_t keywords)
{
    for (unsigned i = 0; i < KEYWORD_LIMIT; i++)
        if (keywords >> i & 1) {
            struct str name = store_keyword_name(session->store, i);
            if (name.len > 0)
                put_name(out, start, name);
        }
}

void imap_put_flags(struct imap_session *session, struct buf *out, const struct message *message)
{
    size_t start = out->len;
    for (size_t i = 0; i < FLAG_NAMES; i++)
        if (message->flags & flag_names[i].flag)
            put_name(out, start, str_of(flag_names[i].name));
    if (message->recent)
        put_name(out, start, STR("\\Recent"));
    put_keywords(session, out, start, message->keywords);
}

void imap_send_flags(struct imap_session *session, size_t index)
{
    const struct message *message = mailbox_message(session->mailbox, index);
    struct buf *out = &session->out;
    buf_clear(out);
    if (session->uid)
        buf_printf(out, "UID %u ", message->uid);
    if (session->condstore)
        buf_printf(out, "MODSEQ (%llu) ", (unsigned long long)message->modseq);
    buf_add_text(out, "FLAGS (");
    imap_put_flags(session, out, message);
    buf_add_char(out, ')');
    imap_send(session, "%zu FETCH (" STR_FMT ")", index + 1, STR_ARG(buf_str(out)));
}

void imap_show_flags(struct imap_session *session, bool always)
{
    struct buf *out = &session->out;
    unsigned count = 0;
    while (count < KEYWORD_LIMIT && store_keyword_name(session->store, count).len > 0)
        count++;
    if (!always && count <= session->keywords_shown)
        return;
    session->keywords_shown = count;
    buf_clear(out);
    for (size_t i = 0; i < FLAG_NAMES; i++)
        put_name(out, 0, str_of(flag_names[i].name));
    put_keywords(session, out, 0, UINT64_MAX);
    imap_send(session, "FLAGS (" STR_FMT ")", STR_ARG(buf_str(out)));
    if (mailbox_is_read_only(session->mailbox))
        imap_send(session, "OK [PERMANENTFLAGS ()] No changes of flags");
    else
        imap_send(session, "OK [PERMANENTFLAGS (" STR_FMT "%s)] Flags that are kept", STR_ARG(buf_str(out)),
                  count < KEYWORD_LIMIT ? " \\*" : "");
}
