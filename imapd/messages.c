/* SPDX-License-Identifier: BSD-2-Clause */
/* Which messages a command means, and their octets. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "imapd/session.h"

/* --- sets --- */

bool imap_lex_messages(struct imap_session *session, struct imap_set *set)
{
    if (!imap_lex_take(&session->lexer, '$'))
        return imap_lex_set(&session->lexer, set);
    session->command_saved = true;
    *set = (struct imap_set){0};
    return true;
}

void imap_find_uids(struct imap_session *session, struct imap_set *set, struct imap_spans *spans)
{
    const struct mailbox *mailbox = session->mailbox;
    size_t count = mailbox_count(mailbox);
    uint32_t last_uid = count ? mailbox_message(mailbox, count - 1)->uid : 1;
    imap_set_resolve(set, last_uid);
    spans->at = arena_array(session->arena, set->count + 1, sizeof spans->at[0]);
    spans->count = 0;
    for (size_t i = 0; i < set->count; i++) {
        size_t first = mailbox_find(mailbox, set->at[i].first);
        size_t end = set->at[i].last == UINT32_MAX ? count : mailbox_find(mailbox, set->at[i].last + 1);
        if (first < end)
            spans->at[spans->count++] = (struct imap_span){first, end - 1};
    }
}

static bool find_numbers(struct imap_session *session, struct imap_set *set, struct imap_spans *spans)
{
    size_t count = mailbox_count(session->mailbox);
    if (count == 0 && set->count > 0) {
        /* In an empty mailbox '*' means nothing, and nothing else can be right. */
        for (size_t i = 0; i < set->count; i++)
            if (set->at[i].first != IMAP_STAR && set->at[i].last != IMAP_STAR)
                return imap_lex_fail(&session->lexer, IMAP_LEX_BAD, "No such message");
        return true;
    }
    imap_set_resolve(set, (uint32_t)count);
    spans->at = arena_array(session->arena, set->count + 1, sizeof spans->at[0]);
    for (size_t i = 0; i < set->count; i++) {
        if (set->at[i].last > count)
            return imap_lex_fail(&session->lexer, IMAP_LEX_BAD, "No such message");
        spans->at[spans->count++] = (struct imap_span){set->at[i].first - 1, set->at[i].last - 1};
    }
    return true;
}

bool imap_find_messages(struct imap_session *session, struct imap_set *set, struct imap_spans *spans)
{
    *spans = (struct imap_spans){0};
    if (session->command_saved) {
        struct imap_set saved = session->saved;
        imap_find_uids(session, &saved, spans);
        return true;
    }
    if (!session->uid)
        return find_numbers(session, set, spans);
    imap_find_uids(session, set, spans);
    return true;
}

struct uid_ranges imap_span_uids(struct imap_session *session, const struct imap_spans *spans)
{
    struct uid_range *ranges = arena_array(session->arena, spans->count + 1, sizeof ranges[0]);
    for (size_t i = 0; i < spans->count; i++)
        ranges[i] = (struct uid_range){mailbox_message(session->mailbox, spans->at[i].first)->uid,
                                       mailbox_message(session->mailbox, spans->at[i].last)->uid};
    return (struct uid_ranges){ranges, spans->count};
}

bool imap_has_gone(struct imap_session *session, const struct imap_spans *spans)
{
    for (size_t i = 0; i < spans->count; i++)
        for (size_t m = spans->at[i].first; m <= spans->at[i].last; m++)
            if (mailbox_message(session->mailbox, m)->gone)
                return true;
    return false;
}

/* --- octets --- */

void imap_close_message(struct imap_session *session)
{
    struct imap_open_message *open = &session->open;
    if (!open->uid)
        return;
    if (open->parsed)
        mime_finish(&open->mime);
    if (open->octets.at && open->file.size > 0)
        munmap((void *)(uintptr_t)open->octets.at, open->file.size);
    message_close(&open->file);
    arena_reset(session->parse);
    *open = (struct imap_open_message){0};
}

bool imap_open_message(struct imap_session *session, const struct message *message, struct verdict *verdict)
{
    struct imap_open_message *open = &session->open;
    if (open->uid == message->uid)
        return true;
    imap_close_message(session);
    if (!imap_result(session, message_open(session->mailbox, message, &open->file, verdict), verdict))
        return false;
    open->uid = message->uid;
    return true;
}

bool imap_map_message(struct imap_session *session, struct verdict *verdict)
{
    struct imap_open_message *open = &session->open;
    if (open->octets.at)
        return true;
    if (open->file.size == 0) {
        open->octets = STR("");
        return true;
    }
    void *at = mmap(NULL, open->file.size, PROT_READ, MAP_PRIVATE, open->file.fd, 0);
    if (at == MAP_FAILED) {
        verdict_system(verdict, "reading the message", errno);
        return imap_result(session, STORE_FAILED, verdict);
    }
    open->octets = str_make(at, open->file.size);
    return true;
}

bool imap_parse_message(struct imap_session *session, struct verdict *verdict)
{
    struct imap_open_message *open = &session->open;
    if (!imap_map_message(session, verdict))
        return false;
    if (!open->parsed)
        mime_parse(&open->mime, open->octets, session->parse);
    open->parsed = true;
    return true;
}
