/* SPDX-License-Identifier: BSD-2-Clause */
/* The items of a FETCH, and the response for one message. */
#include "imapd/fetch.h"

#define FETCH_ITEM(file, name) extern const struct imap_fetch_kind fetch_##file;
#include "imapd/fetch_items.def"
#undef FETCH_ITEM

static const struct item_row {
    const char *name;
    const struct imap_fetch_kind *kind;
} rows[] = {
#define FETCH_ITEM(file, name) {name, &fetch_##file},
#include "imapd/fetch_items.def"
#undef FETCH_ITEM
};
enum { ROWS = sizeof rows / sizeof rows[0] };

/* RFC 3501 6.4.5 */
static const struct macro {
    const char *name;
    const char *items;
} macros[] = {
    {"ALL", "FLAGS INTERNALDATE RFC822.SIZE ENVELOPE"},
    {"FAST", "FLAGS INTERNALDATE RFC822.SIZE"},
    {"FULL", "FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY"},
};

/* --- reading --- */

static struct imap_fetch_item *add_item(struct imap_fetch *fetch, struct str name)
{
    struct imap_lexer *lexer = &fetch->session->lexer;
    for (size_t i = 0; i < ROWS; i++)
        if (str_eq_nocase(name, str_of(rows[i].name))) {
            struct imap_fetch_item *item = &fetch->items[fetch->count++];
            *item = (struct imap_fetch_item){.kind = rows[i].kind, .name = rows[i].name};
            return item;
        }
    imap_lex_fail(lexer, IMAP_LEX_BAD, "Unknown FETCH item");
    return NULL;
}

void imap_fetch_add(struct imap_fetch *fetch, const char *name)
{
    add_item(fetch, str_of(name));
}

static bool lex_item(struct imap_fetch *fetch)
{
    struct str name;
    if (!imap_lex_name(&fetch->session->lexer, &name))
        return false;
    if (fetch->count >= IMAP_FETCH_ITEMS)
        return imap_lex_fail(&fetch->session->lexer, IMAP_LEX_TOO_BIG, "Too many items");
    struct imap_fetch_item *item = add_item(fetch, name);
    return item && (!item->kind->lex || item->kind->lex(fetch->session, item));
}

static bool take_macro(struct imap_fetch *fetch)
{
    struct imap_lexer *lexer = &fetch->session->lexer;
    for (size_t i = 0; i < sizeof macros / sizeof macros[0]; i++) {
        struct str name = str_of(macros[i].name), items = str_of(macros[i].items), item;
        char behind = lexer->rest.len > name.len ? lexer->rest.at[name.len] : ' ';
        if (!str_starts_nocase(lexer->rest, name) || behind != ' ')
            continue;
        lexer->rest = str_from(lexer->rest, name.len);
        while (str_word(&items, " ", &item))
            add_item(fetch, item);
        return true;
    }
    return false;
}

bool imap_fetch_lex_items(struct imap_fetch *fetch)
{
    struct imap_lexer *lexer = &fetch->session->lexer;
    /* two more than are counted, for those that are added (UID, MODSEQ) */
    fetch->items = arena_array(fetch->session->arena, IMAP_FETCH_ITEMS + 2, sizeof fetch->items[0]);
    if (imap_lex_take(lexer, '(')) {
        do
            if (!lex_item(fetch))
                return false;
        while (imap_lex_take(lexer, ' '));
        return imap_lex_char(lexer, ')');
    }
    return take_macro(fetch) || lex_item(fetch);
}

bool imap_fetch_has(const struct imap_fetch *fetch, const struct imap_fetch_kind *kind)
{
    for (size_t i = 0; i < fetch->count; i++)
        if (fetch->items[i].kind == kind)
            return true;
    return false;
}

/* --- answering --- */

bool imap_fetch_put_cached(struct imap_fetch *fetch, enum imap_cached kind, size_t index,
                           bool (*make)(struct imap_session *session, enum imap_cached kind))
{
    struct imap_session *session = fetch->session;
    struct verdict verdict;
    struct str blob;
    const struct message *message = mailbox_message(session->mailbox, index);
    if (cache_get(session->mailbox, message->uid, kind, &blob))
        return buf_add(&session->out, blob);
    size_t from = session->out.len;
    if (!imap_open_message(session, message, &verdict) || !make(session, kind))
        return false;
    if (!session->out.over)
        cache_put(session->mailbox, session->open.uid, kind, str_from(buf_str(&session->out), from));
    return true;
}

/* Flags that the FETCH itself changed, unless they were asked for. */
static void put_news(struct imap_fetch *fetch, size_t index)
{
    static const struct imap_fetch_item flags = {.kind = &fetch_flags, .name = "FLAGS"};
    static const struct imap_fetch_item modseq = {.kind = &fetch_modseq, .name = "MODSEQ"};
    struct buf *out = &fetch->session->out;
    if (!imap_fetch_has(fetch, &fetch_flags)) {
        buf_add_char(out, ' ');
        fetch_flags.put(fetch, &flags, index);
    }
    if (fetch->session->condstore && !imap_fetch_has(fetch, &fetch_modseq)) { /* RFC 7162 3.1.4.2 */
        buf_add_char(out, ' ');
        fetch_modseq.put(fetch, &modseq, index);
    }
}

void imap_fetch_send(struct imap_fetch *fetch, size_t index, bool flags_too)
{
    struct imap_session *session = fetch->session;
    struct buf *out = &session->out;
    bool good = true;
    fetch->streamed = false;
    buf_clear(out);
    buf_printf(out, "* %zu FETCH (", index + 1);
    for (size_t i = 0; i < fetch->count && good; i++) {
        if (i)
            buf_add_char(out, ' ');
        good = fetch->items[i].kind->put(fetch, &fetch->items[i], index);
    }
    if (flags_too)
        put_news(fetch, index);
    buf_add_text(out, ")\r\n");
    if (good && !out->over) {
        stream_write(session->stream, buf_str(out));
        return;
    }
    fetch->failed = true;
    if (out->over)
        imap_no(session, "LIMIT", "Response too large");
    if (!fetch->streamed)
        return;
    /* Half a response cannot be taken back. */
    session->lexer.status = IMAP_LEX_CLOSED;
}
