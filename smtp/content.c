/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The message as it goes out between DATA and its end (RFC 5321 4.5.2): from the queue file, with dots
 * doubled; converted for a host that takes less than the message has.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "io/file.h"
#include "io/task.h"
#include "mail/sevenbit.h"
#include "smtp/client.h"
#include "smtp/data.h"

enum { PIECE = 64 * 1024, FIELDS_LIMIT = 64 * 1024, CONVERSION_MEMORY = 4 * 1024 * 1024 };

/* The fields a forwarded copy is given, so that a loop is seen (RFC 9228): one for each mailbox it came by.
 * All recipients of a request have the same. */
static void add_forward_fields(const struct dispatch *dispatch, struct buf *out)
{
    struct str rest = dispatch->request->rcpts[0].delivered_to, mailbox;
    buf_init(out, FIELDS_LIMIT);
    while (str_word(&rest, ", ", &mailbox))
        buf_printf(out, "Delivered-To: " STR_FMT "\r\n", STR_ARG(mailbox));
}

static bool unreadable(int error, struct verdict *verdict)
{
    return verdict_system(verdict, "queue file read error", error);
}

/* --- what the peer takes and the message needs --- */

/* A large message is much work: other deliveries go on between its pieces. */
static bool read_file(void *context, void *into, size_t len, uint64_t at)
{
    const struct dispatch *dispatch = context;
    task_yield();
    return file_pread_all(dispatch->file, into, len, (off_t)(dispatch->request->offset + at));
}

/* seven and limit as sevenbit_plan has them; header: UTF-8 in header fields is too much. */
static bool convert(struct content *content, bool seven, size_t limit, bool header, const struct peer *peer,
                    struct verdict *verdict)
{
    const struct dispatch *dispatch = content->dispatch;
    struct sevenbit_source source = {read_file, content->dispatch, dispatch->request->size};
    content->arena = arena_create(CONVERSION_MEMORY);
    switch (sevenbit_plan(&source, seven, limit, content->arena, &content->conversion)) {
    case SEVENBIT_UNREADABLE:
        return unreadable(errno, verdict);
    case SEVENBIT_IMPOSSIBLE:
        return verdict_set(verdict, 550, "6.3", "8BITMIME is required, but was not offered by host %s",
                           peer->name);
    case SEVENBIT_OK:
        break;
    }
    if (header && sevenbit_header_is_wide(content->conversion))
        return verdict_set(verdict, 550, "6.7", "SMTPUTF8 is required, but was not offered by host %s",
                           peer->name);
    return sevenbit_size(content->conversion, &content->size) || unreadable(errno, verdict);
}

bool content_prepare(struct content *content, const struct peer *peer, struct dispatch *dispatch,
                     struct verdict *verdict)
{
    const struct deliver *request = dispatch->request;
    const struct smtp_params *params = peer->client->params;
    const struct smtp_peer *offers = &peer->offers;
    bool seven =
        request->eight_bit && !params->no_conversion && !smtp_peer_offers(offers, SMTP_EXT_eightbitmime);
    bool lines = params->line_limit && request->longest_line > (uint64_t)params->line_limit;
    /* RFC 6531 3.2: no UTF-8 in fields, at any level; without octets over 127 there is none. */
    bool header = request->smtputf8 && request->eight_bit && !smtp_peer_offers(offers, SMTP_EXT_smtputf8);
    *content = (struct content){.dispatch = dispatch, .size = request->size};
    if (seven || lines || header)
        if (!convert(content, seven, lines ? (size_t)params->line_limit : 0, header, peer, verdict))
            return false;
    struct buf fields;
    add_forward_fields(dispatch, &fields);
    content->size += fields.len;
    buf_finish(&fields);
    if (!offers->size_limit || content->size <= offers->size_limit)
        return true;
    return verdict_set(verdict, 552, "3.4", "message size %llu exceeds size limit %llu of server %s",
                       (unsigned long long)content->size, (unsigned long long)offers->size_limit, peer->name);
}

void content_finish(struct content *content)
{
    sevenbit_free(content->conversion);
    arena_destroy(content->arena);
}

/* --- writing --- */

/* Gathers: the last piece goes out together with the dot that ends the data. */
struct dots {
    struct stream *stream;
    bool line_start;
    struct buf out;
};

static void dots_init(struct dots *dots, struct stream *stream)
{
    dots->stream = stream;
    dots->line_start = true;
    buf_init(&dots->out, 4 * PIECE);
}

static void write_dotted(void *context, struct str octets)
{
    struct dots *dots = context;
    while (octets.len) {
        struct str piece = str_sub(octets, 0, PIECE);
        buf_clear(&dots->out);
        smtp_data_write(piece, &dots->line_start, &dots->out);
        stream_write(dots->stream, buf_str(&dots->out));
        octets = str_from(octets, piece.len);
    }
}

static bool write_converted(const struct content *content, struct stream *stream)
{
    struct dots dots;
    dots_init(&dots, stream);
    bool read = sevenbit_write(content->conversion, write_dotted, &dots);
    buf_finish(&dots.out);
    return read;
}

static bool write_pieces(const struct dispatch *dispatch, struct stream *stream)
{
    const struct deliver *request = dispatch->request;
    char *piece = memory_get(PIECE);
    struct dots dots;
    bool read = true;
    dots_init(&dots, stream);
    for (uint64_t at = 0; read && at < request->size && stream_status(stream) == STREAM_OK;) {
        size_t len = request->size - at < PIECE ? (size_t)(request->size - at) : PIECE;
        read = file_pread_all(dispatch->file, piece, len, (off_t)(request->offset + at));
        if (read && request->dot_lines)
            write_dotted(&dots, str_make(piece, len));
        else if (read)
            stream_write(stream, str_make(piece, len));
        at += len;
    }
    buf_finish(&dots.out);
    free(piece);
    return read;
}

/* The time for all of it: what one piece may take, and what the least rate allows (smtp_min_data_rate). */
static int64_t data_deadline(const struct client *client, uint64_t size)
{
    int64_t rate = client->params->min_data_rate;
    int64_t more_ms = rate && size < INT64_MAX / 2000 ? (int64_t)size * 1000 / rate : 0;
    return rate ? deadline_in(client->params->data_timeout + more_ms) : DEADLINE_NEVER;
}

bool content_write(const struct content *content, struct peer *peer, struct verdict *verdict)
{
    const struct dispatch *dispatch = content->dispatch;
    const struct deliver *request = dispatch->request;
    bool read = true;
    stream_set_timeout(peer->stream, peer->client->params->data_timeout);
    stream_set_deadline(peer->stream, data_deadline(peer->client, content->size));
    struct buf fields;
    add_forward_fields(dispatch, &fields);
    stream_write(peer->stream, buf_str(&fields));
    buf_finish(&fields);
    if (content->conversion)
        read = write_converted(content, peer->stream);
    else if (request->dot_lines || request->size <= PIECE)
        read = write_pieces(dispatch, peer->stream);
    else
        stream_send_file(peer->stream, dispatch->file, (off_t)request->offset, (size_t)request->size);
    int error = errno;
    stream_set_deadline(peer->stream, DEADLINE_NEVER);
    if (!read)
        return unreadable(error, verdict);
    return stream_status(peer->stream) == STREAM_OK || peer_broken(peer, "sending message body", verdict);
}
