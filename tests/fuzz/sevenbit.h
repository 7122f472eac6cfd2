/* SPDX-License-Identifier: BSD-2-Clause */
/* What must hold of a converted message, whatever it was: for fuzz_sevenbit.c and unit/mail_sevenbit.c. */
#ifndef FUZZ_SEVENBIT_H
#define FUZZ_SEVENBIT_H

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "mail/decode.h"
#include "mail/header.h"
#include "mail/mime.h"
#include "mail/sevenbit.h"

enum { SEVENBIT_OUT_LIMIT = 64 << 20, SEVENBIT_ARENA = 16 << 20 };

static bool sevenbit_read_memory(void *context, void *into, size_t len, uint64_t at)
{
    const struct str *message = context;
    if (at > message->len || len > message->len - at) {
        errno = EIO;
        return false;
    }
    memcpy(into, message->at + at, len);
    return true;
}

static void sevenbit_put_buf(void *context, struct str octets)
{
    buf_add(context, octets);
}

static enum sevenbit_status sevenbit_convert(struct str message, bool seven, size_t line_limit,
                                             struct buf *out)
{
    struct sevenbit_source source = {sevenbit_read_memory, &message, message.len};
    struct arena *arena = arena_create(SEVENBIT_ARENA);
    struct sevenbit *plan;
    uint64_t size = 0;
    enum sevenbit_status status = sevenbit_plan(&source, seven, line_limit, arena, &plan);
    if (status == SEVENBIT_OK &&
        (!sevenbit_size(plan, &size) || !sevenbit_write(plan, sevenbit_put_buf, out) || size != out->len))
        status = SEVENBIT_UNREADABLE;
    sevenbit_free(plan);
    arena_destroy(arena);
    return status;
}

static void sevenbit_decode(struct str message, const struct mime_part *part, struct buf *out)
{
    struct mime_decoder decoder;
    enum mime_encoding encoding;
    mime_encoding_named(part->encoding, &encoding);
    mime_decoder_init(&decoder, encoding);
    mime_decode(&decoder, str_sub(message, part->body_at, part->body_size), out);
    mime_decode_end(&decoder, out);
}

static bool sevenbit_same_part(struct str a, const struct mime_part *left, struct str b,
                               const struct mime_part *right)
{
    struct buf one, two;
    bool same = left->kind == right->kind && left->parent == right->parent &&
                str_eq_nocase(left->type, right->type) && str_eq_nocase(left->subtype, right->subtype);
    if (!same || left->kind != MIME_LEAF)
        return same;
    buf_init(&one, SEVENBIT_OUT_LIMIT);
    buf_init(&two, SEVENBIT_OUT_LIMIT);
    sevenbit_decode(a, left, &one);
    sevenbit_decode(b, right, &two);
    same = str_eq(buf_str(&one), buf_str(&two));
    buf_finish(&one);
    buf_finish(&two);
    return same;
}

static bool sevenbit_any_wide(struct str octets)
{
    for (size_t i = 0; i < octets.len; i++)
        if ((unsigned char)octets.at[i] >= 0x80)
            return true;
    return false;
}

/* Octets over 127 outside of headers. */
static bool sevenbit_bodies_are_wide(struct str message, const struct mime *mime)
{
    size_t at = 0;
    for (size_t i = 0; i < mime->count; i++) {
        const struct mime_part *part = &mime->parts[i];
        if (sevenbit_any_wide(str_sub(message, at, part->header_at - at)))
            return true;
        at = part->body_at;
    }
    return sevenbit_any_wide(str_from(message, at));
}

/* NULL when `converted` is what `message` may become. */
static const char *sevenbit_problem(struct str message, bool seven, struct str converted)
{
    struct arena *arena = arena_create(2 * SEVENBIT_ARENA);
    struct mime before, after;
    const char *problem = NULL;
    mime_parse(&before, message, arena);
    mime_parse(&after, converted, arena);
    if (before.count != after.count)
        problem = "another number of parts";
    for (size_t i = 0; !problem && i < before.count; i++)
        if (!sevenbit_same_part(message, &before.parts[i], converted, &after.parts[i]))
            problem = "a part is not what it was";
    if (!problem && seven && sevenbit_bodies_are_wide(converted, &after))
        problem = "octets over 127 are left";
    mime_finish(&before);
    mime_finish(&after);
    arena_destroy(arena);
    return problem;
}

#endif
