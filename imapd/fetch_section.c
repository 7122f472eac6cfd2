/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The octets of a section. A run of octets of the message is sent from the file; only chosen header fields
 * are gathered.
 */
#include <errno.h>

#include "imap/quote.h"
#include "imapd/fetch.h"
#include "io/file.h"
#include "mail/header.h"

enum { COPY_LIMIT = 64 * 1024 }; /* up to here copying is cheaper than another system call */

struct run {
    uint64_t at, size; /* octets of the message */
};

/* --- which octets --- */

/* The part whose header and body a text specifier (HEADER, TEXT) is about: the message itself, or the message
 * in a message/rfc822 part. */
static const struct mime_part *message_of(const struct mime *mime, const struct imap_section *section)
{
    const struct mime_part *part = mime_section(mime, section->numbers, section->depth);
    if (!part || section->depth == 0)
        return part;
    if (part->kind != MIME_MESSAGE || part->first_child == MIME_NONE)
        return NULL;
    return &mime->parts[part->first_child];
}

/* False when there is no such part. */
static bool find_in_parts(const struct mime *mime, const struct imap_section *section, struct run *run)
{
    const struct mime_part *part;
    switch (section->text) {
    case IMAP_SECTION_ALL:
        if (!(part = mime_section(mime, section->numbers, section->depth)))
            return false;
        *run = (struct run){part->body_at, part->body_size};
        return true;
    case IMAP_SECTION_MIME:
        if (!(part = mime_section(mime, section->numbers, section->depth)))
            return false;
        *run = (struct run){part->header_at, part->header_size};
        return true;
    case IMAP_SECTION_HEADER:
    case IMAP_SECTION_FIELDS_ONLY:
    case IMAP_SECTION_FIELDS_NOT:
        if (!(part = message_of(mime, section)))
            return false;
        *run = (struct run){part->header_at, part->header_size};
        return true;
    case IMAP_SECTION_TEXT:
        if (!(part = message_of(mime, section)))
            return false;
        *run = (struct run){part->body_at, part->body_size};
        return true;
    }
    return false;
}

/* The message itself needs no MIME structure, and its whole not even a look into it. */
static bool find_run(struct imap_session *session, const struct imap_section *section, struct run *run,
                     bool *there)
{
    struct verdict verdict;
    *there = true;
    *run = (struct run){0, session->open.file.size};
    if (section->depth > 0) {
        if (!imap_parse_message(session, &verdict))
            return false;
        *there = find_in_parts(&session->open.mime, section, run);
        return true;
    }
    if (section->text == IMAP_SECTION_ALL)
        return true;
    if (!imap_map_message(session, &verdict))
        return false;
    uint64_t header = header_size(session->open.octets);
    if (section->text == IMAP_SECTION_TEXT)
        *run = (struct run){header, session->open.file.size - header};
    else
        run->size = header;
    return true;
}

/* --- sending them --- */

static bool put_run(struct imap_fetch *fetch, struct run run)
{
    struct imap_session *session = fetch->session;
    struct verdict verdict;
    imap_put_literal_head(&session->out, run.size);
    if (session->open.octets.at && run.size <= COPY_LIMIT)
        return buf_add(&session->out, str_sub(session->open.octets, run.at, run.size));
    char *room = run.size <= COPY_LIMIT ? buf_room(&session->out, run.size) : NULL;
    if (room) {
        if (!file_pread_all(session->open.file.fd, room, run.size, (off_t)run.at)) {
            verdict_system(&verdict, "reading the message", errno);
            return imap_result(session, STORE_FAILED, &verdict);
        }
        session->out.len += run.size;
        return true;
    }
    stream_write(session->stream, buf_str(&session->out));
    buf_clear(&session->out);
    fetch->streamed = true;
    return stream_send_file(session->stream, session->open.file.fd, (off_t)run.at, run.size) == STREAM_OK;
}

/* The fields asked for, or those not asked for, and an empty line (RFC 3501 6.4.5). */
static void put_fields(struct imap_session *session, const struct imap_section *section, struct str header)
{
    struct buf chosen;
    struct header_reader reader = header_read(header);
    struct header_field field;
    bool want = section->text == IMAP_SECTION_FIELDS_ONLY;
    buf_init(&chosen, IMAP_RESPONSE_LIMIT);
    while (header_next(&reader, &field))
        if (field.name.len > 0 && imap_section_has_field(section, str_trim(field.name)) == want) {
            buf_add(&chosen, field.whole);
            if (!str_ends(field.whole, STR("\n"))) /* the message ends in its header */
                buf_add_text(&chosen, "\r\n");
        }
    buf_add_text(&chosen, "\r\n");
    struct str text = buf_str(&chosen);
    if (section->partial)
        text = str_sub(text, section->offset, section->length);
    imap_put_literal_head(&session->out, text.len);
    buf_add(&session->out, text);
    buf_finish(&chosen);
}

static struct run clip(struct run run, const struct imap_section *section)
{
    if (!section->partial)
        return run;
    uint64_t skip = section->offset < run.size ? section->offset : run.size;
    run.at += skip;
    run.size -= skip;
    if (run.size > section->length)
        run.size = section->length;
    return run;
}

bool imap_fetch_put_section(struct imap_fetch *fetch, const struct imap_section *section, size_t index)
{
    struct imap_session *session = fetch->session;
    struct verdict verdict;
    struct run run;
    bool there;
    if (!imap_open_message(session, mailbox_message(session->mailbox, index), &verdict) ||
        !find_run(session, section, &run, &there))
        return false;
    if (!there)
        return buf_add_text(&session->out, "NIL");
    session->counts.fetched_octets += run.size;
    if (section->text == IMAP_SECTION_FIELDS_ONLY || section->text == IMAP_SECTION_FIELDS_NOT) {
        put_fields(session, section, str_sub(session->open.octets, run.at, run.size));
        return true;
    }
    return put_run(fetch, clip(run, section));
}
