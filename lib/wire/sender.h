/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sending side of a channel that several tasks send on while another one reads: messages go one after the
 * other, and waiting for room happens on a descriptor of its own, for only one task may wait on a descriptor
 * (io/task.h).
 */
#ifndef WIRE_SENDER_H
#define WIRE_SENDER_H

#include "io/task.h"
#include "wire/channel.h"

struct sender {
    int fd; /* owned: a duplicate */
    bool busy;
    struct gate turn;
};

/* Duplicates the socket; false with errno. */
bool sender_init(struct sender *sender, int socket);
/* No task may be sending. */
void sender_finish(struct sender *sender);

struct sender_fds {
    const int *at; /* borrowed */
    size_t count;
};
enum { SENDER_WAIT_MS = 10000 };
/* As channel_send, within SENDER_WAIT_MS; fds may be NULL. False with errno. */
bool sender_send(struct sender *sender, uint8_t kind, const struct wire_message *message, const void *object,
                 const struct sender_fds *fds);

#endif
