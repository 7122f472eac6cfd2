/* SPDX-License-Identifier: BSD-2-Clause */
/* The message as it goes out between DATA and its end (RFC 5321 4.5.2): from the queue file, with dots
 * doubled. */
#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "io/file.h"
#include "io/task.h"
#include "smtp/client.h"
#include "smtp/data.h"

enum { PIECE = 64 * 1024 };

/* The fields a forwarded copy is given, so that a loop is seen (RFC 9228). All recipients of a request have
 * the same. */
static void write_forward_fields(struct stream *stream, const struct deliver *request)
{
    struct str address = request->rcpts[0].delivered_to;
    if (address.len)
        stream_printf(stream, "Delivered-To: " STR_FMT "\r\n", STR_ARG(address));
}

/* Piece by piece, gathered: the last piece goes out together with the dot that ends the data. */
static bool write_pieces(struct stream *stream, const struct delivery *delivery)
{
    const struct deliver *request = delivery->request;
    char *piece = memory_get(PIECE);
    struct buf out;
    bool line_start = true, read = true;
    buf_init(&out, 2 * PIECE);
    for (uint64_t at = 0; read && at < request->size && stream_status(stream) == STREAM_OK;) {
        size_t len = request->size - at < PIECE ? (size_t)(request->size - at) : PIECE;
        read = file_pread_all(delivery->file, piece, len, (off_t)(request->offset + at));
        struct str octets = str_make(piece, read ? len : 0);
        if (request->dot_lines)
            smtp_data_write(octets, &line_start, &out);
        stream_write(stream, request->dot_lines ? buf_str(&out) : octets);
        buf_clear(&out);
        at += len;
    }
    buf_finish(&out);
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

bool content_write(struct peer *peer, const struct delivery *delivery, struct verdict *verdict)
{
    const struct deliver *request = delivery->request;
    bool read = true;
    stream_set_timeout(peer->stream, peer->client->params->data_timeout);
    stream_set_deadline(peer->stream, data_deadline(peer->client, request->size));
    write_forward_fields(peer->stream, request);
    if (request->dot_lines || request->size <= PIECE)
        read = write_pieces(peer->stream, delivery);
    else
        stream_send_file(peer->stream, delivery->file, (off_t)request->offset, (size_t)request->size);
    int error = errno;
    stream_set_deadline(peer->stream, DEADLINE_NEVER);
    if (!read)
        return verdict_system(verdict, "queue file read error", error);
    return stream_status(peer->stream) == STREAM_OK || peer_broken(peer, "sending message body", verdict);
}
