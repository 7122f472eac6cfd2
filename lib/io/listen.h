/* SPDX-License-Identifier: BSD-2-Clause */
/* Listening and connecting sockets, and printing addresses. */
#ifndef IO_LISTEN_H
#define IO_LISTEN_H

#include <netinet/in.h>
#include <sys/socket.h>
#include "base/str.h"

struct address { /* of a socket */
    struct sockaddr_storage storage;
    socklen_t len;
};

/* "192.0.2.1" or "2001:db8::1" with a port; false when ip is not a literal address. */
bool address_from_ip(struct str ip, uint16_t port, struct address *address);
/* The address part without port, as in logs; IPv4-mapped ones as IPv4. out has room for INET6_ADDRSTRLEN. */
const char *address_ip(const struct address *address, char out[INET6_ADDRSTRLEN]);
uint16_t address_port(const struct address *address);
bool address_is_loopback(const struct address *address);

/* Listening sockets, close-on-exec and non-blocking; -1 with errno. */
int listen_inet(const struct address *address);
/* SOCK_STREAM or SOCK_SEQPACKET at a path; mode is set before anyone can connect. Replaces a socket that is
 * there, dead or not: programs of a master that was killed may still hold it, and the caller (master, by the
 * lock on its pid file) knows that the path is its own. Anything else there is EADDRINUSE. */
int listen_unix(const char *path, int type, mode_t mode);

/* Waits for one connection; the accepted socket is non-blocking and close-on-exec, TCP_NODELAY set. -1:
 * errno, ETIMEDOUT at the deadline. */
int accept_one(int listener, struct address *peer, int64_t deadline);
/* Connects within the deadline, from `local` unless NULL; -1 with errno (ETIMEDOUT at the deadline). */
int connect_inet(const struct address *remote, const struct address *local, int64_t deadline);

/* A stream socket to a path. */
int connect_unix(struct str path, int64_t deadline);

#endif
