/* SPDX-License-Identifier: BSD-2-Clause */
/* Tasks: switching, waiting for descriptors, gates and threads, deadlines, and the end of the loop. */
#include "unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/task.h"

struct talk {
    int fd;
    int turns;
    int done;
};

static bool read_one(int fd, char *c)
{
    for (;;) {
        ssize_t got = read(fd, c, 1);
        if (got >= 0)
            return got == 1;
        if (errno != EAGAIN || io_wait(fd, IO_READ, deadline_in(5000)) != IO_READY)
            return false;
    }
}

static void echo(void *arg)
{
    struct talk *talk = arg;
    char c;
    while (read_one(talk->fd, &c) && write(talk->fd, &c, 1) == 1)
        talk->done++;
    io_close(talk->fd);
}

static void ask(void *arg)
{
    struct talk *talk = arg;
    for (char c = 0; talk->done < talk->turns; c++, talk->done++) {
        char answer = -1;
        CHECK(write(talk->fd, &c, 1) == 1);
        CHECK(read_one(talk->fd, &answer) && answer == c);
    }
    io_close(talk->fd);
}

static void make_pair(int ends[2])
{
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
}

TEST(two_tasks_talk_over_a_socket_pair)
{
    struct loop *loop = loop_create();
    int ends[2];
    make_pair(ends);
    struct talk server = {.fd = ends[0]}, client = {.fd = ends[1], .turns = 100};
    CHECK(task_start(loop, echo, &server));
    CHECK(task_start(loop, ask, &client));
    CHECK_INT(loop_task_count(loop), 2);
    loop_run(loop);
    CHECK_INT(server.done, 100);
    CHECK_INT(client.done, 100);
    CHECK_INT(loop_task_count(loop), 0);
    loop_destroy(loop);
}

static void talk_pairwise(void *arg)
{
    struct loop *loop = task_loop();
    (void)arg;
    for (int i = 0; i < 20; i++) {
        int ends[2];
        make_pair(ends);
        struct talk *server = calloc(1, sizeof *server);
        server->fd = ends[0];
        CHECK(task_start(loop, echo, server));
        struct talk client = {.fd = ends[1], .turns = 3};
        ask(&client);
        CHECK_INT(client.done, 3);
        task_yield();
        while (loop_task_count(loop) > 1)
            task_sleep(1);
        free(server);
    }
}

TEST(a_descriptor_number_may_be_used_again_after_it_was_forgotten)
{
    struct loop *loop = loop_create();
    CHECK(task_start(loop, talk_pairwise, NULL));
    loop_run(loop);
    loop_destroy(loop);
}

static void check_deadlines(void *arg)
{
    int ends[2];
    (void)arg;
    make_pair(ends);
    int64_t start = time_monotonic_ms();
    CHECK(io_wait(ends[0], IO_READ, deadline_in(20)) == IO_TIMEOUT);
    CHECK(time_monotonic_ms() - start >= 20);
    CHECK(io_wait(ends[0], IO_READ, deadline_in(0)) == IO_TIMEOUT);
    CHECK(io_wait(ends[0], IO_WRITE, deadline_in(1000)) == IO_READY);
    CHECK(io_wait(ends[0], IO_READ | IO_WRITE, deadline_in(1000)) == IO_READY);
    CHECK(io_wait(ends[0], IO_READ, deadline_in(20)) == IO_TIMEOUT);
    CHECK(write(ends[1], "x", 1) == 1);
    CHECK(io_wait(ends[0], IO_READ, deadline_in(0)) == IO_READY);
    CHECK(io_wait(ends[0], IO_READ, DEADLINE_NEVER) == IO_READY);
    io_close(ends[1]);
    CHECK(io_wait(ends[0], IO_READ, deadline_in(1000)) == IO_READY);
    io_close(ends[0]);
    CHECK(io_wait(-1, IO_READ, deadline_in(0)) == IO_ERROR && errno == EBADF);
}

TEST(a_wait_ends_at_its_deadline_outside_of_tasks)
{
    CHECK(!task_running());
    CHECK(task_loop() == NULL);
    check_deadlines(NULL);
    CHECK(io_wait(1000000, IO_READ, deadline_in(0)) == IO_ERROR && errno == EBADF);
}

TEST(a_wait_ends_at_its_deadline_in_a_task)
{
    struct loop *loop = loop_create();
    CHECK(task_start(loop, check_deadlines, NULL));
    loop_run(loop);
    loop_destroy(loop);
}

TEST(a_negative_span_is_never)
{
    CHECK(deadline_in(-1) == DEADLINE_NEVER);
    CHECK(deadline_in(INT64_MAX) == DEADLINE_NEVER);
    CHECK(deadline_in(1000) > time_monotonic_ms());
}

static void wait_unwatched(void *arg)
{
    int *ends = arg;
    char c;
    CHECK(write(ends[1], "ab", 2) == 2);
    CHECK(io_wait(ends[0], IO_READ, deadline_in(1000)) == IO_READY);
    CHECK(read(ends[0], &c, 1) == 1);
    task_sleep(5); /* the handle fires while nobody waits */
    CHECK(io_wait(ends[0], IO_READ, deadline_in(1000)) == IO_READY);
    CHECK(read(ends[0], &c, 1) == 1 && c == 'b');
    CHECK(io_wait(ends[0], IO_READ, deadline_in(5)) == IO_TIMEOUT);
    io_close(ends[0]);
    io_close(ends[1]);
}

TEST(what_came_while_nobody_waited_is_seen_by_the_next_wait)
{
    struct loop *loop = loop_create();
    int ends[2];
    make_pair(ends);
    CHECK(task_start(loop, wait_unwatched, ends));
    loop_run(loop);
    loop_destroy(loop);
}

/* --- gates --- */

struct crowd {
    struct gate gate;
    struct loop *loop;
    int order[4], arrived, next, late;
};

static void pass_gate(void *arg)
{
    struct crowd *crowd = arg;
    int me = crowd->arrived++;
    CHECK(gate_wait(&crowd->gate, DEADLINE_NEVER));
    crowd->order[crowd->next++] = me;
}

static void miss_gate(void *arg)
{
    struct crowd *crowd = arg;
    CHECK(!gate_wait(&crowd->gate, deadline_in(10)));
    crowd->late++;
}

static void open_gate(void *arg)
{
    struct crowd *crowd = arg;
    task_sleep(30);
    CHECK_INT(crowd->late, 1);
    gate_wake(&crowd->gate);
    CHECK_INT(crowd->next, 0);
    task_yield();
    CHECK_INT(crowd->next, 1);
    gate_wake_all(&crowd->gate);
    task_yield();
    CHECK_INT(crowd->next, 3);
    gate_wake(&crowd->gate);
}

TEST(a_gate_wakes_first_come_first_and_drops_who_waited_too_long)
{
    struct crowd crowd = {.loop = loop_create()};
    CHECK(task_start(crowd.loop, pass_gate, &crowd));
    CHECK(task_start(crowd.loop, miss_gate, &crowd));
    CHECK(task_start(crowd.loop, pass_gate, &crowd));
    CHECK(task_start(crowd.loop, pass_gate, &crowd));
    CHECK(task_start(crowd.loop, open_gate, &crowd));
    loop_run(crowd.loop);
    CHECK_INT(crowd.next, 3);
    for (int i = 0; i < 3; i++)
        CHECK_INT(crowd.order[i], i);
    CHECK(!crowd.gate.first && !crowd.gate.last);
    loop_destroy(crowd.loop);
}

/* --- many --- */

static void count_up(void *arg)
{
    ++*(int *)arg;
}

static void start_many(void *arg)
{
    for (int i = 0; i < 100; i++) {
        for (int k = 0; k < 100; k++)
            CHECK(task_start(task_loop(), count_up, arg));
        task_yield();
    }
}

TEST(ten_thousand_tasks_start_and_end)
{
    struct loop *loop = loop_create();
    int count = 0;
    CHECK(task_start(loop, start_many, &count));
    loop_run(loop);
    CHECK_INT(count, 10000);
    loop_destroy(loop);
}

static void stand_still(void *arg)
{
    struct crowd *crowd = arg;
    crowd->arrived++;
    CHECK(gate_wait(&crowd->gate, deadline_in(60000)));
    crowd->next++;
}

static void open_for_all(void *arg)
{
    struct crowd *crowd = arg;
    gate_wake_all(&crowd->gate);
}

TEST(two_thousand_tasks_wait_at_once)
{
    struct crowd crowd = {.loop = loop_create()};
    for (int i = 0; i < 2000; i++)
        CHECK(task_start(crowd.loop, stand_still, &crowd));
    CHECK(task_start(crowd.loop, open_for_all, &crowd));
    loop_run(crowd.loop);
    CHECK_INT(crowd.arrived, 2000);
    CHECK_INT(crowd.next, 2000);
    loop_destroy(crowd.loop);
}

static int depth(volatile char *above, int left)
{
    volatile char here[512];
    here[0] = above[0];
    return left == 0 ? here[0] : depth(here, left - 1) + 1;
}

static void go_deep(void *arg)
{
    volatile char zero = 0;
    *(int *)arg = depth(&zero, 60);
}

TEST(a_task_may_use_most_of_its_stack)
{
    struct loop *loop = loop_create();
    int deep = 0;
    CHECK(task_start(loop, go_deep, &deep));
    loop_run(loop);
    CHECK_INT(deep, 60);
    loop_destroy(loop);
}

/* --- the loop --- */

static void spin_until_stopped(void *arg)
{
    int *state = arg;
    while (*state == 0)
        task_yield();
}

static void stop_loop(void *arg)
{
    (void)arg;
    task_sleep(5);
    loop_stop(task_loop());
}

TEST(a_yielding_task_keeps_neither_timers_nor_the_end_of_the_loop_away)
{
    struct loop *loop = loop_create();
    int state = 0;
    CHECK(task_start(loop, spin_until_stopped, &state));
    CHECK(task_start(loop, stop_loop, NULL));
    loop_run(loop);
    CHECK_INT(loop_task_count(loop), 1);
    state = 1;
    loop_run(loop);
    CHECK_INT(loop_task_count(loop), 0);
    loop_destroy(loop);
}

TEST(a_loop_without_tasks_ends_at_once)
{
    struct loop *loop = loop_create();
    loop_run(loop);
    loop_destroy(loop);
}

static void wake_before_sleep(void *arg)
{
    struct crowd *crowd = arg;
    crowd->late++;
    gate_wake_all(&crowd->gate);
}

TEST(work_gathered_over_a_turn_is_done_before_the_sleep_and_may_wake_tasks)
{
    struct crowd crowd = {.loop = loop_create()};
    loop_before_sleep(crowd.loop, wake_before_sleep, &crowd);
    CHECK(task_start(crowd.loop, pass_gate, &crowd));
    loop_run(crowd.loop);
    CHECK_INT(crowd.next, 1);
    CHECK(crowd.late >= 1);
    loop_destroy(crowd.loop);
}

/* --- threads --- */

/* Passed only when both parties are in it at the same time. */
struct meeting {
    pthread_barrier_t barrier;
    struct thread_pool *pool;
    pthread_t loop_thread;
    int met;
};

static void meet(void *arg)
{
    struct meeting *meeting = arg;
    CHECK(!task_running());
    CHECK(!pthread_equal(pthread_self(), meeting->loop_thread));
    pthread_barrier_wait(&meeting->barrier);
}

static void meet_in_pool(void *arg)
{
    struct meeting *meeting = arg;
    thread_pool_run(meeting->pool, meet, meeting);
    CHECK(pthread_equal(pthread_self(), meeting->loop_thread));
    meeting->met++;
}

TEST(jobs_of_a_pool_overlap)
{
    struct loop *loop = loop_create();
    struct meeting meeting = {.pool = thread_pool_create(loop, 8), .loop_thread = pthread_self()};
    pthread_barrier_init(&meeting.barrier, NULL, 8);
    for (int i = 0; i < 64; i++)
        CHECK(task_start(loop, meet_in_pool, &meeting));
    loop_run(loop);
    CHECK_INT(meeting.met, 64);
    thread_pool_destroy(meeting.pool);
    pthread_barrier_destroy(&meeting.barrier);
    loop_destroy(loop);
}

static void meet_blocking(void *arg)
{
    struct meeting *meeting = arg;
    task_blocking(meet, meeting);
    meeting->met++;
}

TEST(blocking_work_leaves_the_loop_to_others)
{
    struct loop *loop = loop_create();
    struct meeting meeting = {.loop_thread = pthread_self()};
    pthread_barrier_init(&meeting.barrier, NULL, 2);
    for (int i = 0; i < 10; i++)
        CHECK(task_start(loop, meet_blocking, &meeting));
    loop_run(loop);
    CHECK_INT(meeting.met, 10);
    pthread_barrier_destroy(&meeting.barrier);
    loop_destroy(loop);
}

TEST(outside_of_tasks_blocking_work_is_done_directly)
{
    int count = 0;
    struct loop *loop = loop_create();
    struct thread_pool *pool = thread_pool_create(loop, 1);
    task_blocking(count_up, &count);
    thread_pool_run(pool, count_up, &count);
    task_yield();
    CHECK_INT(count, 2);
    thread_pool_destroy(pool);
    thread_pool_destroy(NULL);
    loop_destroy(loop);
}

/* --- ending another's wait --- */

struct canceled {
    int ends[2];
    enum io_result result;
    int error;
    bool again;
};

static void wait_to_be_canceled(void *arg)
{
    struct canceled *canceled = arg;
    canceled->result = io_wait(canceled->ends[0], IO_READ, DEADLINE_NEVER);
    canceled->error = errno;
    canceled->again = io_wait(canceled->ends[0], IO_READ, deadline_in(1000)) == IO_READY;
    io_close(canceled->ends[0]);
}

static void cancel_and_write(void *arg)
{
    const struct canceled *canceled = arg;
    io_cancel(canceled->ends[0]);
    io_cancel(canceled->ends[0]); /* nobody waits now */
    io_cancel(-1);
    io_cancel(100000);
    task_sleep(2);
    CHECK(write(canceled->ends[1], "x", 1) == 1);
}

TEST(a_wait_that_is_canceled_ends_at_once_and_the_next_one_is_not)
{
    struct canceled canceled = {.result = IO_READY};
    struct loop *loop = loop_create();
    CHECK(pipe2(canceled.ends, O_NONBLOCK | O_CLOEXEC) == 0);
    CHECK(task_start(loop, wait_to_be_canceled, &canceled) && task_start(loop, cancel_and_write, &canceled));
    loop_run(loop);
    loop_destroy(loop);
    CHECK(canceled.result == IO_ERROR && canceled.error == ECANCELED && canceled.again);
    close(canceled.ends[1]);
}
