/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looking for text in a message: header values with encoded-words decoded, text parts with their transfer
 * encoding and charset undone, all folded. Attachments that are no text are not looked into.
 */
#include "imapd/fold.h"
#include "imapd/search.h"
#include "mail/date.h"
#include "mail/decode.h"
#include "mail/header.h"

enum { TEXT_LIMIT = 8 * 1024 * 1024, DAY = 24 * 60 * 60 };

/* The message's octets; empty when it cannot be read. A search does not fail because of one message. */
static bool open_octets(struct imap_session *session, size_t index)
{
    struct verdict verdict;
    const struct message *message = mailbox_message(session->mailbox, index);
    if (imap_open_message(session, message, &verdict) && imap_map_message(session, &verdict))
        return true;
    session->reply = IMAP_REPLY_NONE;
    return false;
}

static bool folded_has(struct str text, struct str needle)
{
    struct buf folded;
    buf_init(&folded, TEXT_LIMIT);
    imap_fold(text, &folded);
    bool found = str_find_str(buf_str(&folded), needle) != SIZE_MAX;
    buf_finish(&folded);
    return found;
}

/* A field is often folded before a tab (RFC 5322 2.2.3): for who looks for words that is a blank. */
static bool spaced_has(struct str text, struct str needle)
{
    struct buf spaced;
    if (!str_contains(text, '\t'))
        return false;
    buf_init(&spaced, text.len);
    for (size_t i = 0; i < text.len; i++)
        buf_add_char(&spaced, text.at[i] == '\t' ? ' ' : text.at[i]);
    bool found = folded_has(buf_str(&spaced), needle);
    buf_finish(&spaced);
    return found;
}

/* A header value as a reader sees it. */
static bool value_has(struct str value, struct str needle)
{
    struct buf line, decoded;
    buf_init(&line, HEADER_LIMIT);
    buf_init(&decoded, 4 * HEADER_LIMIT);
    bool found = header_unfold(value, &line) && encoded_words_decode(buf_str(&line), &decoded) &&
                 (folded_has(buf_str(&decoded), needle) || spaced_has(buf_str(&decoded), needle));
    buf_finish(&line);
    buf_finish(&decoded);
    return found;
}

bool imap_search_header(struct imap_session *session, struct str field, struct str needle, size_t index)
{
    struct header_field found;
    if (!open_octets(session, index))
        return false;
    struct header_reader reader = header_read(session->open.octets);
    while (header_next(&reader, &found))
        if (str_eq_nocase(str_trim(found.name), field) && (needle.len == 0 || value_has(found.value, needle)))
            return true;
    return false;
}

static bool header_has(struct str header, struct str needle)
{
    struct header_reader reader = header_read(header);
    struct header_field field;
    while (header_next(&reader, &field))
        if (folded_has(str_trim(field.name), needle) || value_has(field.value, needle) ||
            folded_has(str_trim(field.whole), needle))
            return true;
    return false;
}

/* A text part, as UTF-8. A charset nobody knows is read as UTF-8. */
static bool part_has(const struct mime_part *part, struct str body, struct str needle)
{
    struct mime_decoder decoder;
    enum mime_encoding encoding;
    struct buf octets, utf8;
    const struct str *charset = mime_param(&part->params, "charset");
    buf_init(&octets, TEXT_LIMIT);
    buf_init(&utf8, TEXT_LIMIT);
    mime_encoding_named(part->encoding, &encoding);
    mime_decoder_init(&decoder, encoding);
    mime_decode(&decoder, body, &octets);
    mime_decode_end(&decoder, &octets);
    if (!charset || !charset_to_utf8(*charset, buf_str(&octets), &utf8)) {
        buf_clear(&utf8);
        buf_add(&utf8, buf_str(&octets));
    }
    bool found = folded_has(buf_str(&utf8), needle);
    buf_finish(&octets);
    buf_finish(&utf8);
    return found;
}

/* Also the parts of a report (RFC 3464), and a message that was not looked into. */
static bool is_text(const struct mime_part *part)
{
    return str_eq_nocase(part->type, STR("text")) || str_eq_nocase(part->type, STR("message"));
}

bool imap_search_body(struct imap_session *session, struct str needle, bool with_headers, size_t index)
{
    struct verdict verdict;
    struct imap_open_message *open = &session->open;
    if (needle.len == 0) /* every body has the empty string, also one without a text */
        return true;
    if (!open_octets(session, index) || !imap_parse_message(session, &verdict))
        return false;
    for (size_t i = 0; i < open->mime.count; i++) {
        const struct mime_part *part = &open->mime.parts[i];
        /* The header of a message in the message is part of its body. */
        bool inner = part->parent != MIME_NONE && open->mime.parts[part->parent].kind == MIME_MESSAGE;
        if ((with_headers || inner) &&
            header_has(str_sub(open->octets, part->header_at, part->header_size), needle))
            return true;
        if (part->kind == MIME_LEAF && is_text(part) &&
            part_has(part, str_sub(open->octets, part->body_at, part->body_size), needle))
            return true;
    }
    return false;
}

bool imap_search_sent_day(struct imap_session *session, size_t index, int64_t *days)
{
    struct header_field field;
    struct mail_date date;
    if (!open_octets(session, index) || !header_find(session->open.octets, STR("Date"), &field) ||
        !mail_date_parse(field.value, &date))
        return false;
    int64_t local = date.seconds + (int64_t)date.zone_minutes * 60;
    *days = local >= 0 ? local / DAY : -((-local + DAY - 1) / DAY);
    return true;
}
