/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message on its way out of its file: in pieces, a dot added to each line that begins with one (RFC 1939
 * 3). Files have CRLF; the last line gets one when it has none.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "pop3d/session.h"

enum { PIECE_SIZE = 32 * 1024 };

struct sending {
    struct stream *stream;
    bool line_start; /* the next octet begins a line */
    bool in_body;    /* the empty line was seen */
    bool line_empty; /* nothing but CR on this line yet */
    bool done;       /* no more lines are wanted */
    uint64_t lines;  /* still to be sent of the body */
};

/* One line, or a part of one. */
static void send_part(struct sending *sending, struct str part)
{
    bool ends = part.at[part.len - 1] == '\n';
    if (sending->line_start && part.at[0] == '.')
        stream_write(sending->stream, STR("."));
    stream_write(sending->stream, part);
    if (sending->line_start)
        sending->line_empty = str_eq(part, STR("\r\n")) || str_eq(part, STR("\n")) || str_eq(part, STR("\r"));
    else if (!str_eq(part, STR("\n")))
        sending->line_empty = false;
    sending->line_start = ends;
    if (!ends || sending->lines == UINT64_MAX)
        return;
    if (sending->in_body)
        sending->lines--;
    else if (sending->line_empty)
        sending->in_body = true;
    sending->done = sending->in_body && sending->lines == 0;
}

static void send_lines(struct sending *sending, struct str piece)
{
    while (piece.len > 0 && !sending->done) {
        const char *end = memchr(piece.at, '\n', piece.len);
        size_t len = end ? (size_t)(end - piece.at) + 1 : piece.len;
        send_part(sending, str_sub(piece, 0, len));
        piece = str_from(piece, len);
    }
}

/* A whole message: only line starts with a dot are looked for. */
static void send_all(struct sending *sending, struct str piece)
{
    while (piece.len > 0) {
        if (sending->line_start && piece.at[0] == '.')
            stream_write(sending->stream, STR("."));
        size_t dot = str_find_str(piece, STR("\n."));
        size_t len = dot == SIZE_MAX ? piece.len : dot + 1;
        stream_write(sending->stream, str_sub(piece, 0, len));
        sending->line_start = piece.at[len - 1] == '\n';
        piece = str_from(piece, len);
    }
}

/* False when the file ends early: then the client must not take what it got for the message. */
static bool send_file(struct sending *sending, const struct message_file *file)
{
    char *piece = memory_get(PIECE_SIZE);
    uint64_t at = 0;
    while (at < file->size && !sending->done && stream_status(sending->stream) == STREAM_OK) {
        uint64_t left = file->size - at;
        ssize_t got = pread(file->fd, piece, left < PIECE_SIZE ? left : PIECE_SIZE, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        if (sending->lines == UINT64_MAX)
            send_all(sending, str_make(piece, (size_t)got));
        else
            send_lines(sending, str_make(piece, (size_t)got));
        at += (uint64_t)got;
    }
    free(piece);
    return at >= file->size || sending->done;
}

bool pop3_send(struct pop3_session *session, const struct pop3_item *item, uint64_t lines)
{
    struct message_file file;
    struct verdict verdict;
    enum store_result result =
        message_open(session->mailbox, mailbox_message(session->mailbox, item->index), &file, &verdict);
    if (result != STORE_OK) {
        pop3_error(session,
                   result == STORE_EXPUNGED ? "Message is gone" : "[SYS/TEMP] Message cannot be read");
        return false;
    }
    struct sending sending = {.stream = session->stream, .line_start = true, .lines = lines};
    pop3_ok(session, "%llu octets", (unsigned long long)item->size);
    bool whole = send_file(&sending, &file);
    message_close(&file);
    if (!whole) {
        session->over = true; /* there is no way to say -ERR in here */
        return false;
    }
    stream_write(session->stream, sending.line_start ? STR(".\r\n") : STR("\r\n.\r\n"));
    return true;
}
