/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stream's TLS: OpenSSL driven by the stream's waits over a BIO that never blocks and never raises SIGPIPE.
 * The handshake begins with nothing buffered, or not at all; after a close_notify, an alert or a broken
 * connection the stream stays as it is for ever.
 */
#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/memory.h"
#include "io/tls_state.h"

/* --- the BIO; its data is the stream --- */

static int socket_result(BIO *bio, struct stream *stream, ssize_t count, int retry)
{
    BIO_clear_retry_flags(bio);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        BIO_set_flags(bio, retry | BIO_FLAGS_SHOULD_RETRY);
    else if (count < 0)
        stream->tls->error = errno;
    return (int)count;
}

static int bio_read(BIO *bio, char *into, int len)
{
    struct stream *stream = BIO_get_data(bio);
    ssize_t count = recv(stream->fd, into, (size_t)len, MSG_DONTWAIT);
    stream->drained = count < len;
    if (count == 0)
        stream->tls->ended = true;
    return socket_result(bio, stream, count, BIO_FLAGS_READ);
}

static int bio_write(BIO *bio, const char *bytes, int len)
{
    struct stream *stream = BIO_get_data(bio);
    ssize_t count = send(stream->fd, bytes, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL);
    return socket_result(bio, stream, count, BIO_FLAGS_WRITE);
}

static long bio_control(BIO *bio, int command, long number, void *pointer)
{
    struct stream *stream = BIO_get_data(bio);
    (void)number, (void)pointer;
    if (command == BIO_CTRL_EOF)
        return stream->tls->ended;
    return command == BIO_CTRL_FLUSH;
}

BIO_METHOD *stream_tls_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "stream");
    if (method) {
        BIO_meth_set_read(method, bio_read);
        BIO_meth_set_write(method, bio_write);
        BIO_meth_set_ctrl(method, bio_control);
    }
    return method;
}

/* --- steps --- */

static void fail(struct stream *stream)
{
    struct stream_tls *tls = stream->tls;
    long verified = SSL_get_verify_result(tls->ssl);
    tls->standing = false;
    if (tls->error)
        stream_fail_errno(stream, tls->error);
    else if (tls->ended)
        stream_fail(stream, STREAM_ERROR, "lost connection");
    else if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_CERTIFICATE_VERIFY_FAILED)
        stream_fail(stream, STREAM_ERROR, "TLS: %s", X509_verify_cert_error_string(verified));
    else
        stream_fail(stream, STREAM_ERROR, "TLS: %s", tls_last_error("protocol error"));
    ERR_clear_error();
}

/* What a call of OpenSSL that returned `result` waits for. OpenSSL's queue of errors belongs to the thread:
 * it is emptied before each call and read before anything else can run. */
static enum stream_step step_of(struct stream *stream, int result)
{
    switch (SSL_get_error(stream->tls->ssl, result)) {
    case SSL_ERROR_NONE:
        return STEP_DONE;
    case SSL_ERROR_WANT_READ:
        return STEP_WANT_READ;
    case SSL_ERROR_WANT_WRITE:
        return STEP_WANT_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        return STEP_END;
    default:
        fail(stream);
        return STEP_ERROR;
    }
}

static enum stream_step tls_read(struct stream *stream, char *into, size_t room, size_t *got)
{
    ERR_clear_error();
    return step_of(stream, SSL_read_ex(stream->tls->ssl, into, room, got));
}

static enum stream_step tls_write(struct stream *stream, struct str bytes, size_t *put)
{
    ERR_clear_error();
    enum stream_step step = step_of(stream, SSL_write_ex(stream->tls->ssl, bytes.at, bytes.len, put));
    if (step == STEP_END) {
        stream_fail(stream, STREAM_END, "lost connection");
        return STEP_ERROR;
    }
    return step;
}

static bool tls_has_pending(const struct stream *stream)
{
    return SSL_has_pending(stream->tls->ssl);
}

static void tls_finish(struct stream *stream)
{
    struct stream_tls *tls = stream->tls;
    if (tls->standing && stream->fd >= 0) {
        ERR_clear_error();
        SSL_shutdown(tls->ssl);
        ERR_clear_error();
    }
    tls_context_close(tls->context, tls->ssl);
    buf_finish(&tls->words);
    free(tls);
    stream->tls = NULL;
    stream->layer = NULL;
}

static const struct stream_layer tls_layer = {tls_read, tls_write, tls_has_pending, tls_finish};

/* --- handshakes --- */

static void handshake(struct stream *stream)
{
    struct stream_tls *tls = stream->tls;
    /* A client speaks first, and the last read has emptied the socket. */
    if (stream->drained && tls_context_is_server(tls->context) && !stream_wait(stream, IO_READ))
        return;
    while (stream->status == STREAM_OK) {
        ERR_clear_error();
        enum stream_step step = step_of(stream, SSL_do_handshake(tls->ssl));
        if (step == STEP_DONE) {
            tls->standing = true;
            tls_info_fill(tls);
            return;
        }
        if (step == STEP_END)
            stream_fail(stream, STREAM_ERROR, "TLS: closed in the handshake");
        else if (step != STEP_ERROR)
            stream_wait(stream, step == STEP_WANT_WRITE ? IO_WRITE : IO_READ);
    }
}

static enum stream_status begin_tls(struct stream *stream, struct tls_context *context,
                                    struct str server_name)
{
    if (stream->status != STREAM_OK)
        return stream->status;
    if (stream->kind != STREAM_KIND_SOCKET || stream->tls)
        return stream_fail(stream, STREAM_ERROR, "TLS: not over this stream");
    if (stream->begin < stream->end)
        return stream_fail(stream, STREAM_ERROR, "TLS: input before the handshake");
    if (stream_flush(stream) != STREAM_OK)
        return stream->status;
    ERR_clear_error();
    SSL *ssl = tls_context_open(context, stream, server_name);
    if (!ssl) {
        stream_fail(stream, STREAM_ERROR, "TLS: %s", tls_last_error("cannot begin"));
        ERR_clear_error();
        return stream->status;
    }
    stream->tls = memory_get(sizeof *stream->tls);
    stream->tls->ssl = ssl;
    stream->tls->context = context;
    buf_init(&stream->tls->words, 1024);
    stream->layer = &tls_layer;
    handshake(stream);
    return stream->status;
}

enum stream_status stream_accept_tls(struct stream *stream, struct tls_context *context)
{
    assert(tls_context_is_server(context));
    return begin_tls(stream, context, (struct str){NULL, 0});
}

enum stream_status stream_connect_tls(struct stream *stream, struct tls_context *context,
                                      struct str server_name)
{
    assert(!tls_context_is_server(context));
    return begin_tls(stream, context, server_name);
}

const struct tls_info *stream_tls(const struct stream *stream)
{
    return stream->tls && stream->tls->info.protocol ? &stream->tls->info : NULL;
}
