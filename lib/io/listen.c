/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets to listen on and to connect with. */
#include "io/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/task.h"

enum { BACKLOG = 4096 };

bool address_from_ip(struct str ip, uint16_t port, struct address *address)
{
    char text[INET6_ADDRSTRLEN];
    struct sockaddr_in *v4 = (struct sockaddr_in *)&address->storage;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address->storage;
    memset(address, 0, sizeof *address);
    if (ip.len >= sizeof text || ip.len == 0 || str_contains(ip, '\0'))
        return false;
    memcpy(text, ip.at, ip.len);
    text[ip.len] = '\0';
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        address->len = sizeof *v4;
        return true;
    }
    if (inet_pton(AF_INET6, text, &v6->sin6_addr) != 1)
        return false;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address->len = sizeof *v6;
    return true;
}

const char *address_ip(const struct address *address, char out[INET6_ADDRSTRLEN])
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address->storage;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address->storage;
    out[0] = '\0';
    if (address->storage.ss_family == AF_INET)
        inet_ntop(AF_INET, &v4->sin_addr, out, INET6_ADDRSTRLEN);
    else if (address->storage.ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
        inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], out, INET6_ADDRSTRLEN);
    else if (address->storage.ss_family == AF_INET6)
        inet_ntop(AF_INET6, &v6->sin6_addr, out, INET6_ADDRSTRLEN);
    return out;
}

uint16_t address_port(const struct address *address)
{
    if (address->storage.ss_family == AF_INET)
        return ntohs(((const struct sockaddr_in *)&address->storage)->sin_port);
    if (address->storage.ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)&address->storage)->sin6_port);
    return 0;
}

bool address_is_loopback(const struct address *address)
{
    char ip[INET6_ADDRSTRLEN];
    struct str text = str_of(address_ip(address, ip));
    return str_starts(text, STR("127.")) || str_eq(text, STR("::1"));
}

static int close_with_error(int fd)
{
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

int listen_inet(const struct address *address)
{
    int family = address->storage.ss_family, on = 1;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    bool done = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                (family != AF_INET6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0) &&
                bind(fd, (const struct sockaddr *)&address->storage, address->len) == 0 &&
                listen(fd, BACKLOG) == 0;
    return done ? fd : close_with_error(fd);
}

static bool unix_name(struct str path, struct sockaddr_un *name)
{
    *name = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (path.len >= sizeof name->sun_path) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(name->sun_path, path.at, path.len);
    return true;
}

int listen_unix(const char *path, int type, mode_t mode)
{
    struct sockaddr_un name;
    struct stat status;
    if (!unix_name(str_of(path), &name))
        return -1;
    if (lstat(path, &status) == 0 && S_ISSOCK(status.st_mode))
        unlink(path);
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    /* Nobody can connect before listen(2), by when the mode is right. */
    if (bind(fd, (struct sockaddr *)&name, sizeof name) != 0)
        return close_with_error(fd);
    if (chmod(path, mode) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int error = errno;
    unlink(path);
    errno = error;
    return close_with_error(fd);
}

int accept_one(int listener, struct address *peer, int64_t deadline)
{
    for (;;) {
        peer->len = sizeof peer->storage;
        int fd =
            accept4(listener, (struct sockaddr *)&peer->storage, &peer->len, SOCK_CLOEXEC | SOCK_NONBLOCK);
        int on = 1;
        if (fd >= 0) {
            if (peer->storage.ss_family != AF_UNIX)
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            return fd;
        }
        if (errno == EINTR || errno == ECONNABORTED)
            continue;
        if (errno != EAGAIN)
            return -1;
        enum io_result result = io_wait(listener, IO_READ, deadline);
        if (result == IO_TIMEOUT)
            errno = ETIMEDOUT;
        if (result != IO_READY)
            return -1;
    }
}

static bool finish_connect(int fd, int64_t deadline)
{
    int error = 0;
    socklen_t len = sizeof error;
    enum io_result result = io_wait(fd, IO_WRITE, deadline);
    if (result == IO_READY && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0)
        errno = error;
    else if (result == IO_TIMEOUT)
        errno = error = ETIMEDOUT;
    else
        error = errno;
    return error == 0;
}

static int connect_socket(int fd, const struct sockaddr *name, socklen_t len, int64_t deadline)
{
    bool done = connect(fd, name, len) == 0 || (errno == EINPROGRESS && finish_connect(fd, deadline));
    if (done)
        return fd;
    int error = errno;
    io_close(fd);
    errno = error;
    return -1;
}

int connect_inet(const struct address *remote, const struct address *local, int64_t deadline)
{
    int on = 1;
    int fd = socket(remote->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (local && bind(fd, (const struct sockaddr *)&local->storage, local->len) != 0)
        return close_with_error(fd);
    return connect_socket(fd, (const struct sockaddr *)&remote->storage, remote->len, deadline);
}

int connect_unix(struct str path, int64_t deadline)
{
    struct sockaddr_un name;
    if (!unix_name(path, &name))
        return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    return connect_socket(fd, (struct sockaddr *)&name, sizeof name, deadline);
}
