/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A channel carries messages of several kinds over a sequenced Unix socket: one packet a message, a kind
 * octet first (a number of the conversation's own enum), then the message's encoding. Requests that may
 * overlap carry a number of their own as a field.
 */
#ifndef WIRE_CHANNEL_H
#define WIRE_CHANNEL_H

#include "io/fdpass.h"
#include "wire/message.h"

/* Sends one message with descriptors (borrowed). False with errno; EMSGSIZE when it encodes to more than a
 * packet. */
bool channel_send(int socket, uint8_t kind, const struct wire_message *message, const void *object,
                  const int *fds, size_t fd_count, int64_t deadline);

/* A packet as it came. */
struct packet {
    struct buf bytes; /* owned */
    uint8_t kind;
    int fds[PACKET_FDS]; /* owned; taken by setting to -1 */
    size_t fd_count;
};
void packet_init(struct packet *packet);
void packet_finish(struct packet *packet); /* closes descriptors not taken */
/* 1: a packet, 0: the peer is gone, -1: errno. Closes the descriptors of the packet before. */
int channel_receive(int socket, struct packet *packet, int64_t deadline);
/* The message in a packet; texts are borrowed from the packet. False when it does not decode (EBADMSG). */
bool packet_decode(const struct packet *packet, const struct wire_message *message, struct arena *arena,
                   void *object);
/* Takes descriptor i; -1 when there is none. The caller owns it. */
int packet_take_fd(struct packet *packet, size_t i);

#endif
