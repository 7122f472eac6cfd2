/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams: lines and their limits, deadlines, gathering, files, and what sticks after a failure. */
#include "unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/stream.h"
#include "io/task.h"

static void make_pair(int ends[2])
{
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
}

static struct stream *over(const char *text)
{
    return stream_over_memory(str_of(text), 1000, NULL);
}

/* --- lines --- */

TEST(a_line_comes_with_its_ending_whatever_that_is)
{
    struct stream *stream = over("one\r\ntwo\n\r\n\nlost");
    struct str line;
    CHECK(stream_line(stream, 100, &line) == STREAM_OK);
    CHECK_STR(line, "one\r\n");
    CHECK(stream_line(stream, 100, &line) == STREAM_OK);
    CHECK_STR(line, "two\n");
    CHECK(stream_line(stream, 100, &line) == STREAM_OK);
    CHECK_STR(line, "\r\n");
    CHECK(stream_line(stream, 100, &line) == STREAM_OK);
    CHECK_STR(line, "\n");
    CHECK(stream_line(stream, 100, &line) == STREAM_END);
    CHECK_STR(line, "");
    CHECK(stream_status(stream) == STREAM_END);
    CHECK(stream_line(stream, 100, &line) == STREAM_END);
    CHECK(stream_fill(stream, 1) == STREAM_END);
    stream_destroy(stream);
}

TEST(a_line_of_exactly_the_limit_is_taken_and_one_octet_more_is_thrown_away)
{
    struct stream *stream = over("12345678\r\n123456789\r\nnext\r\n1234567890123\r\nlast\r\n");
    struct str line;
    CHECK(stream_line(stream, 10, &line) == STREAM_OK);
    CHECK_STR(line, "12345678\r\n");
    CHECK(stream_line(stream, 10, &line) == STREAM_TOO_LONG);
    CHECK_STR(line, "");
    CHECK(stream_status(stream) == STREAM_OK);
    CHECK(stream_line(stream, 10, &line) == STREAM_OK);
    CHECK_STR(line, "next\r\n");
    CHECK(stream_line(stream, 10, &line) == STREAM_TOO_LONG);
    CHECK(stream_line(stream, 10, &line) == STREAM_OK);
    CHECK_STR(line, "last\r\n");
    stream_destroy(stream);
}

TEST(a_line_is_never_longer_than_the_input_limit)
{
    struct stream *stream = stream_over_memory(STR("1234567\n12345678\nnext\n"), 8, NULL);
    struct str line;
    CHECK(stream_line(stream, 1000, &line) == STREAM_OK);
    CHECK_STR(line, "1234567\n");
    CHECK(stream_line(stream, 1000, &line) == STREAM_TOO_LONG);
    CHECK(stream_line(stream, 1000, &line) == STREAM_OK);
    CHECK_STR(line, "next\n");
    CHECK(stream_line(stream, 1000, &line) == STREAM_END);
    stream_destroy(stream);
}

TEST(a_line_too_long_that_never_ends_is_the_end_of_input)
{
    struct stream *stream = over("12345678901234567890");
    struct str line;
    CHECK(stream_line(stream, 10, &line) == STREAM_END);
    stream_destroy(stream);
}

static const char conversation[] =
    "EHLO a\r\n\r\nMAIL FROM:<a@example.org>\r\nbare\nlong long long long long long"
    " long long long long long long\r\nDATA\r\n.\r\nunfinished";

struct collected {
    struct buf text;
    struct stream *stream;
};

static void collect_lines(void *arg)
{
    struct collected *collected = arg;
    struct str line;
    enum stream_status status;
    do {
        status = stream_line(collected->stream, 40, &line);
        if (status == STREAM_OK)
            buf_add(&collected->text, line);
        else
            buf_printf(&collected->text, "[%d]", status);
    } while (status == STREAM_OK || status == STREAM_TOO_LONG);
}

static void send_slowly(void *arg)
{
    int fd = *(int *)arg;
    for (size_t i = 0; i < sizeof conversation - 1; i++) {
        CHECK(send(fd, conversation + i, 1, MSG_NOSIGNAL) == 1);
        task_yield();
        task_yield();
    }
    io_close(fd);
}

TEST(how_input_is_cut_into_packets_makes_no_difference)
{
    struct collected whole = {.stream = over(conversation)}, slow = {0};
    buf_init(&whole.text, 10000);
    buf_init(&slow.text, 10000);
    collect_lines(&whole);
    CHECK_STR(buf_str(&whole.text), "EHLO a\r\n\r\nMAIL FROM:<a@example.org>\r\nbare\n[3]DATA\r\n.\r\n[1]");
    int ends[2];
    make_pair(ends);
    struct loop *loop = loop_create();
    slow.stream = stream_over_fd(ends[0], 1000);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    CHECK(task_start(loop, collect_lines, &slow));
    CHECK(task_start(loop, send_slowly, &ends[1]));
    loop_run(loop);
    CHECK(str_eq(buf_str(&whole.text), buf_str(&slow.text)));
    stream_destroy(whole.stream);
    stream_destroy(slow.stream);
    buf_finish(&whole.text);
    buf_finish(&slow.text);
    loop_destroy(loop);
}

TEST(many_lines_of_many_lengths_come_out_as_they_went_in)
{
    struct buf text, again;
    buf_init(&text, 1000000);
    buf_init(&again, 1000000);
    for (int i = 0; i < 3000; i++)
        buf_printf(&text, "%*d\r\n", i % 113 + 1, i);
    struct stream *stream = stream_over_memory(buf_str(&text), 6000, NULL);
    struct str line;
    while (stream_line(stream, 200, &line) == STREAM_OK)
        buf_add(&again, line);
    CHECK(str_eq(buf_str(&text), buf_str(&again)));
    stream_destroy(stream);
    buf_finish(&text);
    buf_finish(&again);
}

TEST(octets_are_counted_exactly)
{
    struct stream *stream = over("abcdefghij");
    char four[4];
    CHECK(stream_fill(stream, 3) == STREAM_OK);
    CHECK(stream_buffered(stream).len >= 3);
    stream_take(stream, 2);
    CHECK(stream_read(stream, four, 4) == STREAM_OK);
    CHECK_STR(str_make(four, 4), "cdef");
    CHECK(stream_read(stream, four, 4) == STREAM_OK);
    CHECK_STR(str_make(four, 4), "ghij");
    CHECK(stream_read(stream, four, 1) == STREAM_END);
    stream_destroy(stream);
}

/* --- deadlines --- */

static void check_timeouts(void *arg)
{
    int ends[2];
    (void)arg;
    make_pair(ends);
    struct stream *stream = stream_over_fd(ends[0], 100);
    struct str line;
    CHECK_INT(stream_fd(stream), ends[0]);
    CHECK(!stream_has_input(stream));
    CHECK(write(ends[1], "half", 4) == 4);
    CHECK(stream_has_input(stream));
    stream_set_timeout(stream, 20);
    int64_t start = time_monotonic_ms();
    CHECK(stream_line(stream, 50, &line) == STREAM_TIMEOUT);
    CHECK(time_monotonic_ms() - start >= 20);
    CHECK_STR(str_of(stream_error(stream)), "timeout");
    CHECK(write(ends[1], "\n", 1) == 1);
    CHECK(stream_line(stream, 50, &line) == STREAM_TIMEOUT);
    stream_write(stream, STR("too late"));
    CHECK(stream_flush(stream) == STREAM_TIMEOUT);

    char heard[10];
    CHECK(stream_reopen_for_farewell(stream));
    stream_write(stream, STR("bye"));
    CHECK(stream_flush(stream) == STREAM_OK);
    CHECK(read(ends[1], heard, sizeof heard) == 3 && memcmp(heard, "bye", 3) == 0);
    CHECK(stream_fill(stream, 10) == STREAM_TIMEOUT);
    io_close(ends[1]);
    stream_destroy(stream);
}

static void check_deadline(void *arg)
{
    int ends[2];
    (void)arg;
    make_pair(ends);
    struct stream *stream = stream_over_fd(ends[0], 100);
    stream_set_deadline(stream, deadline_in(20));
    CHECK(stream_fill(stream, 1) == STREAM_TIMEOUT);
    stream_destroy(stream);
    io_close(ends[1]);
}

/* Nobody reads at the other end. */
static void check_write_timeout(void *arg)
{
    int ends[2];
    char *much = calloc(1, 1 << 20);
    (void)arg;
    make_pair(ends);
    struct stream *stream = stream_over_fd(ends[0], 100);
    stream_set_timeout(stream, 20);
    for (int i = 0; i < 8; i++)
        stream_write(stream, str_make(much, 1 << 20));
    CHECK(stream_flush(stream) == STREAM_TIMEOUT);
    CHECK(!stream_reopen_for_farewell(stream)); /* half of it is out: nothing would make sense behind it */
    stream_destroy(stream);
    io_close(ends[1]);
    free(much);
}

static void in_task_and_outside(void (*check)(void *arg))
{
    check(NULL);
    struct loop *loop = loop_create();
    CHECK(task_start(loop, check, NULL));
    loop_run(loop);
    loop_destroy(loop);
}

TEST(a_wait_ends_with_the_timeout_and_the_timeout_sticks)
{
    in_task_and_outside(check_timeouts);
}

TEST(the_sum_of_waits_ends_with_the_deadline)
{
    in_task_and_outside(check_deadline);
}

TEST(a_peer_that_does_not_read_ends_in_a_timeout)
{
    in_task_and_outside(check_write_timeout);
}

struct waiter {
    struct stream *stream;
    bool ended;
};

static void wait_for_peer(void *arg)
{
    struct waiter *waiter = arg;
    CHECK(stream_fill(waiter->stream, 1) == STREAM_TIMEOUT);
    CHECK_STR(str_of(stream_error(waiter->stream)), "not waited for any longer");
    CHECK(stream_reopen_for_farewell(waiter->stream));
    stream_write(waiter->stream, STR("bye"));
    CHECK(stream_flush(waiter->stream) == STREAM_OK);
    waiter->ended = true;
}

static void stop_waiting(void *arg)
{
    struct waiter *waiter = arg;
    stream_stop_waiting(waiter->stream);
    stream_stop_waiting(waiter->stream);
}

TEST(another_task_can_end_a_wait_for_the_peer)
{
    int ends[2];
    char heard[10];
    struct loop *loop = loop_create();
    make_pair(ends);
    struct waiter waiter = {stream_over_fd(ends[0], 100), false};
    CHECK(task_start(loop, wait_for_peer, &waiter) && task_start(loop, stop_waiting, &waiter));
    loop_run(loop);
    CHECK(waiter.ended);
    CHECK(read(ends[1], heard, sizeof heard) == 3 && memcmp(heard, "bye", 3) == 0);
    stream_destroy(waiter.stream);
    loop_destroy(loop);
    close(ends[1]);
}

/* --- writing --- */

TEST(output_over_memory_is_what_was_written)
{
    struct buf out;
    char longer[1001];
    buf_init(&out, 2000);
    memset(longer, 'x', 1000);
    longer[1000] = '\0';
    struct stream *stream = stream_over_memory(STR(""), 10, &out);
    stream_write(stream, STR("250-a\r\n"));
    stream_printf(stream, "250 %d%s\r\n", 7, "b");
    CHECK(stream_flush(stream) == STREAM_OK);
    CHECK_STR(buf_str(&out), "250-a\r\n250 7b\r\n");
    stream_printf(stream, "%s", longer);
    CHECK_INT(out.len, 1015);
    stream_printf(stream, "%s", longer);
    CHECK(stream_flush(stream) == STREAM_ERROR);
    CHECK_INT(stream_fd(stream), -1);
    stream_destroy(stream);
    buf_finish(&out);
}

static void check_gathering(void *arg)
{
    int ends[2];
    char got[16];
    (void)arg;
    make_pair(ends);
    struct stream *stream = stream_over_fd(ends[0], 100);
    stream_write(stream, STR("abc"));
    CHECK(recv(ends[1], got, sizeof got, MSG_DONTWAIT) == -1 && errno == EAGAIN);
    stream_write(stream, STR("def"));
    CHECK(stream_flush(stream) == STREAM_OK);
    CHECK(recv(ends[1], got, sizeof got, MSG_DONTWAIT) == 6);
    /* Who waits for an answer has sent the question. */
    stream_write(stream, STR("question"));
    stream_set_timeout(stream, 10);
    CHECK(stream_fill(stream, 1) == STREAM_TIMEOUT);
    CHECK(recv(ends[1], got, sizeof got, MSG_DONTWAIT) == 8);
    stream_destroy(stream);
    io_close(ends[1]);
}

TEST(output_is_gathered_until_it_is_flushed_or_an_answer_is_waited_for)
{
    in_task_and_outside(check_gathering);
}

static void check_lost(void *arg)
{
    int ends[2];
    (void)arg;
    make_pair(ends);
    struct stream *stream = stream_over_fd(ends[0], 100);
    io_close(ends[1]);
    stream_write(stream, STR("abc"));
    CHECK(stream_status(stream) == STREAM_OK);
    CHECK(stream_flush(stream) == STREAM_ERROR);
    CHECK_STR(str_of(stream_error(stream)), "lost connection");
    CHECK(stream_fill(stream, 1) == STREAM_ERROR);
    stream_destroy(stream);
}

TEST(a_lost_connection_is_an_error_and_no_signal)
{
    in_task_and_outside(check_lost);
}

static void check_pipes(void *arg)
{
    int in[2], out[2];
    char got[16];
    struct str line;
    (void)arg;
    CHECK(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
    CHECK(write(in[1], "one\ntwo\n", 8) == 8);
    struct stream *reader = stream_over_fd(in[0], 100), *writer = stream_over_fd(out[1], 100);
    CHECK(stream_line(reader, 100, &line) == STREAM_OK);
    CHECK_STR(line, "one\n");
    CHECK(stream_line(reader, 100, &line) == STREAM_OK);
    stream_set_timeout(reader, 10);
    close(in[1]);
    CHECK(stream_line(reader, 100, &line) == STREAM_END);
    stream_write(writer, STR("three"));
    CHECK(stream_flush(writer) == STREAM_OK);
    CHECK(read(out[0], got, sizeof got) == 5);
    stream_destroy(reader);
    stream_destroy(writer);
    close(out[0]);
}

TEST(a_pipe_is_good_enough_for_a_stream)
{
    in_task_and_outside(check_pipes);
}

TEST(a_descriptor_given_away_leaves_what_was_buffered)
{
    int ends[2];
    make_pair(ends);
    struct stream *stream = stream_over_fd(ends[0], 100);
    CHECK(write(ends[1], "abc", 3) == 3);
    CHECK(stream_fill(stream, 2) == STREAM_OK);
    CHECK_INT(stream_release(stream), ends[0]);
    CHECK_STR(stream_buffered(stream), "abc");
    stream_destroy(stream);
    CHECK(fcntl(ends[0], F_GETFD) >= 0);
    close(ends[0]);
    close(ends[1]);
}

/* --- files --- */

struct transfer {
    int from, to;
    size_t len;
    int file;
};

static int make_file(size_t len)
{
    char path[200];
    snprintf(path, sizeof path, "%s/file", test_directory());
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    for (size_t i = 0; i < len; i += 1000) {
        char block[1000];
        memset(block, (int)('a' + i / 1000 % 26), sizeof block);
        CHECK(write(file, block, sizeof block) == sizeof block);
    }
    return file;
}

static void send_it(void *arg)
{
    struct transfer *transfer = arg;
    struct stream *stream = stream_over_fd(transfer->from, 100);
    stream_write(stream, STR("head:"));
    CHECK(stream_send_file(stream, transfer->file, 1000, transfer->len) == STREAM_OK);
    stream_write(stream, STR(":tail"));
    CHECK(stream_flush(stream) == STREAM_OK);
    stream_destroy(stream);
}

static void take_it(void *arg)
{
    struct transfer *transfer = arg;
    struct stream *stream = stream_over_fd(transfer->to, 3000);
    char *all = malloc(transfer->len + 10);
    CHECK(stream_read(stream, all, transfer->len + 10) == STREAM_OK);
    CHECK_STR(str_make(all, 6), "head:b");
    CHECK_STR(str_make(all + transfer->len + 5, 5), ":tail");
    for (size_t i = 0; i < transfer->len; i++) {
        if (all[5 + i] != (char)('a' + (i + 1000) / 1000 % 26)) {
            CHECK_INT(i, -1);
            break;
        }
    }
    CHECK(stream_fill(stream, 1) == STREAM_END);
    free(all);
    stream_destroy(stream);
}

static void transfer_file(size_t len)
{
    int ends[2];
    make_pair(ends);
    struct transfer transfer = {ends[0], ends[1], len, make_file(len + 1000)};
    struct loop *loop = loop_create();
    CHECK(task_start(loop, send_it, &transfer));
    CHECK(task_start(loop, take_it, &transfer));
    loop_run(loop);
    loop_destroy(loop);
    close(transfer.file);
}

TEST(a_file_goes_out_between_what_was_written_before_and_after)
{
    transfer_file(1);
    transfer_file(30000);
    transfer_file(3000000);
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    transfer_file(3000000);
    signal(SIGPIPE, before);
}

TEST(a_file_shorter_than_announced_breaks_the_stream)
{
    struct buf out;
    int file = make_file(2000), ends[2];
    buf_init(&out, 10000);
    struct stream *stream = stream_over_memory(STR(""), 10, &out);
    CHECK(stream_send_file(stream, file, 500, 1500) == STREAM_OK);
    CHECK_INT(out.len, 1500);
    CHECK(stream_send_file(stream, file, 500, 1501) == STREAM_ERROR);
    stream_destroy(stream);
    buf_finish(&out);
    make_pair(ends);
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    stream = stream_over_fd(ends[0], 100);
    CHECK(stream_send_file(stream, file, 0, 100000) == STREAM_ERROR);
    stream_destroy(stream);
    signal(SIGPIPE, before);
    close(ends[1]);
    close(file);
}
