/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS by OpenSSL: what a server or client needs to begin it, and what is known once it stands. TLS 1.2 and
 * newer, no renegotiation, no compression. A certificate is read again when its files change, without a
 * reload.
 */
#ifndef IO_TLS_H
#define IO_TLS_H

#include "base/arena.h"
#include "base/str.h"

struct tls_context;
struct stream;
struct verdict;

struct tls_server_options {
    const char *chain_file;  /* PEM: certificates, leaf first (may hold the key too) */
    const char *key_file;    /* PEM; NULL: in chain_file */
    const char *alpn;        /* protocol id ("imap", "pop3", "smtp"): a client that offers ALPN without it is
                                refused with alert 120 (RFC 7301 3.2); NULL: a client that offers
                                h2, http/1.1 or ftp is refused */
    const char *ticket_name; /* session tickets are bound to this name (the service) */
    bool ask_client_cert;
};

struct tls_client_options {
    bool verify;         /* the chain and the name must be good; else any certificate is taken */
    const char *ca_file; /* NULL: the system's */
    const char *alpn;    /* NULL: none offered */
};

/* NULL with *verdict filled ("454 4.7.0 TLS not available: <why>"). */
struct tls_context *tls_server_create(const struct tls_server_options *options, struct verdict *verdict);
struct tls_context *tls_client_create(const struct tls_client_options *options, struct verdict *verdict);
void tls_context_destroy(struct tls_context *context);
/* Another chain for clients that ask for this name by SNI (RFC 6066 3). */
bool tls_server_add_name(struct tls_context *context, const char *name, const char *chain_file,
                         const char *key_file, struct verdict *verdict);

struct tls_info {
    const char *protocol;   /* "TLSv1.3" */
    const char *cipher;     /* "TLS_AES_256_GCM_SHA384" */
    int bits;               /* secret bits of the cipher */
    struct str server_name; /* SNI; empty when none */
    bool resumed;
    bool peer_verified;     /* a certificate was sent and its chain is good */
    struct str peer_name;   /* subject CN or first dNSName of the peer's certificate; empty without one */
    struct str peer_sha256; /* fingerprint as AA:BB:...; empty without a certificate */
};

/* Channel-binding octets of the given type: "tls-exporter" (RFC 9266), "tls-server-end-point" (RFC 5929 4)
 * or, for TLS 1.2 only, "tls-unique". False when there is none. */
bool tls_channel_binding(const struct stream *stream, const char *type, struct arena *arena,
                         struct str *octets);

#endif
