/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * First the structure of the message (mail/mime.h) and for each part how many octets of what kind its body
 * has; from that what is to be done with each. Then the writing: parts stand in the order of their octets, so
 * it goes along them, with what lies between two of them copied.
 */
#include "mail/sevenbit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mail/decode.h"
#include "mail/encode.h"
#include "mail/header.h"
#include "mail/mime.h"

enum { PIECE = 32 * 1024, FLUSH_AT = 64 * 1024 };

/* What a part's own lines have: of a multipart those around its parts. */
struct facts {
    uint64_t octets, wide, escaped; /* of the body: all, over 127, and what quoted-printable escapes */
    uint64_t longest;               /* line of the body */
    bool wide_header, wide_delimiter;
};

enum action {
    LEAVE,
    ENCODE,     /* as recode says, with a new Content-Transfer-Encoding */
    RECODE,     /* as recode says */
    CALL_SEVEN, /* a multipart or message: Content-Transfer-Encoding is 7bit now */
};

struct step {
    enum action action;
    enum mime_recode recode;
};

struct sevenbit {
    struct sevenbit_source source;
    struct mime mime;
    struct facts *facts; /* owned, one for each part */
    struct step *steps;  /* owned, one for each part */
    size_t room;         /* of facts */
    bool seven;
    size_t line_limit;
    bool wide_header; /* of any part */
    bool changed;     /* some part is encoded */
};

/* --- looking --- */

struct look {
    struct sevenbit *plan;
    struct mime_reader *reader;
    uint64_t line; /* octets of the line so far */
};

static struct facts *facts_of(struct sevenbit *plan, uint32_t part)
{
    if (part >= plan->room) {
        size_t room = plan->room ? plan->room * 2 : 8;
        while (room <= part)
            room *= 2;
        plan->facts = memory_resize(plan->facts, room, sizeof *plan->facts);
        memset(plan->facts + plan->room, 0, (room - plan->room) * sizeof *plan->facts);
        plan->room = room;
    }
    return &plan->facts[part];
}

static void count_octets(struct facts *facts, struct str piece)
{
    facts->octets += piece.len;
    for (size_t i = 0; i < piece.len; i++) {
        bool wide = (unsigned char)piece.at[i] >= 0x80;
        bool plain = char_is_print(piece.at[i]) || char_is_space(piece.at[i]);
        facts->wide += wide;
        facts->escaped += wide || !plain || piece.at[i] == '=';
    }
}

static bool is_wide(struct str piece)
{
    for (size_t i = 0; i < piece.len; i++)
        if ((unsigned char)piece.at[i] >= 0x80)
            return true;
    return false;
}

static void look_at(struct look *look, struct str piece)
{
    uint32_t part;
    enum mime_place place = mime_reader_line(look->reader, piece, &part);
    struct facts *facts = facts_of(look->plan, part);
    look->line += str_without_line_end(piece).len;
    if (place == MIME_IN_HEADER)
        facts->wide_header |= is_wide(piece);
    else if (place == MIME_ON_DELIMITER)
        facts->wide_delimiter |= is_wide(piece);
    else
        count_octets(facts, piece);
    if (place == MIME_IN_BODY && look->line > facts->longest)
        facts->longest = look->line;
    if (str_ends(piece, STR("\n")))
        look->line = 0;
}

/* The next line of what is read, or as much of one as is there; nothing when more must be read first, for a
 * CR at the end may be half of a CRLF. */
static struct str next_piece(struct str rest, bool last)
{
    size_t newline = str_find(rest, '\n');
    if (newline != SIZE_MAX)
        return str_sub(rest, 0, newline + 1);
    if (last || rest.len >= PIECE)
        return !last && str_ends(rest, STR("\r")) ? str_sub(rest, 0, rest.len - 1) : rest;
    return str_sub(rest, 0, 0);
}

static bool look_through(struct look *look)
{
    const struct sevenbit_source *source = &look->plan->source;
    struct buf have;
    bool read = true;
    buf_init(&have, 2 * PIECE);
    for (uint64_t at = 0; read && (at < source->size || have.len);) {
        size_t len = source->size - at < PIECE ? (size_t)(source->size - at) : PIECE;
        char *room = buf_room(&have, len);
        read = len == 0 || source->read(source->context, room, len, at);
        have.len += read ? len : 0;
        at += len;
        struct str rest = buf_str(&have), piece;
        while (read && (piece = next_piece(rest, at == source->size)).len) {
            look_at(look, piece);
            rest = str_from(rest, piece.len);
        }
        buf_consume(&have, have.len - rest.len);
    }
    buf_finish(&have);
    return read;
}

/* --- deciding --- */

/* An encoding around multiparts and messages is against RFC 2045 6.4: what is in it is not what it seems. */
static bool is_inside_encoded(const struct sevenbit *plan, uint32_t part)
{
    enum mime_encoding encoding;
    for (uint32_t i = plan->mime.parts[part].parent; i != MIME_NONE; i = plan->mime.parts[i].parent)
        if (!mime_encoding_named(plan->mime.parts[i].encoding, &encoding) || encoding != MIME_IDENTITY)
            return true;
    return false;
}

/* RFC 2046 5.2: subtypes of message stay 7bit; those of RFC 6532 and 6533 may be encoded. */
static bool may_be_encoded(const struct mime_part *part)
{
    return !str_eq_nocase(part->type, STR("multipart")) &&
           (!str_eq_nocase(part->type, STR("message")) || str_starts_nocase(part->subtype, STR("global")));
}

static enum mime_recode shorter(const struct facts *facts)
{
    uint64_t quoted = facts->octets + 2 * facts->escaped;
    return quoted + quoted / 75 * 3 > facts->octets / 57 * 78 + 78 ? RECODE_BASE64 : RECODE_QUOTED;
}

/* False when it would have to be 7-bit and cannot. */
static bool decide_leaf(const struct sevenbit *plan, uint32_t number, struct step *step)
{
    const struct mime_part *part = &plan->mime.parts[number];
    const struct facts *facts = &plan->facts[number];
    bool wide = plan->seven && facts->wide;
    bool needs = wide || (plan->line_limit && facts->longest > plan->line_limit);
    enum mime_encoding encoding;
    bool known = mime_encoding_named(part->encoding, &encoding);
    if (!needs)
        return true;
    if (!known || is_inside_encoded(plan, number) || !may_be_encoded(part) ||
        part->header_size > HEADER_LIMIT)
        return !wide;
    *step = (struct step){RECODE, RECODE_QUOTED_AGAIN};
    if (encoding == MIME_BASE64)
        step->recode = RECODE_BASE64_AGAIN;
    else if (encoding == MIME_IDENTITY)
        *step = (struct step){ENCODE, shorter(facts)};
    return true;
}

/* A multipart without parts is a body that nobody may encode; nor may what divides it change. */
static bool decide_container(const struct sevenbit *plan, uint32_t number, struct step *step)
{
    const struct mime_part *part = &plan->mime.parts[number];
    bool eight = str_eq_nocase(part->encoding, STR("8bit")) || str_eq_nocase(part->encoding, STR("binary"));
    if (plan->seven && eight && !plan->wide_header && part->header_size <= HEADER_LIMIT)
        step->action = CALL_SEVEN;
    const struct facts *facts = &plan->facts[number];
    return !plan->seven || (!facts->wide_delimiter && (part->first_child != MIME_NONE || !facts->wide));
}

static bool decide(struct sevenbit *plan)
{
    bool possible = true;
    plan->steps = memory_array(plan->mime.count, sizeof *plan->steps);
    for (size_t i = 0; i < plan->mime.count; i++)
        plan->wide_header |= plan->facts[i].wide_header;
    for (uint32_t i = 0; i < plan->mime.count; i++) {
        bool leaf = plan->mime.parts[i].kind == MIME_LEAF;
        possible &= leaf ? decide_leaf(plan, i, &plan->steps[i]) : decide_container(plan, i, &plan->steps[i]);
        plan->changed |= plan->steps[i].action == ENCODE;
    }
    return possible;
}

enum sevenbit_status sevenbit_plan(const struct sevenbit_source *source, bool seven, size_t line_limit,
                                   struct arena *arena, struct sevenbit **plan)
{
    struct sevenbit *made = memory_get(sizeof *made);
    made->source = *source;
    made->seven = seven;
    made->line_limit = line_limit;
    struct look look = {.plan = made, .reader = mime_reader_create(&made->mime, arena)};
    bool read = look_through(&look);
    int error = errno;
    mime_reader_end(look.reader);
    facts_of(made, (uint32_t)made->mime.count);
    bool possible = read && decide(made);
    *plan = possible ? made : NULL;
    if (!possible)
        sevenbit_free(made);
    errno = error;
    return possible ? SEVENBIT_OK : read ? SEVENBIT_IMPOSSIBLE : SEVENBIT_UNREADABLE;
}

void sevenbit_free(struct sevenbit *plan)
{
    if (!plan)
        return;
    mime_finish(&plan->mime);
    free(plan->facts);
    free(plan->steps);
    free(plan);
}

bool sevenbit_header_is_wide(const struct sevenbit *plan)
{
    return plan->wide_header;
}

/* --- writing --- */

struct writer {
    const struct sevenbit *plan;
    void (*put)(void *context, struct str octets);
    void *context;
    struct buf out;
    char *piece;
    bool failed; /* errno */
    int error;
};

static void flush(struct writer *writer, size_t least)
{
    if (writer->out.len < least)
        return;
    writer->put(writer->context, buf_str(&writer->out));
    buf_clear(&writer->out);
}

static void recode_range(struct writer *writer, struct mime_recoder *recoder, uint64_t from, uint64_t to)
{
    const struct sevenbit_source *source = &writer->plan->source;
    while (from < to && !writer->failed) {
        size_t len = to - from < PIECE ? (size_t)(to - from) : PIECE;
        writer->failed = !source->read(source->context, writer->piece, len, from);
        writer->error = errno;
        if (!writer->failed)
            mime_recode(recoder, str_make(writer->piece, len), &writer->out);
        flush(writer, FLUSH_AT);
        from += len;
    }
}

static void write_range(struct writer *writer, enum mime_recode how, bool question, uint64_t from,
                        uint64_t to)
{
    struct mime_recoder recoder;
    mime_recoder_init(&recoder, how, writer->plan->line_limit);
    recoder.question = question;
    recode_range(writer, &recoder, from, to);
    mime_recode_end(&recoder, &writer->out);
}

static const char *encoding_of(const struct step *step)
{
    return step->action == CALL_SEVEN      ? "7bit"
           : step->recode == RECODE_BASE64 ? "base64"
                                           : "quoted-printable";
}

/* Fields a message needs for its encoding to be understood (RFC 2045 4, RFC 1428 3). */
static void add_message_fields(struct writer *writer, struct str header)
{
    struct header_field field;
    if (header_find(header, STR("MIME-Version"), &field))
        return;
    buf_add_text(&writer->out, "MIME-Version: 1.0\r\n");
    if (!header_find(header, STR("Content-Type"), &field) && writer->plan->facts[0].wide)
        buf_add_text(&writer->out, "Content-Type: text/plain; charset=unknown-8bit\r\n");
}

static void write_field(struct writer *writer, struct str whole)
{
    struct mime_recoder recoder;
    mime_recoder_init(&recoder, RECODE_FOLD_HEADER, writer->plan->line_limit);
    mime_recode(&recoder, whole, &writer->out);
    mime_recode_end(&recoder, &writer->out);
}

/* The header with its Content-Transfer-Encoding replaced, or added at its end. */
static void write_new_header(struct writer *writer, uint32_t number)
{
    const struct mime_part *part = &writer->plan->mime.parts[number];
    const struct step *step = &writer->plan->steps[number];
    const struct sevenbit_source *source = &writer->plan->source;
    char *text = memory_get(part->header_size + 1);
    struct header_field field;
    size_t seen = 0;
    bool named = step->action == LEAVE || step->action == RECODE;
    writer->failed |= !source->read(source->context, text, part->header_size, part->header_at);
    writer->error = errno;
    struct str header = str_make(text, writer->failed ? 0 : part->header_size);
    struct header_reader reader = header_read(header);
    while (header_next(&reader, &field)) {
        bool ours = step->action != LEAVE && step->action != RECODE &&
                    str_eq_nocase(field.name, STR("Content-Transfer-Encoding"));
        seen += field.whole.len;
        if (!ours)
            write_field(writer, field.whole);
        else if (!named)
            buf_printf(&writer->out, "Content-Transfer-Encoding: %s\r\n", encoding_of(step));
        named |= ours;
    }
    if (number == 0)
        add_message_fields(writer, header);
    if (!named)
        buf_printf(&writer->out, "Content-Transfer-Encoding: %s\r\n", encoding_of(step));
    buf_add(&writer->out, str_from(header, seen));
    free(text);
    flush(writer, FLUSH_AT);
}

static void write_header(struct writer *writer, uint32_t number)
{
    const struct mime_part *part = &writer->plan->mime.parts[number];
    const struct step *step = &writer->plan->steps[number];
    bool new = step->action == ENCODE || step->action == CALL_SEVEN || (number == 0 && writer->plan->changed);
    if (new && part->header_size <= HEADER_LIMIT)
        write_new_header(writer, number);
    else
        write_range(writer, RECODE_FOLD_HEADER, false, part->header_at, part->body_at);
}

/* Base64 that ends the message ends in a line's end as everything does; elsewhere a delimiter brings it. */
static void write_leaf(struct writer *writer, uint32_t number)
{
    const struct mime_part *part = &writer->plan->mime.parts[number];
    const struct step *step = &writer->plan->steps[number];
    uint64_t end = part->body_at + part->body_size;
    bool new = step->action == ENCODE || step->action == RECODE;
    write_range(writer, new ? step->recode : RECODE_FOLD_BODY, false, part->body_at, end);
    if (step->action == ENCODE && step->recode == RECODE_BASE64 && end == writer->plan->source.size)
        buf_add_text(&writer->out, "\r\n");
}

bool sevenbit_write(const struct sevenbit *plan, void (*put)(void *context, struct str octets), void *context)
{
    struct writer writer = {.plan = plan, .put = put, .context = context, .piece = memory_get(PIECE)};
    uint64_t at = 0;
    buf_init(&writer.out, 8 * FLUSH_AT + 4 * HEADER_LIMIT);
    for (uint32_t i = 0; i < plan->mime.count && !writer.failed; i++) {
        const struct mime_part *part = &plan->mime.parts[i];
        write_range(&writer, RECODE_FOLD_BODY, plan->seven, at, part->header_at);
        write_header(&writer, i);
        at = part->body_at;
        if (part->kind != MIME_LEAF)
            continue;
        write_leaf(&writer, i);
        at += part->body_size;
    }
    write_range(&writer, RECODE_FOLD_BODY, plan->seven, at, plan->source.size);
    flush(&writer, 1);
    buf_finish(&writer.out);
    free(writer.piece);
    errno = writer.error;
    return !writer.failed;
}

static void count(void *context, struct str octets)
{
    *(uint64_t *)context += octets.len;
}

bool sevenbit_size(const struct sevenbit *plan, uint64_t *size)
{
    *size = 0;
    return sevenbit_write(plan, count, size);
}
