/* SPDX-License-Identifier: BSD-2-Clause */
/* Listening, accepting, connecting, and addresses in text. */
#include "unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file.h"
#include "io/listen.h"
#include "io/task.h"

enum { SOON_MS = 2000 };

static const char *path_of(const char *name)
{
    static char path[200];
    snprintf(path, sizeof path, "%s/%s", test_directory(), name);
    return path;
}

static int listen_somewhere(struct address *address)
{
    CHECK(address_from_ip(STR("127.0.0.1"), 0, address));
    int fd = listen_inet(address);
    address->len = sizeof address->storage;
    CHECK(fd >= 0 && getsockname(fd, (struct sockaddr *)&address->storage, &address->len) == 0);
    return fd;
}

static bool is_ours(int fd)
{
    return (fcntl(fd, F_GETFD) & FD_CLOEXEC) && (fcntl(fd, F_GETFL) & O_NONBLOCK);
}

/* --- addresses --- */

TEST(literal_addresses_are_read_and_printed)
{
    static const char *const texts[][2] = {
        {"192.0.2.1", "192.0.2.1"},
        {"127.0.0.1", "127.0.0.1"},
        {"2001:DB8:0:0::1", "2001:db8::1"},
        {"::ffff:192.0.2.9", "192.0.2.9"},
        {"::", "::"},
        {"0.0.0.0", "0.0.0.0"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct address address;
        char out[INET6_ADDRSTRLEN];
        CHECK(address_from_ip(str_of(texts[i][0]), 2525, &address));
        CHECK_STR(str_of(address_ip(&address, out)), texts[i][1]);
        CHECK_INT(address_port(&address), 2525);
    }
}

TEST(what_is_not_a_literal_address_is_refused)
{
    static const struct str bad[] = {STR_INIT(""),
                                     STR_INIT("localhost"),
                                     STR_INIT("192.0.2"),
                                     STR_INIT("192.0.2.256"),
                                     STR_INIT("192.0.2.1.5"),
                                     STR_INIT("192.0.2.1 "),
                                     STR_INIT("[::1]"),
                                     STR_INIT("fe80::1%eth0"),
                                     STR_INIT("1::2::3"),
                                     STR_INIT("127.0.0.1\0"),
                                     STR_INIT("127.0.0.1\0x"),
                                     STR_INIT("012.0.0.1"),
                                     STR_INIT("0x7f.0.0.1"),
                                     STR_INIT("2130706433")};
    struct address address;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (address_from_ip(bad[i], 25, &address))
            test_failed(__FILE__, __LINE__, STR_FMT " was taken", STR_ARG(bad[i]));
    char much[500];
    memset(much, '1', sizeof much);
    CHECK(!address_from_ip(str_make(much, sizeof much), 25, &address));
}

TEST(loopback_is_all_of_127_and_one)
{
    static const struct {
        const char *ip;
        bool loopback;
    } cases[] = {{"127.0.0.1", true},  {"127.255.0.9", true}, {"::1", true},  {"::ffff:127.0.0.1", true},
                 {"128.0.0.1", false}, {"12.7.0.1", false},   {"::2", false}, {"0.0.0.0", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct address address;
        CHECK(address_from_ip(str_of(cases[i].ip), 25, &address));
        CHECK(address_is_loopback(&address) == cases[i].loopback);
    }
}

/* --- inet --- */

TEST(a_connection_is_made_accepted_and_ours)
{
    struct address address, peer;
    char ip[INET6_ADDRSTRLEN];
    int on = 0, listener = listen_somewhere(&address);
    socklen_t len = sizeof on;
    CHECK(is_ours(listener));
    int client = connect_inet(&address, NULL, deadline_in(SOON_MS));
    int server = accept_one(listener, &peer, deadline_in(SOON_MS));
    CHECK(client >= 0 && server >= 0 && is_ours(client) && is_ours(server));
    CHECK_STR(str_of(address_ip(&peer, ip)), "127.0.0.1");
    CHECK(getsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, &len) == 0 && on);
    close(client);
    close(server);
    close(listener);
}

TEST(a_client_may_choose_where_it_comes_from)
{
    struct address address, local, peer, taken;
    char ip[INET6_ADDRSTRLEN];
    int listener = listen_somewhere(&address);
    CHECK(address_from_ip(STR("127.7.7.7"), 0, &local));
    int client = connect_inet(&address, &local, deadline_in(SOON_MS));
    int server = accept_one(listener, &peer, deadline_in(SOON_MS));
    CHECK(client >= 0 && server >= 0);
    CHECK_STR(str_of(address_ip(&peer, ip)), "127.7.7.7");
    CHECK(address_from_ip(STR("192.0.2.1"), 0, &taken)); /* RFC 5737: nobody's */
    CHECK_INT(connect_inet(&address, &taken, deadline_in(SOON_MS)), -1);
    CHECK_INT(errno, EADDRNOTAVAIL);
    close(client);
    close(server);
    close(listener);
}

TEST(a_port_is_listened_on_once_and_nobody_there_refuses)
{
    struct address address;
    int listener = listen_somewhere(&address);
    CHECK_INT(listen_inet(&address), -1);
    CHECK_INT(errno, EADDRINUSE);
    close(listener);
    CHECK_INT(connect_inet(&address, NULL, deadline_in(SOON_MS)), -1);
    CHECK_INT(errno, ECONNREFUSED);
    listener = listen_inet(&address);
    CHECK(listener >= 0);
    close(listener);
}

TEST(accepting_ends_at_the_deadline)
{
    struct address address, peer;
    int listener = listen_somewhere(&address);
    CHECK_INT(accept_one(listener, &peer, deadline_in(0)), -1);
    CHECK_INT(errno, ETIMEDOUT);
    CHECK_INT(accept_one(listener, &peer, deadline_in(10)), -1);
    CHECK_INT(errno, ETIMEDOUT);
    CHECK_INT(accept_one(-1, &peer, deadline_in(0)), -1);
    CHECK_INT(errno, EBADF);
    close(listener);
}

static void accept_without_descriptors(void *arg)
{
    struct address peer;
    int lowest = dup(0);
    struct rlimit none = {(rlim_t)lowest, (rlim_t)lowest + 1};
    close(lowest);
    CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
    CHECK_INT(accept_one(*(int *)arg, &peer, deadline_in(SOON_MS)), -1);
    CHECK_INT(errno, EMFILE);
    none.rlim_cur++;
    CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
    CHECK(accept_one(*(int *)arg, &peer, deadline_in(SOON_MS)) >= 0);
}

TEST(without_descriptors_a_connection_waits_and_is_accepted_later)
{
    struct address address;
    int listener = listen_somewhere(&address);
    int client = connect_inet(&address, NULL, deadline_in(SOON_MS));
    CHECK_INT(test_child(accept_without_descriptors, &listener), 0);
    close(client);
    close(listener);
}

/* The queue of a listener that accepts nobody is full: the kernel does not answer any more. */
TEST(connecting_ends_at_the_deadline)
{
    struct address address;
    int listener = listen_somewhere(&address), clients[8];
    size_t count = 0;
    CHECK(listen(listener, 0) == 0);
    while (count < 8 && (clients[count] = connect_inet(&address, NULL, deadline_in(30))) >= 0)
        count++;
    CHECK(count >= 1 && count < 8);
    CHECK_INT(errno, ETIMEDOUT);
    while (count)
        close(clients[--count]);
    close(listener);
}

/* --- unix --- */

TEST(a_unix_socket_has_its_mode_and_takes_connections)
{
    struct stat status;
    struct address peer;
    const char *path = path_of("mode");
    int listener = listen_unix(path, SOCK_STREAM, 0620);
    CHECK(listener >= 0 && is_ours(listener));
    CHECK(stat(path, &status) == 0 && S_ISSOCK(status.st_mode) && (status.st_mode & 0777) == 0620);
    int client = connect_unix(str_of(path), deadline_in(SOON_MS));
    int server = accept_one(listener, &peer, deadline_in(SOON_MS));
    CHECK(client >= 0 && server >= 0 && is_ours(client) && is_ours(server));
    CHECK_INT(address_port(&peer), 0);
    close(client);
    close(server);
    close(listener);
}

TEST(a_dead_socket_is_replaced)
{
    const char *path = path_of("dead");
    int first = listen_unix(path, SOCK_SEQPACKET, 0600);
    close(first);
    CHECK_INT(connect_unix(str_of(path), deadline_in(SOON_MS)), -1);
    int second = listen_unix(path, SOCK_STREAM, 0600);
    int client = connect_unix(str_of(path), deadline_in(SOON_MS));
    CHECK(second >= 0 && client >= 0);
    close(client);
    close(second);
}

TEST(what_is_no_socket_is_never_replaced)
{
    char path[200];
    struct stat status;
    snprintf(path, sizeof path, "%s", path_of("file"));
    CHECK(file_replace(AT_FDCWD, path, STR("precious"), 0600));
    CHECK_INT(listen_unix(path, SOCK_STREAM, 0600), -1);
    CHECK_INT(errno, EADDRINUSE);
    CHECK(stat(path, &status) == 0 && status.st_size == 8);
    CHECK(unlink(path) == 0 && symlink("elsewhere", path) == 0);
    CHECK_INT(listen_unix(path, SOCK_STREAM, 0600), -1);
    CHECK(lstat(path, &status) == 0 && S_ISLNK(status.st_mode));
}

TEST(a_path_that_cannot_be_is_refused)
{
    char path[200];
    CHECK_INT(listen_unix(path_of("missing/socket"), SOCK_STREAM, 0600), -1);
    CHECK_INT(errno, ENOENT);
    CHECK_INT(connect_unix(str_of(path_of("missing/socket")), deadline_in(SOON_MS)), -1);
    CHECK_INT(errno, ENOENT);
    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    CHECK_INT(listen_unix(path, SOCK_STREAM, 0600), -1);
    CHECK_INT(errno, ENAMETOOLONG);
    CHECK_INT(connect_unix(str_of(path), deadline_in(SOON_MS)), -1);
    CHECK_INT(errno, ENAMETOOLONG);
}

TEST(a_socket_that_cannot_be_listened_on_leaves_nothing)
{
    struct stat status;
    const char *path = path_of("datagrams");
    CHECK_INT(listen_unix(path, SOCK_DGRAM, 0600), -1);
    CHECK_INT(errno, EOPNOTSUPP);
    CHECK(lstat(path, &status) != 0);
}
