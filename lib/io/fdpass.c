/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets and descriptors over sequenced Unix sockets. */
#include "io/fdpass.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/task.h"

/* Waits in the way of io_wait; false with errno at the deadline and on errors. */
static bool wait_for(int socket, enum io_events events, int64_t deadline)
{
    enum io_result result = io_wait(socket, events, deadline);
    if (result == IO_TIMEOUT)
        errno = ETIMEDOUT;
    return result == IO_READY;
}

bool packet_send(int socket, struct str bytes, const int *fds, size_t fd_count, int64_t deadline)
{
    union {
        struct cmsghdr header;
        char octets[CMSG_SPACE(sizeof(int) * PACKET_FDS)];
    } control = {.octets = {0}};
    struct iovec part = {(void *)(uintptr_t)bytes.at, bytes.len};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    assert(fd_count <= PACKET_FDS);
    if (fd_count) {
        message.msg_control = control.octets;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
        memcpy(CMSG_DATA(&control.header), fds, sizeof(int) * fd_count);
    }
    for (;;) {
        if (sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
            return true;
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN || !wait_for(socket, IO_WRITE, deadline))
            return false;
    }
}

/* Takes the descriptors of a packet; what there is no room for is closed. */
static void take_fds(struct msghdr *message, size_t room, int *fds, size_t *fd_count)
{
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header; header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
            if (*fd_count < room)
                fds[(*fd_count)++] = fd;
            else
                close(fd);
        }
    }
}

static ssize_t receive(int socket, struct msghdr *message, int64_t deadline)
{
    for (;;) {
        ssize_t got = recvmsg(socket, message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
        if (got >= 0 || (errno != EINTR && errno != EAGAIN))
            return got;
        if (errno == EAGAIN && !wait_for(socket, IO_READ, deadline))
            return -1;
    }
}

int packet_receive(int socket, struct buf *bytes, int *fds, size_t *fd_count, int64_t deadline)
{
    union {
        struct cmsghdr header;
        char octets[CMSG_SPACE(sizeof(int) * PACKET_FDS)];
    } control;
    size_t room = *fd_count;
    *fd_count = 0;
    buf_clear(bytes);
    struct iovec part = {buf_room(bytes, PACKET_LIMIT), PACKET_LIMIT};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.octets,
                             .msg_controllen = sizeof control.octets};
    if (!part.iov_base) {
        errno = ENOBUFS;
        return -1;
    }
    ssize_t got = receive(socket, &message, deadline);
    if (got < 0)
        return errno == ECONNRESET ? 0 : -1;
    bool cut = message.msg_flags & (MSG_TRUNC | MSG_CTRUNC);
    take_fds(&message, cut || got == 0 ? 0 : room, fds, fd_count); /* a packet of nothing may have some too */
    bytes->len = cut ? 0 : (size_t)got;
    errno = EMSGSIZE;
    return cut ? -1 : got > 0;
}

bool peer_credentials(int socket, uid_t *uid, gid_t *gid, pid_t *pid)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
        return false;
    *uid = peer.uid;
    *gid = peer.gid;
    *pid = peer.pid;
    return true;
}

int unix_connect(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len >= sizeof name.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(name.sun_path, path, len);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    if (connect(fd, (struct sockaddr *)&name, sizeof name) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

bool unix_pair(int ends[2])
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0;
}

/* A path that is too long for a socket address is reached by way of its directory's descriptor. */
static bool short_path(const char *path, int *directory, char *out, size_t size)
{
    *directory = -1;
    if (strlen(path) < size) {
        snprintf(out, size, "%s", path);
        return true;
    }
    struct str whole = str_of(path);
    size_t slash = str_find_last(whole, '/');
    char folder[4096];
    if (slash == SIZE_MAX || slash >= sizeof folder) {
        errno = ENAMETOOLONG;
        return false;
    }
    snprintf(folder, sizeof folder, "%.*s", (int)slash, path);
    *directory = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*directory < 0)
        return false;
    int len = snprintf(out, size, "/proc/self/fd/%d%s", *directory, path + slash);
    if (len > 0 && (size_t)len < size)
        return true;
    close(*directory);
    errno = ENAMETOOLONG;
    return false;
}

int unix_connect_stream(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int directory;
    if (!short_path(path, &directory, address.sun_path, sizeof address.sun_path))
        return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        int error = errno;
        close(fd);
        errno = error;
        fd = -1;
    }
    int error = errno;
    if (directory >= 0)
        close(directory);
    errno = error;
    return fd;
}
