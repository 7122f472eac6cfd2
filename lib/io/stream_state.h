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

struct stream;
struct stream_tls;

/* What stands between a stream and its socket: TLS (stream_tls.c). The stream knows it by this row only, so a
 * program that never begins TLS is not linked with OpenSSL, which costs a process half a MiB. */
struct stream_layer {
    enum stream_step (*read)(struct stream *stream, char *into, size_t room, size_t *got);
    enum stream_step (*write)(struct stream *stream, struct str bytes, size_t *put);
    /* Whether it holds octets that the socket no longer has. */
    bool (*has_pending)(const struct stream *stream);
    /* Says farewell if that can be done at once; frees what is its own. */
    void (*finish)(struct stream *stream);
};

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

    const struct stream_layer *layer; /* NULL without */
    struct stream_tls *tls;           /* owned by the layer */
};

/* Sets the sticky status, unless there is one, and its words. Returns the status that stands. */
enum stream_status stream_fail(struct stream *stream, enum stream_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same for errno: a reset is a lost connection. */
enum stream_status stream_fail_errno(struct stream *stream, int error);
/* Waits for the peer within timeout and deadline; false with the status set. */
bool stream_wait(struct stream *stream, enum io_events events);

#endif
