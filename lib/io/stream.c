/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stream's life, its status, and its reading half. One buffer holds what came and was not taken; it is
 * small at first, grows while the peer fills it, and is given back when a wait begins with nothing in it, so
 * that an idle session has no buffers.
 *
 * The system is asked as seldom as possible: a read that came short has emptied the socket, so the next one
 * is preceded by the wait instead of by a vain attempt.
 */
#include "io/stream_state.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"

enum {
    TIMEOUT_FIRST_MS = 300000,
    INPUT_FIRST = 16 * 1024, /* the buffer's first size */
    INPUT_AHEAD = 64 * 1024, /* it grows this far without need, when the peer fills it */
    OUTPUT_LIMIT = 32767,    /* what is gathered before it must be sent */
};

static struct stream *create(enum stream_kind kind, size_t input_limit)
{
    assert(input_limit > 0);
    struct stream *stream = memory_get(sizeof *stream);
    stream->kind = kind;
    stream->fd = -1;
    stream->input_limit = input_limit;
    stream->timeout_ms = TIMEOUT_FIRST_MS;
    stream->deadline = DEADLINE_NEVER;
    buf_init(&stream->output, OUTPUT_LIMIT);
    return stream;
}

struct stream *stream_over_fd(int fd, size_t input_limit)
{
    struct stream *stream = create(STREAM_KIND_SOCKET, input_limit);
    stream->fd = fd;
    if (task_running()) {
        int flags = fcntl(fd, F_GETFL);
        if (flags >= 0 && !(flags & O_NONBLOCK))
            fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    }
    return stream;
}

struct stream *stream_over_memory(struct str input, size_t input_limit, struct buf *output)
{
    struct stream *stream = create(STREAM_KIND_MEMORY, input_limit);
    stream->memory = input;
    stream->memory_output = output;
    return stream;
}

void stream_destroy(struct stream *stream)
{
    if (!stream)
        return;
    if (stream->layer)
        stream->layer->finish(stream);
    if (stream->fd >= 0)
        io_close(stream->fd);
    free(stream->input);
    buf_finish(&stream->output);
    free(stream);
}

int stream_fd(const struct stream *stream)
{
    return stream->fd;
}

int stream_release(struct stream *stream)
{
    int fd = stream->fd;
    assert(!stream->layer);
    io_forget(fd);
    stream->fd = -1;
    stream_fail(stream, STREAM_ERROR, "descriptor given away");
    return fd;
}

/* --- status --- */

enum stream_status stream_status(const struct stream *stream)
{
    return stream->status;
}

const char *stream_error(const struct stream *stream)
{
    return stream->error;
}

enum stream_status stream_fail(struct stream *stream, enum stream_status status, const char *format, ...)
{
    if (stream->status != STREAM_OK)
        return stream->status;
    va_list args;
    va_start(args, format);
    vsnprintf(stream->error, sizeof stream->error, format, args);
    va_end(args);
    stream->status = status;
    return status;
}

enum stream_status stream_fail_errno(struct stream *stream, int error)
{
    bool lost = error == ECONNRESET || error == EPIPE || error == ECONNABORTED || error == ENOTCONN;
    return stream_fail(stream, STREAM_ERROR, "%s", lost ? "lost connection" : strerror(error));
}

void stream_set_timeout(struct stream *stream, int64_t timeout_ms)
{
    stream->timeout_ms = timeout_ms;
}

void stream_set_deadline(struct stream *stream, int64_t deadline)
{
    stream->deadline = deadline;
}

bool stream_wait(struct stream *stream, enum io_events events)
{
    int64_t until = deadline_in(stream->timeout_ms);
    bool over = stream->deadline != DEADLINE_NEVER && stream->deadline <= time_monotonic_ms();
    enum io_result result =
        over ? IO_TIMEOUT : io_wait(stream->fd, events, until < stream->deadline ? until : stream->deadline);
    bool stopped = result == IO_ERROR && errno == ECANCELED;
    if (stopped)
        result = IO_TIMEOUT;
    if (result == IO_TIMEOUT && stream->status == STREAM_OK)
        stream->waited_for_input = events == IO_READ && stream->output.len == 0;
    if (result == IO_TIMEOUT)
        stream_fail(stream, STREAM_TIMEOUT, stopped ? "not waited for any longer" : "timeout");
    else if (result == IO_ERROR)
        stream_fail_errno(stream, errno);
    return result == IO_READY;
}

void stream_stop_waiting(struct stream *stream)
{
    io_cancel(stream->fd);
}

/* --- getting input --- */

static enum stream_step read_memory(struct stream *stream, char *into, size_t room, size_t *got)
{
    *got = room < stream->memory.len ? room : stream->memory.len;
    if (*got == 0)
        return STEP_END;
    memcpy(into, stream->memory.at, *got);
    stream->memory = str_from(stream->memory, *got);
    return STEP_DONE;
}

/* A pipe has no call that never blocks, so outside of tasks each read is preceded by a wait; in a task the
 * descriptor does not block, and a file, which epoll does not take, never gets as far as a wait. */
static enum stream_step read_other(struct stream *stream, char *into, size_t room, size_t *got)
{
    ssize_t count;
    do {
        count = read(stream->fd, into, room);
    } while (count < 0 && errno == EINTR);
    if (count < 0 && errno == EAGAIN)
        return STEP_WANT_READ;
    stream->drained = !task_running();
    if (count < 0) {
        stream_fail_errno(stream, errno);
        return STEP_ERROR;
    }
    *got = (size_t)count;
    return count ? STEP_DONE : STEP_END;
}

static enum stream_step read_socket(struct stream *stream, char *into, size_t room, size_t *got)
{
    ssize_t count;
    do {
        count = recv(stream->fd, into, room, MSG_DONTWAIT);
    } while (count < 0 && errno == EINTR);
    if (count < 0 && errno == EAGAIN)
        return STEP_WANT_READ;
    if (count < 0 && errno == ENOTSOCK) {
        stream->kind = STREAM_KIND_OTHER;
        return task_running() ? read_other(stream, into, room, got) : STEP_WANT_READ;
    }
    if (count < 0) {
        stream_fail_errno(stream, errno);
        return STEP_ERROR;
    }
    stream->drained = (size_t)count < room;
    *got = (size_t)count;
    return count ? STEP_DONE : STEP_END;
}

static enum stream_step read_once(struct stream *stream, char *into, size_t room, size_t *got)
{
    if (stream->layer)
        return stream->layer->read(stream, into, room, got);
    switch (stream->kind) {
    case STREAM_KIND_MEMORY:
        return read_memory(stream, into, room, got);
    case STREAM_KIND_SOCKET:
        return read_socket(stream, into, room, got);
    default:
        return read_other(stream, into, room, got);
    }
}

static size_t at_most(size_t wanted, size_t limit)
{
    return wanted < limit ? wanted : limit;
}

/* Makes room behind what is buffered, so that `least` octets in all could be. */
static void make_room(struct stream *stream, size_t least)
{
    size_t len = stream->end - stream->begin, cap = stream->cap ? stream->cap : INPUT_FIRST;
    assert(len < least && least <= stream->input_limit);
    if (stream->grow && cap < INPUT_AHEAD)
        cap *= 2;
    while (cap < least)
        cap *= 2;
    cap = at_most(cap, stream->input_limit);
    stream->grow = false;
    /* Moves no more than was taken since the last time, unless there is no other way. */
    if (stream->begin > 0 &&
        (stream->begin >= len || cap > stream->cap || stream->begin + least > stream->cap)) {
        memmove(stream->input, stream->input + stream->begin, len);
        stream->begin = 0;
        stream->end = len;
    }
    if (cap > stream->cap) {
        stream->input = memory_resize(stream->input, cap, 1);
        stream->cap = cap;
    }
}

void stream_feed(struct stream *stream, struct str octets)
{
    assert(stream->begin == stream->end);
    if (octets.len == 0)
        return;
    stream->begin = stream->end = 0;
    make_room(stream, octets.len);
    memcpy(stream->input, octets.at, octets.len);
    stream->end = octets.len;
}

static void release_input(struct stream *stream)
{
    free(stream->input);
    stream->input = NULL;
    stream->begin = stream->end = stream->cap = 0;
}

/* Before the peer is waited for, it gets what it may be waiting for, and an idle stream gives its buffers
 * back. */
static bool wait_for_input(struct stream *stream, enum io_events events)
{
    if (stream_flush(stream) != STREAM_OK)
        return false;
    if (stream->begin == stream->end)
        release_input(stream);
    buf_finish(&stream->output);
    return stream_wait(stream, events);
}

static bool layer_has_pending(const struct stream *stream)
{
    return stream->layer && stream->layer->has_pending(stream);
}

/* Gets at least one octet more, or sets the status. */
static void pull(struct stream *stream, size_t least)
{
    enum stream_step step = STEP_DONE;
    if (stream->drained && !layer_has_pending(stream))
        step = STEP_WANT_READ;
    for (;;) {
        if (step != STEP_DONE && !wait_for_input(stream, step == STEP_WANT_WRITE ? IO_WRITE : IO_READ))
            return;
        make_room(stream, least);
        size_t room = stream->cap - stream->end, got = 0;
        step = read_once(stream, stream->input + stream->end, room, &got);
        if (step == STEP_DONE) {
            stream->end += got;
            stream->grow = got == room;
            return;
        }
        if (step == STEP_END)
            stream_fail(stream, STREAM_END, "lost connection");
        if (stream->status != STREAM_OK)
            return;
    }
}

/* --- reading --- */

struct str stream_buffered(const struct stream *stream)
{
    return str_make(stream->begin < stream->end ? stream->input + stream->begin : NULL,
                    stream->end - stream->begin);
}

enum stream_status stream_fill(struct stream *stream, size_t least)
{
    assert(least > 0 && least <= stream->input_limit);
    while (stream->status == STREAM_OK && stream->end - stream->begin < least)
        pull(stream, least);
    return stream->status;
}

enum stream_status stream_read_now(struct stream *stream)
{
    while (stream->status == STREAM_OK && stream->end - stream->begin < stream->input_limit) {
        size_t got = 0;
        make_room(stream, stream->end - stream->begin + 1);
        enum stream_step step =
            read_once(stream, stream->input + stream->end, stream->cap - stream->end, &got);
        stream->end += got;
        if (step == STEP_END)
            stream_fail(stream, STREAM_END, "lost connection");
        if (step != STEP_DONE)
            break;
    }
    stream->drained = false;
    if (stream->begin == stream->end)
        release_input(stream);
    return stream->status;
}

void stream_take(struct stream *stream, size_t len)
{
    assert(len <= stream->end - stream->begin);
    stream->begin += len;
}

static enum stream_status skip_line(struct stream *stream)
{
    while (stream->status == STREAM_OK) {
        struct str have = stream_buffered(stream);
        size_t end = str_find(have, '\n');
        if (end != SIZE_MAX) {
            stream_take(stream, end + 1);
            return STREAM_TOO_LONG;
        }
        stream_take(stream, have.len);
        pull(stream, 1);
    }
    return stream->status;
}

enum stream_status stream_line(struct stream *stream, size_t limit, struct str *line)
{
    size_t seen = 0;
    assert(limit > 0);
    *line = (struct str){NULL, 0};
    limit = at_most(limit, stream->input_limit);
    while (stream->status == STREAM_OK) {
        struct str have = str_sub(stream_buffered(stream), 0, limit);
        size_t end = str_find(str_from(have, seen), '\n');
        if (end != SIZE_MAX) {
            *line = str_sub(have, 0, seen + end + 1);
            stream_take(stream, line->len);
            return STREAM_OK;
        }
        if (have.len == limit)
            return skip_line(stream);
        seen = have.len;
        pull(stream, have.len + 1);
    }
    return stream->status;
}

enum stream_status stream_read(struct stream *stream, void *into, size_t len)
{
    char *at = into;
    while (len > 0 && stream_fill(stream, 1) == STREAM_OK) {
        struct str part = str_sub(stream_buffered(stream), 0, len);
        memcpy(at, part.at, part.len);
        stream_take(stream, part.len);
        at += part.len;
        len -= part.len;
    }
    return stream->status;
}

bool stream_has_input(struct stream *stream)
{
    if (stream->begin < stream->end || stream->status != STREAM_OK || stream->kind == STREAM_KIND_MEMORY ||
        layer_has_pending(stream))
        return true;
    bool has = io_wait(stream->fd, IO_READ, 0) != IO_TIMEOUT;
    if (stream->kind == STREAM_KIND_SOCKET)
        stream->drained = !has;
    return has;
}
