/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets and descriptors over sequenced sockets: what gets through, what is refused, and that nothing leaks.
 */
#include "unit/test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/fdpass.h"
#include "io/listen.h"
#include "io/task.h"

enum { SOON_MS = 20 };

static size_t count_open(void)
{
    size_t count = 0;
    DIR *directory = opendir("/proc/self/fd");
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

/* Sends as a stranger would, past packet_send: any number of descriptors. */
static void send_raw(int socket, struct str bytes, int fd, size_t count)
{
    char control[CMSG_SPACE(sizeof(int) * 64)] = {0};
    struct iovec part = {(void *)(uintptr_t)bytes.at, bytes.len};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (count) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * count);
        for (size_t i = 0; i < count; i++)
            memcpy(CMSG_DATA(header) + i * sizeof fd, &fd, sizeof fd);
    }
    CHECK(sendmsg(socket, &message, MSG_NOSIGNAL) >= 0);
}

struct line {
    int ends[2];
    struct buf bytes;
    int fds[PACKET_FDS];
    size_t fd_count;
    size_t open_before;
};

static void line_open(struct line *line)
{
    line->open_before = count_open();
    CHECK(unix_pair(line->ends));
    buf_init(&line->bytes, PACKET_LIMIT);
    line->fd_count = PACKET_FDS;
}

static void line_close(struct line *line)
{
    for (int i = 0; i < 2; i++)
        if (line->ends[i] >= 0)
            close(line->ends[i]);
    buf_finish(&line->bytes);
    CHECK_INT(count_open(), line->open_before);
}

static int receive(struct line *line)
{
    line->fd_count = PACKET_FDS;
    return packet_receive(line->ends[1], &line->bytes, line->fds, &line->fd_count, deadline_in(SOON_MS));
}

static bool is_close_on_exec(int fd)
{
    return fcntl(fd, F_GETFD) & FD_CLOEXEC;
}

TEST(packets_keep_their_borders)
{
    struct line line;
    line_open(&line);
    CHECK(packet_send(line.ends[0], STR("one"), NULL, 0, deadline_in(SOON_MS)));
    CHECK(packet_send(line.ends[0], STR("\0two"), NULL, 0, deadline_in(SOON_MS)));
    CHECK_INT(receive(&line), 1);
    CHECK_STR(buf_str(&line.bytes), "one");
    CHECK_INT(line.fd_count, 0);
    CHECK_INT(receive(&line), 1);
    CHECK(str_eq(buf_str(&line.bytes), STR("\0two")));
    line_close(&line);
}

TEST(descriptors_arrive_and_close_on_exec)
{
    struct line line;
    int pipes[2], sent[PACKET_FDS];
    char octet = 0;
    line_open(&line);
    CHECK(pipe(pipes) == 0);
    for (int i = 0; i < PACKET_FDS; i++)
        sent[i] = pipes[1];
    CHECK(packet_send(line.ends[0], STR("take these"), sent, PACKET_FDS, deadline_in(SOON_MS)));
    CHECK_INT(receive(&line), 1);
    CHECK_INT(line.fd_count, PACKET_FDS);
    for (size_t i = 0; i < line.fd_count; i++) {
        CHECK(is_close_on_exec(line.fds[i]));
        CHECK(write(line.fds[i], "x", 1) == 1 && read(pipes[0], &octet, 1) == 1 && octet == 'x');
        close(line.fds[i]);
    }
    close(pipes[0]);
    close(pipes[1]);
    line_close(&line);
}

TEST(descriptors_that_the_caller_has_no_room_for_are_closed)
{
    struct line line;
    line_open(&line);
    int sent[3] = {line.ends[0], line.ends[0], line.ends[0]};
    CHECK(packet_send(line.ends[0], STR("three"), sent, 3, deadline_in(SOON_MS)));
    line.fd_count = 1;
    CHECK_INT(packet_receive(line.ends[1], &line.bytes, line.fds, &line.fd_count, deadline_in(SOON_MS)), 1);
    CHECK_INT(line.fd_count, 1);
    close(line.fds[0]);
    line_close(&line);
}

TEST(more_descriptors_than_a_packet_may_have_are_refused_and_none_is_left_open)
{
    static const size_t counts[] = {PACKET_FDS + 1, PACKET_FDS + 2, 30, 64};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct line line;
        line_open(&line);
        send_raw(line.ends[0], STR("too many"), line.ends[0], counts[i]);
        CHECK(packet_send(line.ends[0], STR("next"), NULL, 0, deadline_in(SOON_MS)));
        CHECK_INT(receive(&line), -1);
        CHECK_INT(errno, EMSGSIZE);
        CHECK_INT(line.fd_count, 0);
        CHECK_INT(receive(&line), 1);
        CHECK_STR(buf_str(&line.bytes), "next");
        line_close(&line);
    }
}

TEST(a_packet_of_the_limit_is_taken_and_one_octet_more_is_not)
{
    struct line line;
    struct buf large;
    line_open(&line);
    buf_init(&large, PACKET_LIMIT + 1);
    memset(buf_room(&large, PACKET_LIMIT + 1), 'x', PACKET_LIMIT + 1);
    large.len = PACKET_LIMIT;
    send_raw(line.ends[0], buf_str(&large), -1, 0);
    CHECK_INT(receive(&line), 1);
    CHECK(str_eq(buf_str(&line.bytes), buf_str(&large)));
    large.len = PACKET_LIMIT + 1;
    send_raw(line.ends[0], buf_str(&large), line.ends[0], 2);
    CHECK_INT(receive(&line), -1);
    CHECK_INT(errno, EMSGSIZE);
    CHECK_INT(line.fd_count, 0);
    buf_finish(&large);
    line_close(&line);
}

/* A packet of nothing looks like the end; what came with it must go all the same. */
TEST(an_empty_packet_is_the_end_and_leaks_no_descriptor)
{
    struct line line;
    line_open(&line);
    send_raw(line.ends[0], STR(""), line.ends[0], 3);
    CHECK_INT(receive(&line), 0);
    CHECK_INT(line.fd_count, 0);
    line_close(&line);
}

static void receive_without_descriptors_left(void *arg)
{
    struct line *line = arg;
    int lowest = dup(0);
    struct rlimit none = {(rlim_t)lowest, (rlim_t)lowest};
    close(lowest);
    CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
    CHECK_INT(receive(line), -1);
    CHECK_INT(errno, EMSGSIZE);
    CHECK_INT(line->fd_count, 0);
    CHECK_INT(receive(line), 1);
    CHECK_STR(buf_str(&line->bytes), "next");
}

TEST(without_a_free_descriptor_the_packet_is_refused_and_the_next_one_taken)
{
    struct line line;
    line_open(&line);
    int sent[2] = {line.ends[0], line.ends[1]};
    CHECK(packet_send(line.ends[0], STR("two"), sent, 2, deadline_in(SOON_MS)));
    CHECK(packet_send(line.ends[0], STR("next"), NULL, 0, deadline_in(SOON_MS)));
    CHECK_INT(test_child(receive_without_descriptors_left, &line), 0);
    line_close(&line);
}

TEST(a_peer_that_is_gone_is_the_end_and_sending_to_it_fails)
{
    struct line line;
    line_open(&line);
    CHECK(packet_send(line.ends[0], STR("last"), NULL, 0, deadline_in(SOON_MS)));
    close(line.ends[0]);
    line.ends[0] = -1;
    CHECK_INT(receive(&line), 1);
    CHECK_STR(buf_str(&line.bytes), "last");
    CHECK_INT(receive(&line), 0);
    CHECK_INT(receive(&line), 0);
    CHECK(!packet_send(line.ends[1], STR("nobody"), NULL, 0, deadline_in(SOON_MS)));
    CHECK(errno == EPIPE || errno == ECONNRESET);
    line_close(&line);
}

TEST(waiting_for_a_packet_ends_at_the_deadline)
{
    struct line line;
    line_open(&line);
    CHECK_INT(receive(&line), -1);
    CHECK_INT(errno, ETIMEDOUT);
    CHECK_INT(packet_receive(line.ends[1], &line.bytes, line.fds, &line.fd_count, deadline_in(0)), -1);
    CHECK_INT(errno, ETIMEDOUT);
    line_close(&line);
}

TEST(a_peer_that_does_not_read_is_waited_for_until_the_deadline)
{
    struct line line;
    int sent = 0;
    line_open(&line);
    while (packet_send(line.ends[0], STR("more"), NULL, 0, deadline_in(SOON_MS)))
        sent++;
    CHECK(sent > 0);
    CHECK_INT(errno, ETIMEDOUT);
    for (; sent; sent--)
        CHECK_INT(receive(&line), 1);
    CHECK_INT(receive(&line), -1);
    line_close(&line);
}

static void do_nothing(int number)
{
    (void)number;
}

TEST(a_signal_does_not_end_waiting)
{
    struct line line;
    struct sigaction action = {.sa_handler = do_nothing}, before;
    struct itimerval often = {{0, 2000}, {0, 2000}}, never = {{0, 0}, {0, 0}};
    line_open(&line);
    sigaction(SIGALRM, &action, &before);
    setitimer(ITIMER_REAL, &often, NULL);
    int64_t start = time_monotonic_ms();
    CHECK_INT(receive(&line), -1);
    CHECK_INT(errno, ETIMEDOUT);
    CHECK(time_monotonic_ms() - start >= SOON_MS);
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    line_close(&line);
}

TEST(a_buffer_that_cannot_hold_a_packet_is_refused_and_the_packet_stays)
{
    struct line line;
    struct buf small;
    line_open(&line);
    buf_init(&small, 10);
    CHECK(packet_send(line.ends[0], STR("here"), NULL, 0, deadline_in(SOON_MS)));
    line.fd_count = PACKET_FDS;
    CHECK_INT(packet_receive(line.ends[1], &small, line.fds, &line.fd_count, deadline_in(SOON_MS)), -1);
    CHECK_INT(errno, ENOBUFS);
    CHECK_INT(line.fd_count, 0);
    CHECK_INT(receive(&line), 1);
    buf_finish(&small);
    line_close(&line);
}

TEST(a_bad_descriptor_is_not_sent)
{
    struct line line;
    int bad = 9999;
    line_open(&line);
    CHECK(!packet_send(line.ends[0], STR("x"), &bad, 1, deadline_in(SOON_MS)));
    CHECK_INT(errno, EBADF);
    line_close(&line);
}

static void send_five(void *arg)
{
    const struct line *line = arg;
    int fds[PACKET_FDS + 1] = {0};
    packet_send(line->ends[0], STR("x"), fds, PACKET_FDS + 1, deadline_in(SOON_MS));
}

TEST(sending_more_descriptors_than_a_packet_may_have_is_our_bug)
{
    struct line line;
    line_open(&line);
    CHECK(test_child_aborts(send_five, &line));
    line_close(&line);
}

TEST(the_kernel_says_who_the_peer_is)
{
    struct line line;
    uid_t uid;
    gid_t gid;
    pid_t pid;
    line_open(&line);
    CHECK(peer_credentials(line.ends[0], &uid, &gid, &pid));
    CHECK(uid == geteuid() && gid == getegid() && pid == getpid());
    CHECK(!peer_credentials(-1, &uid, &gid, &pid));
    line_close(&line);
}

TEST(connecting_to_a_path_finds_who_listens_there)
{
    char path[200];
    size_t open_before = count_open();
    snprintf(path, sizeof path, "%s/socket", test_directory());
    CHECK_INT(unix_connect(path), -1);
    CHECK_INT(errno, ENOENT);
    int listener = listen_unix(path, SOCK_SEQPACKET, 0600);
    int fd = unix_connect(path);
    CHECK(listener >= 0 && fd >= 0 && is_close_on_exec(fd) && (fcntl(fd, F_GETFL) & O_NONBLOCK));
    close(fd);
    close(listener);
    CHECK_INT(unix_connect(path), -1);
    CHECK_INT(errno, ECONNREFUSED);
    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    CHECK_INT(unix_connect(path), -1);
    CHECK_INT(errno, ENAMETOOLONG);
    CHECK_INT(count_open(), open_before);
}

/* --- the same in tasks --- */

struct talk {
    struct line line;
    int received;
};

static void send_many(void *arg)
{
    struct talk *talk = arg;
    for (int i = 0; i < 1000; i++)
        CHECK(packet_send(talk->line.ends[0], STR("packet"), NULL, 0, deadline_in(10000)));
    io_close(talk->line.ends[0]);
    talk->line.ends[0] = -1;
}

static void receive_many(void *arg)
{
    struct talk *talk = arg;
    while (talk->line.fd_count = PACKET_FDS,
           packet_receive(talk->line.ends[1], &talk->line.bytes, talk->line.fds, &talk->line.fd_count,
                          deadline_in(10000)) == 1)
        talk->received++;
    io_close(talk->line.ends[1]);
    talk->line.ends[1] = -1;
}

TEST(tasks_wait_for_each_other_and_lose_no_packet)
{
    struct talk talk = {.received = 0};
    loop_destroy(loop_create()); /* the first one opens what the process keeps */
    line_open(&talk.line);
    struct loop *loop = loop_create();
    CHECK(task_start(loop, send_many, &talk) && task_start(loop, receive_many, &talk));
    loop_run(loop);
    loop_destroy(loop);
    CHECK_INT(talk.received, 1000);
    line_close(&talk.line);
}
