/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of a stream know of each other. Inside lib/io only; the contract is io/stream.h. */
#ifndef IO_STREAM_STATE_H
#define IO_STREAM_STATE_H

#include "io/stream.h"
#include "io/task.h"

enum stream_kind {
    STREAM_KIND_MEMORY,
    STREAM_KIND_SOCKET, /* assumed until a call says ENOTSOCK */
    STREAM_KIND_OTHER,  /* a pipe or a file: standard input and output */
};

/* What one attempt that does not wait came to. */
enum stream_step {
    STEP_DONE,
    STEP_WANT_READ,
    STEP_WANT_WRITE,
    STEP_END,
    STEP_ERROR, /* the stream's status is set */
};

struct stream_tls;

struct stream {
    enum stream_kind kind;
    int fd;
    enum stream_status status;
    char error[120];
    int64_t timeout_ms, deadline;
    bool waited_for_input; /* STREAM_TIMEOUT came while reading: what was written before is out */

    size_t input_limit;
    char *input; /* owned; NULL while nothing is buffered and the peer is waited for */
    size_t begin, end, cap;
    bool grow;    /* the last read filled all room */
    bool drained; /* the last read took all the socket had: wait before the next one */

    struct buf output;

    struct str memory;         /* STREAM_KIND_MEMORY: what is not read yet */
    struct buf *memory_output; /* borrowed, may be NULL */

    struct stream_tls *tls; /* owned; NULL without */
};

/* Sets the sticky status, unless there is one, and its words. Returns the status that stands. */
enum stream_status stream_fail(struct stream *stream, enum stream_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same for errno: a reset is a lost connection. */
enum stream_status stream_fail_errno(struct stream *stream, int error);
/* Waits for the peer within timeout and deadline; false with the status set. */
bool stream_wait(struct stream *stream, enum io_events events);

/* --- stream_tls.c --- */

enum stream_step stream_tls_read(struct stream *stream, char *into, size_t room, size_t *got);
enum stream_step stream_tls_write(struct stream *stream, struct str bytes, size_t *put);
/* Whether TLS holds octets that the socket no longer has. */
bool stream_tls_has_pending(const struct stream *stream);
/* close_notify if it can be sent at once; frees stream->tls. */
void stream_tls_finish(struct stream *stream);

#endif
