/* SPDX-License-Identifier: BSD-2-Clause */
/* Structures: a part at a time, inner ones inside. Depth is bounded by MIME_DEPTH_LIMIT. */
#include "imap/bodystructure.h"

#include "imap/envelope.h"
#include "imap/quote.h"

struct writer {
    struct buf *out;
    const struct mime *mime;
    struct str message;
    bool extended;
    struct arena *arena;
};

static void put_or_nil(struct writer *writer, struct str text)
{
    buf_add_char(writer->out, ' ');
    imap_put_nstring(writer->out, text.len ? text : (struct str){NULL, 0});
}

static void put_params(struct writer *writer, const struct mime_params *params)
{
    if (params->count == 0) {
        buf_add_text(writer->out, " NIL");
        return;
    }
    buf_add_text(writer->out, " (");
    for (size_t i = 0; i < params->count; i++) {
        if (i)
            buf_add_char(writer->out, ' ');
        imap_put_string(writer->out, params->at[i].name);
        buf_add_char(writer->out, ' ');
        imap_put_string(writer->out, params->at[i].value);
    }
    buf_add_char(writer->out, ')');
}

/* body-fld-lang: one, or a list of them. */
static void put_language(struct writer *writer, struct str value)
{
    struct str rest = value, language;
    bool any = false;
    buf_add_char(writer->out, ' ');
    while (mime_language(&rest, &language)) {
        buf_add_char(writer->out, any ? ' ' : '(');
        imap_put_string(writer->out, language);
        any = true;
    }
    buf_add_text(writer->out, any ? ")" : "NIL");
}

/* Disposition, language, location: behind the MD5 of a single part and the parameters of a multipart. */
static void put_extension(struct writer *writer, const struct mime_part *part)
{
    if (part->disposition.len > 0) {
        buf_add_text(writer->out, " (");
        imap_put_string(writer->out, part->disposition);
        put_params(writer, &part->disposition_params);
        buf_add_char(writer->out, ')');
    } else {
        buf_add_text(writer->out, " NIL");
    }
    put_language(writer, part->language);
    put_or_nil(writer, part->location);
}

static void put_part(struct writer *writer, const struct mime_part *part);

static void put_multipart(struct writer *writer, const struct mime_part *part)
{
    buf_add_char(writer->out, '(');
    for (uint32_t i = part->first_child; i != MIME_NONE; i = writer->mime->parts[i].next)
        put_part(writer, &writer->mime->parts[i]);
    if (part->first_child == MIME_NONE) /* the grammar wants one */
        buf_add_text(writer->out, "(\"text\" \"plain\" NIL NIL NIL \"7bit\" 0 0)");
    buf_add_char(writer->out, ' ');
    imap_put_string(writer->out, part->subtype);
    if (writer->extended) {
        put_params(writer, &part->params);
        put_extension(writer, part);
    }
    buf_add_char(writer->out, ')');
}

/* The media type. A message that was not looked into (encoded, or too deep) must not be called one, for
 * clients then expect its envelope. */
static void put_type(struct writer *writer, const struct mime_part *part)
{
    bool closed_message =
        part->kind == MIME_LEAF && str_eq_nocase(part->type, STR("message")) &&
        (str_eq_nocase(part->subtype, STR("rfc822")) || str_eq_nocase(part->subtype, STR("global")));
    imap_put_string(writer->out, closed_message ? STR("application") : part->type);
    buf_add_char(writer->out, ' ');
    imap_put_string(writer->out, closed_message ? STR("octet-stream") : part->subtype);
}

static void put_single(struct writer *writer, const struct mime_part *part)
{
    bool is_message = part->kind == MIME_MESSAGE && part->first_child != MIME_NONE;
    buf_add_char(writer->out, '(');
    put_type(writer, part);
    put_params(writer, &part->params);
    put_or_nil(writer, part->id);
    put_or_nil(writer, part->description);
    buf_add_char(writer->out, ' ');
    imap_put_string(writer->out, part->encoding.len ? part->encoding : STR("7bit"));
    buf_printf(writer->out, " %zu", part->body_size);
    if (is_message) {
        const struct mime_part *inner = &writer->mime->parts[part->first_child];
        buf_add_char(writer->out, ' ');
        imap_put_envelope(writer->out, str_sub(writer->message, inner->header_at, inner->header_size),
                          writer->arena);
        buf_add_char(writer->out, ' ');
        put_part(writer, inner);
    }
    if (is_message || str_eq_nocase(part->type, STR("text")))
        buf_printf(writer->out, " %zu", part->body_lines);
    if (writer->extended) {
        put_or_nil(writer, part->md5);
        put_extension(writer, part);
    }
    buf_add_char(writer->out, ')');
}

static void put_part(struct writer *writer, const struct mime_part *part)
{
    if (writer->out->over)
        return;
    if (part->kind == MIME_MULTIPART)
        put_multipart(writer, part);
    else
        put_single(writer, part);
}

void imap_put_bodystructure(struct buf *out, const struct mime *mime, struct str message, bool extended,
                            struct arena *arena)
{
    struct writer writer = {out, mime, message, extended, arena};
    put_part(&writer, &mime->parts[0]);
}
