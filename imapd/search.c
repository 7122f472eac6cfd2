/* SPDX-License-Identifier: BSD-2-Clause */
/* SEARCH: a tree made ready once, then asked for each message. */
#include "imapd/search.h"

#include "base/clock.h"
#include "imapd/fold.h"
#include "mail/decode.h"

enum { DAY = 24 * 60 * 60, NEEDLE_LIMIT = 4 * IMAP_LITERAL_LIMIT };

/* --- making ready --- */

static bool fold_needle(struct imap_session *session, struct str text, struct str charset, struct str *needle)
{
    struct buf utf8, folded;
    buf_init(&utf8, NEEDLE_LIMIT);
    buf_init(&folded, NEEDLE_LIMIT);
    bool good = charset_to_utf8(charset, text, &utf8) && imap_fold(buf_str(&utf8), &folded);
    *needle = arena_copy(session->arena, buf_str(&folded));
    buf_finish(&utf8);
    buf_finish(&folded);
    if (!good)
        imap_no(session, "BADCHARSET (US-ASCII UTF-8)", "Text is not in a charset that is known");
    return good;
}

static bool prepare_numbers(struct imap_session *session, struct search_key *ready)
{
    struct imap_set set = ready->key->set;
    bool uid = session->uid, saved = session->command_saved;
    session->uid = ready->key->kind == IMAP_SEARCH_UID;
    session->command_saved = ready->key->kind == IMAP_SEARCH_SAVED;
    bool good = imap_find_messages(session, &set, &ready->spans);
    session->uid = uid;
    session->command_saved = saved;
    return good;
}

static void prepare_keyword(struct imap_session *session, struct search_key *ready)
{
    int number = store_keyword(session->store, ready->key->text, false);
    ready->keyword = number < 0 ? 0 : UINT64_C(1) << number;
}

static bool prepare(struct imap_session *session, const struct imap_search *key, struct str charset,
                    struct search_key *ready);

/* Children that read go behind those that do not. */
static bool prepare_children(struct imap_session *session, struct str charset, struct search_key *ready)
{
    struct search_key *cheap = NULL, **cheap_end = &cheap, *reading = NULL, **reading_end = &reading;
    for (const struct imap_search *child = ready->key->first; child; child = child->next) {
        struct search_key *made = arena_get(session->arena, sizeof *made);
        if (!prepare(session, child, charset, made))
            return false;
        struct search_key ***end = made->reads ? &reading_end : &cheap_end;
        **end = made;
        *end = &made->next;
        ready->reads = ready->reads || made->reads;
    }
    *cheap_end = reading;
    ready->first = cheap;
    return true;
}

static bool prepare(struct imap_session *session, const struct imap_search *key, struct str charset,
                    struct search_key *ready)
{
    *ready = (struct search_key){.key = key};
    switch (key->kind) {
    case IMAP_SEARCH_AND:
    case IMAP_SEARCH_OR:
        return prepare_children(session, charset, ready);
    case IMAP_SEARCH_SEQUENCE:
    case IMAP_SEARCH_UID:
    case IMAP_SEARCH_SAVED:
        return prepare_numbers(session, ready);
    case IMAP_SEARCH_FLAG:
        ready->flag = imap_flag_named(key->text);
        return true;
    case IMAP_SEARCH_KEYWORD:
        prepare_keyword(session, ready);
        return true;
    case IMAP_SEARCH_HEADER:
    case IMAP_SEARCH_BODY:
    case IMAP_SEARCH_TEXT:
        ready->reads = true;
        return fold_needle(session, key->text, charset, &ready->needle);
    case IMAP_SEARCH_SENT_BEFORE:
    case IMAP_SEARCH_SENT_ON:
    case IMAP_SEARCH_SENT_SINCE:
        ready->reads = true;
        return true;
    case IMAP_SEARCH_MODSEQ:
        session->condstore = true;
        return true;
    default:
        return true;
    }
}

bool imap_search_prepare(struct imap_session *session, const struct imap_search *root, struct str charset,
                         struct search_key **ready)
{
    struct str nothing;
    *ready = arena_get(session->arena, sizeof **ready);
    /* RFC 3501 6.4.4: a charset that is not known is refused also when there is no text in it. */
    if (!fold_needle(session, STR(""), charset, &nothing))
        return false;
    return prepare(session, root, charset, *ready);
}

/* --- asking --- */

static bool in_spans(const struct imap_spans *spans, size_t index)
{
    size_t low = 0, high = spans->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (spans->at[middle].last < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low < spans->count && spans->at[low].first <= index;
}

static bool fits_children(struct imap_session *session, const struct search_key *key, size_t index)
{
    bool any = key->key->kind == IMAP_SEARCH_OR;
    for (const struct search_key *child = key->first; child; child = child->next)
        if (imap_search_fits(session, child, index) == any)
            return any;
    return !any;
}

static int64_t day_of(int64_t seconds)
{
    return seconds >= 0 ? seconds / DAY : -((-seconds + DAY - 1) / DAY);
}

static bool fits_day(enum imap_search_kind kind, int64_t day, int64_t wanted)
{
    switch (kind) {
    case IMAP_SEARCH_BEFORE:
    case IMAP_SEARCH_SENT_BEFORE:
        return day < wanted;
    case IMAP_SEARCH_ON:
    case IMAP_SEARCH_SENT_ON:
        return day == wanted;
    default:
        return day >= wanted;
    }
}

/* What the index knows. */
static bool fits_index(const struct search_key *ready, const struct message *message)
{
    const struct imap_search *key = ready->key;
    switch (key->kind) {
    case IMAP_SEARCH_FLAG:
        return message->flags & ready->flag;
    case IMAP_SEARCH_KEYWORD:
        return message->keywords & ready->keyword;
    case IMAP_SEARCH_RECENT:
        return message->recent;
    case IMAP_SEARCH_LARGER:
        return message->size > (uint64_t)key->number;
    case IMAP_SEARCH_SMALLER:
        return message->size < (uint64_t)key->number;
    case IMAP_SEARCH_OLDER:
        return clock_now_us() / 1000000 - message->internal_date >= key->number;
    case IMAP_SEARCH_YOUNGER:
        return clock_now_us() / 1000000 - message->internal_date <= key->number;
    case IMAP_SEARCH_MODSEQ:
        return message->modseq >= (uint64_t)key->number;
    default:
        return fits_day(key->kind, day_of(message->internal_date), key->number);
    }
}

static bool fits(struct imap_session *session, const struct search_key *ready, size_t index)
{
    const struct imap_search *key = ready->key;
    int64_t day;
    switch (key->kind) {
    case IMAP_SEARCH_AND:
    case IMAP_SEARCH_OR:
        return fits_children(session, ready, index);
    case IMAP_SEARCH_SEQUENCE:
    case IMAP_SEARCH_UID:
    case IMAP_SEARCH_SAVED:
        return in_spans(&ready->spans, index);
    case IMAP_SEARCH_HEADER:
        return imap_search_header(session, key->field, ready->needle, index);
    case IMAP_SEARCH_BODY:
    case IMAP_SEARCH_TEXT:
        return imap_search_body(session, ready->needle, key->kind == IMAP_SEARCH_TEXT, index);
    case IMAP_SEARCH_SENT_BEFORE:
    case IMAP_SEARCH_SENT_ON:
    case IMAP_SEARCH_SENT_SINCE:
        return imap_search_sent_day(session, index, &day) && fits_day(key->kind, day, key->number);
    default:
        return fits_index(ready, mailbox_message(session->mailbox, index));
    }
}

bool imap_search_fits(struct imap_session *session, const struct search_key *key, size_t index)
{
    return fits(session, key, index) != key->key->negated;
}
