/* SPDX-License-Identifier: BSD-2-Clause */
/* One after the other. */
#include "wire/sender.h"

#include <errno.h>
#include <fcntl.h>

bool sender_init(struct sender *sender, int socket)
{
    *sender = (struct sender){.fd = fcntl(socket, F_DUPFD_CLOEXEC, 3)};
    return sender->fd >= 0;
}

void sender_finish(struct sender *sender)
{
    if (sender->fd >= 0)
        io_close(sender->fd);
    sender->fd = -1;
}

bool sender_send(struct sender *sender, uint8_t kind, const struct wire_message *message, const void *object,
                 const struct sender_fds *fds)
{
    int64_t deadline = deadline_in(SENDER_WAIT_MS);
    while (sender->busy)
        if (!gate_wait(&sender->turn, deadline)) {
            errno = ETIMEDOUT;
            return false;
        }
    sender->busy = true;
    bool sent =
        channel_send(sender->fd, kind, message, object, fds ? fds->at : NULL, fds ? fds->count : 0, deadline);
    int error = errno;
    sender->busy = false;
    gate_wake(&sender->turn);
    errno = error;
    return sent;
}
