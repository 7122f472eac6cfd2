/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets on sequenced Unix sockets, with descriptors: the floor under all talk between our programs. */
#ifndef IO_FDPASS_H
#define IO_FDPASS_H

#include <sys/types.h>
#include "base/buf.h"
#include "base/str.h"

enum { PACKET_LIMIT = 64 * 1024, PACKET_FDS = 4 };

/* Sends one packet with up to PACKET_FDS descriptors (borrowed). Waits by io_wait. False with errno. */
bool packet_send(int socket, struct str bytes, const int *fds, size_t fd_count, int64_t deadline);
/* Receives one packet of at most PACKET_LIMIT octets into *bytes (replaced) and its descriptors
 * (close-on-exec; the caller owns them; more than `fds` takes are closed). 1: a packet, 0: the peer is gone
 * (or sent a packet of nothing, which nobody of ours does), -1: errno (ETIMEDOUT at the deadline; EMSGSIZE
 * for an over-long packet, its descriptors closed). */
int packet_receive(int socket, struct buf *bytes, int *fds, size_t *fd_count, int64_t deadline);

/* Who is at the other end (SO_PEERCRED). */
bool peer_credentials(int socket, uid_t *uid, gid_t *gid, pid_t *pid);
/* A connected non-blocking close-on-exec SOCK_SEQPACKET to a path; -1 with errno. */
int unix_connect(const char *path);
/* A connected close-on-exec SOCK_STREAM, which blocks, to a path of any length; -1 with errno. */
int unix_connect_stream(const char *path);
/* Two ends, close-on-exec, non-blocking. */
bool unix_pair(int ends[2]);

#endif
