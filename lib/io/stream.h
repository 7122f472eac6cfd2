/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A buffered conversation: over a socket, with or without TLS, or over memory. Limits and deadlines belong to
 * the stream, so that no read can be forgotten. Input is one ring that outlives TLS; going over to TLS with
 * input still buffered is refused (command and response injection, reference: STARTTLS lessons), and the end
 * of TLS is the end of the stream: it never goes back to clear text.
 *
 * Writing to a socket whose peer is gone raises no SIGPIPE; over a pipe it does unless the program ignores
 * it.
 *
 * After a failure every further call fails at once with the same status, so a caller may look late.
 */
#ifndef IO_STREAM_H
#define IO_STREAM_H

#include <sys/types.h>
#include "base/buf.h"
#include "base/str.h"

struct stream;
struct tls_context;
struct tls_info;
struct verdict;

enum stream_status {
    STREAM_OK,
    STREAM_END,      /* the peer closed in good order */
    STREAM_TIMEOUT,  /* a deadline passed */
    STREAM_TOO_LONG, /* a line over the caller's limit; the only status that does not stick */
    STREAM_ERROR,    /* the connection or TLS broke: stream_error says how */
};

/* Over a connected socket, made non-blocking when in a task; the stream owns fd. input_limit bounds what may
 * be buffered of input (a line can never be longer), in octets. */
struct stream *stream_over_fd(int fd, size_t input_limit);
/* Over memory: reads `input` (borrowed), then end; what is written is appended to *output (borrowed, may be
 * NULL: thrown away). */
struct stream *stream_over_memory(struct str input, size_t input_limit, struct buf *output);
/* Flushes nothing. Closes the descriptor (with a TLS close_notify when that does not block). NULL is fine. */
void stream_destroy(struct stream *stream);

/* -1 over memory. */
int stream_fd(const struct stream *stream);
/* Gives the descriptor away; the stream must not be used but for stream_destroy. Only without TLS. Whatever
 * input is still buffered is in stream_buffered. */
int stream_release(struct stream *stream);

enum stream_status stream_status(const struct stream *stream);
/* A few words for the log: "timeout", "lost connection", "TLS: ..."; valid while the stream lives. */
const char *stream_error(const struct stream *stream);

/* Each wait for the peer may last timeout_ms; the sum of waits never passes the deadline (monotonic ms, see
 * task.h). Initially 300000 and never. */
void stream_set_timeout(struct stream *stream, int64_t timeout_ms);
void stream_set_deadline(struct stream *stream, int64_t deadline);

/* --- reading; a str handed out is valid until the next reading call --- */

/* What is buffered and not taken. */
struct str stream_buffered(const struct stream *stream);
/* Waits until at least `least` octets are buffered (1 <= least <= input_limit). */
enum stream_status stream_fill(struct stream *stream, size_t least);
/* Takes len octets, which must be buffered. */
void stream_take(struct stream *stream, size_t len);
/* The next line with its LF (and CR); the caller judges its ending. A line over `limit` octets with its
 * ending is read to its end, thrown away, and STREAM_TOO_LONG returned. At the end of input an unfinished
 * line is lost. */
enum stream_status stream_line(struct stream *stream, size_t limit, struct str *line);
/* Takes in what there is without waiting, as far as there is room; STREAM_OK also when there was nothing. For
 * who waits for several descriptors at a time. Nothing may be gathered for writing. */
enum stream_status stream_read_now(struct stream *stream);
/* Puts octets in front of what the peer sends: what another program has read of it already. Only while
 * nothing is buffered; at most input_limit octets. */
void stream_feed(struct stream *stream, struct str octets);
/* Exactly len octets copied to `into`. */
enum stream_status stream_read(struct stream *stream, void *into, size_t len);
/* Whether reading would not have to wait: something is buffered, or is on the socket (looks once). Used to
 * send the replies to pipelined commands together (RFC 2920). */
bool stream_has_input(struct stream *stream);

/* --- writing: gathered until flushed or large; failures show at the flush. A reading call that has to wait
 * flushes first, so that two ends never wait for each other. --- */

void stream_write(struct stream *stream, struct str bytes);
void stream_printf(struct stream *stream, const char *format, ...) __attribute__((format(printf, 2, 3)));
enum stream_status stream_flush(struct stream *stream);
/* Ends the wait for the peer that another task is in, as if its deadline had passed (STREAM_TIMEOUT). Nothing
 * happens when none waits. */
void stream_stop_waiting(struct stream *stream);
/* When the peer was waited for in vain (STREAM_TIMEOUT while reading): lets last words be written and
 * flushed, as far as that needs no waiting. False in any other case. Reading is over. */
bool stream_reopen_for_farewell(struct stream *stream);
/* Sends len octets of a file from offset on, after what was gathered (sendfile(2) where there is no TLS). */
enum stream_status stream_send_file(struct stream *stream, int file, off_t offset, size_t len);

/* --- TLS (io/tls.h has the contexts) --- */

/* Server and client handshakes. Refused with STREAM_ERROR when input is buffered. server_name: what the
 * client asks for by SNI and, when the context verifies, what the certificate must match; may be empty. */
enum stream_status stream_accept_tls(struct stream *stream, struct tls_context *context);
enum stream_status stream_connect_tls(struct stream *stream, struct tls_context *context,
                                      struct str server_name);
/* NULL without TLS. Valid while the stream lives. */
const struct tls_info *stream_tls(const struct stream *stream);

#endif
