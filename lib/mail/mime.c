/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One pass over the lines of a message with a stack of open parts. A line that begins with "--" is summed
 * once and compared with the sums of the open boundaries, of which there are at most MIME_DEPTH_LIMIT, so
 * hostile boundaries that begin alike cost nothing.
 */
#include "mail/mime.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/header.h"

enum { SUM_CELLS = 4096 };

struct open {
    uint32_t part;
    struct str boundary;   /* of a multipart; empty for others */
    uint64_t boundary_sum; /* str_fnv */
    size_t first_line;     /* lines before the body */
    bool closed;           /* its closing delimiter was seen: what follows is epilogue */
};

struct mime_reader {
    struct mime *mime;
    struct str message; /* at NULL: it comes in pieces, and `header` has what there is of the open header */
    struct buf header;
    struct arena *arena;
    size_t room;   /* of mime->parts */
    size_t at;     /* start of the current line */
    size_t lines;  /* line feeds before `at` */
    size_t ending; /* octets of the line ending before `at` */
    bool mid_line; /* the last piece did not end its line */
    bool in_header;
    size_t depth;                       /* of open[] */
    struct open open[MIME_DEPTH_LIMIT]; /* outermost first */
    uint8_t sums[SUM_CELLS];            /* how many open boundaries have a sum with this remainder */
};

static struct mime_part *top_part(struct mime_reader *p)
{
    return &p->mime->parts[p->open[p->depth - 1].part];
}

/* --- beginning a part --- */

static void link_child(struct mime *mime, uint32_t parent, uint32_t child, uint32_t *last)
{
    if (parent == MIME_NONE)
        return;
    if (mime->parts[parent].first_child == MIME_NONE)
        mime->parts[parent].first_child = child;
    else
        mime->parts[*last].next = child;
    *last = child;
}

/* While a part is open its `next` serves to remember its last child. */
static bool begin_part(struct mime_reader *p, size_t header_at)
{
    struct mime *mime = p->mime;
    uint32_t parent = p->depth ? p->open[p->depth - 1].part : MIME_NONE;
    if (mime->count == MIME_PART_LIMIT || p->depth == MIME_DEPTH_LIMIT) {
        mime->cut = true;
        return false;
    }
    if (mime->count == p->room) {
        p->room = p->room ? p->room * 2 : 8;
        mime->parts = memory_resize(mime->parts, p->room, sizeof *mime->parts);
    }
    uint32_t index = (uint32_t)mime->count++;
    mime->parts[index] = (struct mime_part){
        .parent = parent,
        .first_child = MIME_NONE,
        .next = MIME_NONE,
        .depth = (uint32_t)p->depth,
        .header_at = header_at,
    };
    if (parent != MIME_NONE)
        link_child(mime, parent, index, &mime->parts[parent].next);
    p->open[p->depth++] = (struct open){.part = index};
    p->in_header = true;
    buf_clear(&p->header);
    return true;
}

/* --- the end of a part's header --- */

static void set_default_type(struct mime_reader *p, struct mime_part *part)
{
    const struct mime_part *parent = part->parent == MIME_NONE ? NULL : &p->mime->parts[part->parent];
    bool digest = parent && parent->kind == MIME_MULTIPART && str_eq_nocase(parent->subtype, STR("digest"));
    part->type = digest ? STR("message") : STR("text");
    part->subtype = digest ? STR("rfc822") : STR("plain");
    part->params = (struct mime_params){0};
}

static void read_text_field(struct mime_reader *p, struct str value, struct str *text)
{
    if (!text->len && !header_unfold_in(p->arena, value, text))
        p->mime->cut = true;
}

static void read_field(struct mime_reader *p, struct mime_part *part, const struct header_field *field)
{
    if (!str_starts_nocase(field->name, STR("Content-")))
        return;
    struct str name = str_from(field->name, sizeof "Content-" - 1);
    if (str_eq_nocase(name, STR("Type")) && !part->type.len) {
        if (!mime_content_type(field->value, p->arena, &part->type, &part->subtype, &part->params))
            part->type = (struct str){NULL, 0};
    } else if (str_eq_nocase(name, STR("Disposition")) && !part->disposition.len)
        mime_disposition(field->value, p->arena, &part->disposition, &part->disposition_params);
    else if (str_eq_nocase(name, STR("Transfer-Encoding")) && !part->encoding.len)
        mime_disposition(field->value, p->arena, &part->encoding, &(struct mime_params){0});
    else if (str_eq_nocase(name, STR("ID")))
        read_text_field(p, field->value, &part->id);
    else if (str_eq_nocase(name, STR("Description")))
        read_text_field(p, field->value, &part->description);
    else if (str_eq_nocase(name, STR("MD5")))
        read_text_field(p, field->value, &part->md5);
    else if (str_eq_nocase(name, STR("Location")))
        read_text_field(p, field->value, &part->location);
    else if (str_eq_nocase(name, STR("Language")))
        read_text_field(p, field->value, &part->language);
}

/* RFC 2046 5.1.1: a boundary is needed; without one a multipart is not sound, and RFC 2045 5.2 makes it text.
 */
static void settle_multipart(struct mime_reader *p, struct mime_part *part)
{
    struct open *open = &p->open[p->depth - 1];
    const struct str *boundary = mime_param(&part->params, "boundary");
    if (!boundary || !boundary->len || boundary->len > MIME_BOUNDARY_LIMIT) {
        set_default_type(p, part);
        return;
    }
    part->kind = MIME_MULTIPART;
    open->boundary = *boundary;
    while (open->boundary.len && char_is_space(open->boundary.at[open->boundary.len - 1]))
        open->boundary.len--;
    open->boundary_sum = str_fnv(open->boundary);
    p->sums[open->boundary_sum % SUM_CELLS]++;
}

static bool is_embedded_message(const struct mime_part *part)
{
    return str_eq_nocase(part->type, STR("message")) &&
           (str_eq_nocase(part->subtype, STR("rfc822")) || str_eq_nocase(part->subtype, STR("global")));
}

/* The open header's fields; of one that came in pieces a copy, as far as there is room. */
static struct str header_text(struct mime_reader *p, const struct mime_part *part, size_t header_end)
{
    struct str copy;
    if (p->message.at)
        return str_sub(p->message, part->header_at, header_end - part->header_at);
    if (arena_try_copy(p->arena, str_sub(buf_str(&p->header), 0, header_end - part->header_at), &copy))
        return copy;
    p->mime->cut = true;
    return STR("");
}

/* The header of the innermost part ends before body_at. */
static void end_header(struct mime_reader *p, size_t header_end, size_t body_at)
{
    struct mime_part *part = top_part(p);
    struct header_field field;
    struct header_reader reader = header_read(header_text(p, part, header_end));
    p->in_header = false;
    p->open[p->depth - 1].first_line = p->lines;
    part->header_size = body_at - part->header_at;
    part->body_at = body_at;
    while (header_next(&reader, &field))
        read_field(p, part, &field);
    if (!part->type.len)
        set_default_type(p, part);
    if (str_eq_nocase(part->type, STR("multipart")))
        settle_multipart(p, part);
    if (is_embedded_message(part)) {
        uint32_t index = p->open[p->depth - 1].part;
        if (begin_part(p, body_at))
            p->mime->parts[index].kind = MIME_MESSAGE;
    }
}

/* --- the end of a part --- */

/* Ends the innermost part at `end`, before which there were `lines` line feeds. */
static void end_part(struct mime_reader *p, size_t end, size_t lines)
{
    struct mime_part *part = top_part(p);
    const struct open *open = &p->open[p->depth - 1];
    part->body_size = end > part->body_at ? end - part->body_at : 0;
    part->body_lines = lines > open->first_line ? lines - open->first_line : 0;
    part->next = MIME_NONE;
    if (part->kind == MIME_MULTIPART)
        p->sums[open->boundary_sum % SUM_CELLS]--;
    p->depth--;
}

/* A header that ends with its part, without empty line, may still open an embedded message, whose own header
 * (of no octets) ends in the next round. */
static void end_parts_above(struct mime_reader *p, size_t depth, size_t end, size_t lines)
{
    while (p->depth > depth) {
        size_t header_at = top_part(p)->header_at;
        size_t header_end = end > header_at ? end : header_at;
        if (p->in_header)
            end_header(p, header_end, header_end);
        else
            end_part(p, end, lines);
    }
}

/* --- lines --- */

/* The open multipart that the line delimits (its place in open[]), or SIZE_MAX. */
static size_t find_delimited(const struct mime_reader *p, struct str line, bool *closing)
{
    if (!str_starts(line, STR("--")))
        return SIZE_MAX;
    struct str text = str_from(line, 2);
    while (text.len && char_is_space(text.at[text.len - 1]))
        text.len--;
    bool dashes = str_ends(text, STR("--"));
    struct str shorter = dashes ? str_sub(text, 0, text.len - 2) : text;
    if (shorter.len > MIME_BOUNDARY_LIMIT)
        return SIZE_MAX;
    uint64_t sum = str_fnv(text), shorter_sum = dashes ? str_fnv(shorter) : 0;
    if (!p->sums[sum % SUM_CELLS] && !(dashes && p->sums[shorter_sum % SUM_CELLS]))
        return SIZE_MAX;
    for (size_t i = p->depth; i > 0; i--) {
        const struct open *open = &p->open[i - 1];
        if (!open->boundary.len || open->closed)
            continue;
        *closing = dashes && open->boundary_sum == shorter_sum && str_eq(open->boundary, shorter);
        if (*closing || (open->boundary_sum == sum && str_eq(open->boundary, text)))
            return i - 1;
    }
    return SIZE_MAX;
}

static enum mime_place take_line(struct mime_reader *p, struct str line, uint32_t *part)
{
    bool closing;
    size_t next = p->at + line.len, feed = str_ends(line, STR("\n")) ? 1 : 0;
    size_t delimited = p->mid_line ? SIZE_MAX : find_delimited(p, line, &closing);
    enum mime_place place = p->in_header ? MIME_IN_HEADER : MIME_IN_BODY;
    *part = p->open[p->depth - 1].part;
    if (delimited != SIZE_MAX) {
        /* The line ending before belongs to the delimiter. */
        end_parts_above(p, delimited + 1, p->at - p->ending, p->lines - (p->ending ? 1 : 0));
        p->lines += feed;
        p->open[delimited].closed = closing;
        place = MIME_ON_DELIMITER;
        *part = p->open[delimited].part;
        if (!closing)
            begin_part(p, next);
    } else {
        bool empty = !p->mid_line && (str_eq(line, STR("\r\n")) || str_eq(line, STR("\n")));
        p->lines += feed;
        if (p->in_header && empty)
            end_header(p, p->at, next);
        else if (p->in_header && !p->message.at)
            buf_add(&p->header, str_sub(line, 0, p->header.limit - p->header.len));
    }
    p->ending = feed + str_ends(line, STR("\r\n"));
    p->mid_line = !feed;
    p->at = next;
    return place;
}

static struct str next_line(struct str message, size_t at)
{
    struct str rest = str_from(message, at);
    size_t end = str_find(rest, '\n');
    return str_sub(rest, 0, end == SIZE_MAX ? rest.len : end + 1);
}

static struct mime_reader *reader_create(struct mime *mime, struct str message, struct arena *arena)
{
    struct mime_reader *p = memory_get(sizeof *p);
    *mime = (struct mime){0};
    p->mime = mime;
    p->message = message;
    p->arena = arena;
    buf_init(&p->header, HEADER_LIMIT);
    begin_part(p, 0);
    return p;
}

struct mime_reader *mime_reader_create(struct mime *mime, struct arena *arena)
{
    return reader_create(mime, (struct str){NULL, 0}, arena);
}

enum mime_place mime_reader_line(struct mime_reader *p, struct str piece, uint32_t *part)
{
    return take_line(p, piece, part);
}

void mime_reader_end(struct mime_reader *p)
{
    end_parts_above(p, 0, p->at, p->lines);
    buf_finish(&p->header);
    free(p);
}

void mime_parse(struct mime *mime, struct str message, struct arena *arena)
{
    struct mime_reader *p = reader_create(mime, message.at ? message : STR(""), arena);
    uint32_t part;
    while (p->at < message.len)
        take_line(p, next_line(message, p->at), &part);
    mime_reader_end(p);
}

void mime_finish(struct mime *mime)
{
    free(mime->parts);
    *mime = (struct mime){0};
}

/* --- sections --- */

static const struct mime_part *child(const struct mime *mime, const struct mime_part *part, uint32_t number)
{
    uint32_t index = part->first_child;
    while (index != MIME_NONE && --number)
        index = mime->parts[index].next;
    return index == MIME_NONE ? NULL : &mime->parts[index];
}

/* The part whose children the next number counts: an embedded message's own content counts in its place. */
const struct mime_part *mime_section(const struct mime *mime, const uint32_t *numbers, size_t count)
{
    const struct mime_part *part = &mime->parts[0];
    bool at_message = true; /* `part` is a message, whose part 1 is itself unless it is a multipart */
    for (size_t i = 0; part && i < count; i++) {
        if (numbers[i] == 0)
            return NULL;
        if (!at_message && part->kind == MIME_MESSAGE) {
            part = &mime->parts[part->first_child];
            at_message = true;
        }
        if (part->kind == MIME_MULTIPART)
            part = child(mime, part, numbers[i]);
        else if (!at_message || numbers[i] != 1)
            return NULL;
        at_message = false;
    }
    return part;
}
