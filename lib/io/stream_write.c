/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stream's writing half: octets are gathered and sent together. No more than the gathering limit is ever
 * held; who writes more waits for the peer.
 */
#include "io/stream_state.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"

enum {
    OUTPUT_KEPT = 4096,      /* a buffer over this is not kept after a flush */
    FILE_COPIED = 32 * 1024, /* a file up to this goes out with what was gathered, in one packet */
    PRINTED_ON_STACK = 512,  /* a longer text is allocated */
    SENDFILE_MOST = 1 << 30,
};

static enum stream_step step_of_errno(struct stream *stream)
{
    if (errno == EAGAIN)
        return STEP_WANT_WRITE;
    stream_fail_errno(stream, errno);
    return STEP_ERROR;
}

/* POLLOUT promises room for PIPE_BUF octets in a pipe; a larger write could block. */
static enum stream_step write_other(struct stream *stream, struct str bytes, size_t *put)
{
    ssize_t count;
    do {
        count = write(stream->fd, bytes.at, bytes.len < PIPE_BUF ? bytes.len : PIPE_BUF);
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        return step_of_errno(stream);
    *put = (size_t)count;
    return STEP_DONE;
}

static enum stream_step write_once(struct stream *stream, struct str bytes, int flags, size_t *put)
{
    ssize_t count;
    if (stream->layer)
        return stream->layer->write(stream, bytes, put);
    if (stream->kind == STREAM_KIND_OTHER)
        return write_other(stream, bytes, put);
    do {
        count = send(stream->fd, bytes.at, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT | flags);
    } while (count < 0 && errno == EINTR);
    if (count < 0 && errno == ENOTSOCK) {
        stream->kind = STREAM_KIND_OTHER;
        return task_running() ? write_other(stream, bytes, put) : STEP_WANT_WRITE;
    }
    if (count < 0)
        return step_of_errno(stream);
    *put = (size_t)count;
    return STEP_DONE;
}

/* flags: MSG_MORE when more follows at once. */
static void push(struct stream *stream, struct str bytes, int flags)
{
    while (bytes.len > 0 && stream->status == STREAM_OK) {
        size_t put = 0;
        bool blocks = stream->kind == STREAM_KIND_OTHER && !task_running();
        if (blocks && !stream_wait(stream, IO_WRITE))
            return;
        enum stream_step step = write_once(stream, bytes, flags, &put);
        if (step == STEP_DONE)
            bytes = str_from(bytes, put);
        else if (step == STEP_WANT_READ || step == STEP_WANT_WRITE)
            stream_wait(stream, step == STEP_WANT_READ ? IO_READ : IO_WRITE);
    }
}

static enum stream_status flush(struct stream *stream, int flags)
{
    push(stream, buf_str(&stream->output), flags);
    if (stream->output.cap > OUTPUT_KEPT)
        buf_finish(&stream->output);
    buf_clear(&stream->output);
    return stream->status;
}

enum stream_status stream_flush(struct stream *stream)
{
    return flush(stream, 0);
}

bool stream_reopen_for_farewell(struct stream *stream)
{
    if (stream->status != STREAM_TIMEOUT || !stream->waited_for_input)
        return false;
    stream->waited_for_input = false;
    stream->status = STREAM_OK;
    stream->timeout_ms = 0;
    stream->deadline = DEADLINE_NEVER;
    return true;
}

void stream_write(struct stream *stream, struct str bytes)
{
    if (stream->kind == STREAM_KIND_MEMORY) {
        bool taken =
            stream->status != STREAM_OK || !stream->memory_output || buf_add(stream->memory_output, bytes);
        if (!taken)
            stream_fail(stream, STREAM_ERROR, "output over its limit");
        return;
    }
    while (bytes.len > 0 && stream->status == STREAM_OK) {
        struct str part = str_sub(bytes, 0, stream->output.limit - stream->output.len);
        buf_add(&stream->output, part);
        bytes = str_from(bytes, part.len);
        if (stream->output.len == stream->output.limit)
            flush(stream, bytes.len ? MSG_MORE : 0);
    }
}

void stream_printf(struct stream *stream, const char *format, ...)
{
    char text[PRINTED_ON_STACK];
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    assert(len >= 0);
    if ((size_t)len < sizeof text) {
        stream_write(stream, str_make(text, (size_t)len));
    } else {
        char *longer = memory_get((size_t)len + 1);
        vsnprintf(longer, (size_t)len + 1, format, again);
        stream_write(stream, str_make(longer, (size_t)len));
        free(longer);
    }
    va_end(again);
}

/* --- files --- */

static enum stream_status file_is_short(struct stream *stream)
{
    return stream_fail(stream, STREAM_ERROR, "file is shorter than announced");
}

/* Through a piece of memory: short files, TLS, pipes and memory streams. */
static enum stream_status copy_file(struct stream *stream, int file, off_t offset, size_t len)
{
    size_t size = len < FILE_COPIED ? len : FILE_COPIED;
    char *piece = memory_get(size ? size : 1);
    while (len > 0 && stream->status == STREAM_OK) {
        ssize_t got = pread(file, piece, len < size ? len : size, offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            stream_fail_errno(stream, errno);
        if (got <= 0)
            break;
        stream_write(stream, str_make(piece, (size_t)got));
        offset += got;
        len -= (size_t)got;
    }
    free(piece);
    if (len > 0 && stream->status == STREAM_OK)
        file_is_short(stream);
    return stream_flush(stream);
}

/* sendfile(2) has no way to be told that a broken connection is not worth a signal. */
static bool pipe_signal_is_ignored(void)
{
    struct sigaction action;
    return sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

/* sendfile(2) goes by the descriptor's flags. */
static void make_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0 && !(flags & O_NONBLOCK))
        fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

enum stream_status stream_send_file(struct stream *stream, int file, off_t offset, size_t len)
{
    if (stream->layer || stream->kind != STREAM_KIND_SOCKET || len <= FILE_COPIED ||
        !pipe_signal_is_ignored())
        return copy_file(stream, file, offset, len);
    flush(stream, MSG_MORE);
    if (!task_running())
        make_nonblocking(stream->fd);
    while (len > 0 && stream->status == STREAM_OK) {
        ssize_t sent = sendfile(stream->fd, file, &offset, len < SENDFILE_MOST ? len : SENDFILE_MOST);
        if (sent > 0)
            len -= (size_t)sent;
        else if (sent == 0)
            file_is_short(stream);
        else if (errno == EAGAIN)
            stream_wait(stream, IO_WRITE);
        else if (errno != EINTR)
            stream_fail_errno(stream, errno);
    }
    return stream->status;
}
