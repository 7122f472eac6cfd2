/* SPDX-License-Identifier: BSD-2-Clause */
/* What contexts (tls.c), streams with TLS (stream_tls.c) and what is known of them (tls_info.c) share. Inside
 * lib/io only; the contract is io/tls.h. */
#ifndef IO_TLS_STATE_H
#define IO_TLS_STATE_H

#include <openssl/ssl.h>

#include "io/stream_state.h"
#include "io/tls.h"

/* A server's context is counted, for its streams may outlive a reload of the program's configuration. */
struct tls_context;

/* A new SSL over the stream, as server (server_name ignored) or client; it holds the context. NULL when
 * OpenSSL refuses. Given back by tls_context_close. */
SSL *tls_context_open(struct tls_context *context, struct stream *stream, struct str server_name);
void tls_context_close(struct tls_context *context, SSL *ssl);
bool tls_context_is_server(const struct tls_context *context);
/* The method of the BIO between OpenSSL and a stream's socket: stream_tls.c. */
BIO_METHOD *stream_tls_method(void);

/* The words for what OpenSSL queued last in this thread; `otherwise` when it queued nothing. */
const char *tls_last_error(const char *otherwise);

struct stream_tls {
    SSL *ssl;
    struct tls_context *context; /* counted */
    struct tls_info info;
    struct buf words; /* what the strs of info point into */
    int error;        /* errno of the socket, or 0 */
    bool ended;       /* the socket is at its end */
    bool standing;    /* the handshake is done and nothing fatal happened */
};

/* Fills tls->info once the handshake is done. */
void tls_info_fill(struct stream_tls *tls);

#endif
