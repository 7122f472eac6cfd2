/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages in packets: a kind octet and the encoding. */
#include "wire/channel.h"

#include <errno.h>
#include <unistd.h>

bool channel_send(int socket, uint8_t kind, const struct wire_message *message, const void *object,
                  const int *fds, size_t fd_count, int64_t deadline)
{
    struct buf bytes;
    buf_init(&bytes, PACKET_LIMIT);
    buf_add_char(&bytes, (char)kind);
    bool sent = wire_encode(message, object, &bytes);
    if (sent)
        sent = packet_send(socket, buf_str(&bytes), fds, fd_count, deadline);
    else
        errno = EMSGSIZE;
    buf_finish(&bytes);
    return sent;
}

void packet_init(struct packet *packet)
{
    *packet = (struct packet){.fd_count = 0};
    buf_init(&packet->bytes, PACKET_LIMIT);
}

static void close_fds(struct packet *packet)
{
    for (size_t i = 0; i < packet->fd_count; i++)
        if (packet->fds[i] >= 0)
            close(packet->fds[i]);
    packet->fd_count = 0;
}

void packet_finish(struct packet *packet)
{
    close_fds(packet);
    buf_finish(&packet->bytes);
}

int channel_receive(int socket, struct packet *packet, int64_t deadline)
{
    close_fds(packet);
    packet->fd_count = PACKET_FDS;
    int result = packet_receive(socket, &packet->bytes, packet->fds, &packet->fd_count, deadline);
    if (result != 1)
        packet->fd_count = 0;
    else
        packet->kind = packet->bytes.len ? (uint8_t)packet->bytes.at[0] : 0;
    return result;
}

bool packet_decode(const struct packet *packet, const struct wire_message *message, struct arena *arena,
                   void *object)
{
    if (packet->bytes.len && wire_decode(message, str_from(buf_str(&packet->bytes), 1), arena, object))
        return true;
    errno = EBADMSG;
    return false;
}

int packet_take_fd(struct packet *packet, size_t i)
{
    if (i >= packet->fd_count)
        return -1;
    int fd = packet->fds[i];
    packet->fds[i] = -1;
    return fd;
}
