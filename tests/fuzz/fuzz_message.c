/* SPDX-License-Identifier: BSD-2-Clause */
/* Header fields, MIME structure, encodings and dates of what a stranger wrote, and what IMAP says of them. */
#include "fuzz/fuzz.h"
#include "imap/bodystructure.h"
#include "imap/envelope.h"
#include "mail/date.h"
#include "mail/decode.h"
#include "mail/header.h"
#include "mail/mime.h"

enum { MEMORY = 16 << 20, INPUT_LIMIT = 64 * 1024 };

static void try_header(struct str input, struct arena *arena, struct buf *out)
{
    struct header_reader reader = header_read(input);
    struct header_field field;
    size_t seen = 0;
    while (header_next(&reader, &field)) {
        struct header_addresses list;
        struct str rest = field.value, id;
        assert(field.whole.len > 0);
        seen += field.whole.len;
        buf_clear(out);
        header_unfold(field.value, out);
        assert(!str_contains(buf_str(out), '\r') && !str_contains(buf_str(out), '\n'));
        header_addresses(field.value, arena, &list);
        while (header_message_id(&rest, &id))
            assert(id.len > 1 && id.at[0] == '<' && id.at[id.len - 1] == '>');
    }
    assert(seen <= input.len && header_size(input) <= input.len);
    buf_clear(out);
    imap_put_envelope(out, input, arena);
}

static void check_part(const struct mime *mime, size_t number, size_t size)
{
    const struct mime_part *part = &mime->parts[number];
    assert(part->header_at + part->header_size == part->body_at && part->body_at + part->body_size <= size);
    assert(number == 0 ? part->parent == MIME_NONE : part->parent < number);
    assert(part->next == MIME_NONE || (part->next > number && part->next < mime->count));
    assert(part->first_child == MIME_NONE || part->first_child == number + 1);
    assert(part->kind != MIME_MESSAGE || part->first_child != MIME_NONE);
}

static void try_mime(struct str input, struct arena *arena, struct buf *out)
{
    struct mime mime;
    mime_parse(&mime, input, arena);
    for (size_t i = 0; i < mime.count; i++) {
        check_part(&mime, i, input.len);
        buf_clear(out);
        mime_param_text(&mime.parts[i].params, "name", out);
        mime_param_text(&mime.parts[i].disposition_params, "filename", out);
    }
    for (uint32_t first = 0; first < 4; first++)
        for (uint32_t second = 0; second < 4; second++)
            mime_section(&mime, (uint32_t[]){first, second}, 2);
    buf_clear(out);
    imap_put_bodystructure(out, &mime, input, true, arena);
    mime_finish(&mime);
}

/* The output does not depend on where the pieces end. */
static void try_decoder(struct str input, enum mime_encoding encoding, size_t piece, struct buf *out)
{
    struct mime_decoder whole, pieces;
    struct buf cut;
    buf_init(&cut, MEMORY);
    buf_clear(out);
    mime_decoder_init(&whole, encoding);
    mime_decoder_init(&pieces, encoding);
    mime_decode(&whole, input, out);
    mime_decode_end(&whole, out);
    for (size_t at = 0; at < input.len; at += piece)
        mime_decode(&pieces, str_sub(input, at, piece), &cut);
    mime_decode_end(&pieces, &cut);
    assert(str_eq(buf_str(out), buf_str(&cut)));
    buf_finish(&cut);
}

static void try_words(struct str input, struct buf *out)
{
    struct buf encoded;
    struct mail_date date, again;
    buf_init(&encoded, MEMORY);
    buf_clear(out);
    encoded_words_decode(input, out);
    encoded_words_encode(buf_str(out), &encoded);
    for (size_t i = 0; i < encoded.len; i++)
        assert((unsigned char)encoded.at[i] < 0x80 || out->over);
    if (mail_date_parse(input, &date)) {
        buf_clear(out);
        mail_date_print(&date, out);
        bool reads = mail_date_parse(buf_str(out), &again);
        assert(reads && again.seconds == date.seconds && again.zone_minutes == date.zone_minutes);
    }
    buf_finish(&encoded);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    struct str input = str_make(octets, size);
    uint8_t choice = fuzz_choice(&input);
    struct buf out;
    if (size > INPUT_LIMIT)
        return 0;
    struct arena *arena = arena_create(MEMORY);
    buf_init(&out, MEMORY);
    switch (choice % 4) {
    case 0:
        try_header(input, arena, &out);
        break;
    case 1:
        try_mime(input, arena, &out);
        break;
    case 2:
        try_decoder(input, MIME_BASE64, (size_t)choice / 4 + 1, &out);
        try_decoder(input, MIME_QUOTED_PRINTABLE, (size_t)choice / 4 + 1, &out);
        break;
    default:
        try_words(input, &out);
    }
    buf_finish(&out);
    arena_destroy(arena);
    return 0;
}
