/* SPDX-License-Identifier: BSD-2-Clause */
/* systemd: readiness (sd_notify(3)) and sockets handed over (sd_listen_fds(3)), by their protocols. */
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "master/master.h"

void notify_manager(const char *text)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = path ? strlen(path) : 0;
    if (len == 0 || len >= sizeof address.sun_path)
        return;
    memcpy(address.sun_path, path, len);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address,
           (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
    close(fd);
}

/* As our own sockets are: not waiting, and not for our programs by accident. */
static int prepare(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    bool done =
        flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
    return done ? fd : -1;
}

int activation_take(const char *name, size_t nth)
{
    enum { FIRST_FD = 3 };
    struct str names = str_of(getenv("LISTEN_FDNAMES")), word;
    const char *pid = getenv("LISTEN_PID"), *count_text = getenv("LISTEN_FDS");
    uint64_t count, owner;
    if (!pid || !count_text || !str_to_u64(str_of(pid), &owner) || owner != (uint64_t)getpid() ||
        !str_to_u64(str_of(count_text), &count))
        return -1;
    for (uint64_t i = 0; i < count && str_cut(&names, ':', &word); i++)
        if (str_eq(word, str_of(name)) && nth-- == 0)
            return prepare(FIRST_FD + (int)i);
    return -1;
}
