/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tasks: started, run, parked, woken. A task that waits has said what for (a descriptor, a gate, a thread),
 * at most one timer runs for it inside libuv's heap, and it stands in no queue; who wakes it takes all of
 * that back and puts it into the ready queue. Tasks are switched only between the loop's own stack and
 * theirs.
 */
#include "io/task.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/task_state.h"

enum {
    POOL_WARM = 64,   /* pooled stacks that keep their pages */
    POOL_MOST = 1024, /* pooled stacks at all */
    ROUNDS_MOST = 16, /* of woken tasks that run before the loop looks for events again */
};

_Thread_local struct task *task_current;

int64_t time_monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t deadline_in(int64_t ms)
{
    int64_t now = time_monotonic_ms();
    return ms < 0 || ms > DEADLINE_NEVER - now ? DEADLINE_NEVER : now + ms;
}

static void queue_add(struct task_queue *queue, struct task *task)
{
    task->next = NULL;
    if (queue->last)
        queue->last->next = task;
    else
        queue->first = task;
    queue->last = task;
}

static struct task *queue_take(struct task_queue *queue)
{
    struct task *task = queue->first;
    if (!task)
        return NULL;
    queue->first = task->next;
    if (!queue->first)
        queue->last = NULL;
    return task;
}

/* --- start and end --- */

static _Noreturn void task_main(void)
{
    struct task *task = task_current;
    task_stack_entered(&task->loop->main);
    task->fn(task->arg);
    task->ended = true;
    task_stack_switch(task, &task->loop->main, true);
    abort(); /* an ended task is never resumed */
}

static struct task *task_create(struct loop *loop)
{
    struct task_stack stack;
    if (!task_stack_map(&stack))
        return NULL;
    struct task *task = memory_get(sizeof *task);
    task->loop = loop;
    task->stack = stack;
    task->waiter.task = task;
    uv_timer_init(&loop->uv, &task->timer);
    uv_unref((uv_handle_t *)&task->timer);
    task->timer.data = task;
    return task;
}

static void free_task(uv_handle_t *timer)
{
    free(timer->data);
}

static void task_recycle(struct task *task)
{
    struct loop *loop = task->loop;
    if (--loop->task_count == 0)
        uv_unref((uv_handle_t *)&loop->prepare);
    if (loop->pool_count >= POOL_MOST) {
        task_stack_unmap(&task->stack);
        uv_close((uv_handle_t *)&task->timer, free_task);
        return;
    }
    task_stack_clean(&task->stack);
    if (loop->pool_count >= POOL_WARM)
        task_stack_release(&task->stack);
    task->next = loop->pool;
    loop->pool = task;
    loop->pool_count++;
}

bool task_start(struct loop *loop, void (*fn)(void *arg), void *arg)
{
    struct task *task = loop->pool;
    if (task) {
        loop->pool = task->next;
        loop->pool_count--;
    } else {
        task = task_create(loop);
    }
    if (!task)
        return false;
    task->fn = fn;
    task->arg = arg;
    task->ended = false;
    task_context_make(&task->context, task->stack.low, task->stack.size, task_main);
    queue_add(&loop->ready, task);
    if (loop->task_count++ == 0)
        uv_ref((uv_handle_t *)&loop->prepare);
    return true;
}

bool task_running(void)
{
    return task_current && task_current != &task_current->loop->main;
}

struct loop *task_loop(void)
{
    return task_running() ? task_current->loop : NULL;
}

/* --- running --- */

static void task_resume(struct task *task)
{
    struct task *back = &task->loop->main;
    task_current = task;
    task_stack_switch(back, task, false);
    task_current = back;
    if (task->ended)
        task_recycle(task);
}

void task_run_ready(struct loop *loop)
{
    struct task *task;
    while ((task = queue_take(&loop->later)))
        queue_add(&loop->ready, task);
    for (int round = 0; round < ROUNDS_MOST && loop->ready.first; round++) {
        struct task_queue now = loop->ready;
        loop->ready = (struct task_queue){NULL, NULL};
        while ((task = queue_take(&now)))
            task_resume(task);
    }
}

static void on_deadline(uv_timer_t *timer)
{
    task_wake(timer->data, IO_TIMEOUT);
}

enum io_result task_park(int64_t deadline)
{
    struct task *task = task_current;
    assert(task_running());
    if (deadline != DEADLINE_NEVER) {
        int64_t now = (int64_t)uv_now(&task->loop->uv);
        uv_timer_start(&task->timer, on_deadline, deadline > now ? (uint64_t)(deadline - now) : 0, 0);
    }
    task->parked = true;
    task_stack_switch(task, &task->loop->main, false);
    return task->result;
}

static void gate_leave(struct task *task)
{
    struct gate *gate = task->gate;
    struct gate_waiter *waiter = &task->waiter;
    *(waiter->previous ? &waiter->previous->next : &gate->first) = waiter->next;
    *(waiter->next ? &waiter->next->previous : &gate->last) = waiter->previous;
    task->gate = NULL;
}

void task_wake(struct task *task, enum io_result result)
{
    assert(task->parked);
    task->parked = false;
    task->result = result;
    uv_timer_stop(&task->timer);
    if (task->watch) {
        task->watch->waiter = NULL;
        task->watch->wanted = 0;
        task->watch = NULL;
    }
    if (task->gate)
        gate_leave(task);
    queue_add(&task->loop->ready, task);
}

void task_yield(void)
{
    if (!task_running())
        return;
    struct task *task = task_current;
    queue_add(&task->loop->later, task);
    task_stack_switch(task, &task->loop->main, false);
}

void task_sleep(int64_t ms)
{
    int64_t deadline = deadline_in(ms > 0 ? ms : 0);
    if (task_running()) {
        task_park(deadline);
        return;
    }
    int64_t left;
    while ((left = deadline - time_monotonic_ms()) > 0) {
        struct timespec span = {.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000};
        nanosleep(&span, NULL);
    }
}

/* --- waiting for a descriptor --- */

static int poll_timeout(int64_t deadline)
{
    if (deadline == DEADLINE_NEVER)
        return -1;
    int64_t left = deadline - time_monotonic_ms();
    if (left <= 0)
        return 0;
    return left > 3600000 ? 3600000 : (int)left;
}

static enum io_result wait_blocking(int fd, enum io_events events, int64_t deadline)
{
    struct pollfd entry = {.fd = fd};
    if (events & IO_READ)
        entry.events |= POLLIN;
    if (events & IO_WRITE)
        entry.events |= POLLOUT;
    for (;;) {
        int timeout = poll_timeout(deadline);
        int count = poll(&entry, 1, timeout);
        if (count < 0 && errno != EINTR)
            return IO_ERROR;
        if (count > 0 && (entry.revents & POLLNVAL)) {
            errno = EBADF;
            return IO_ERROR;
        }
        if (count > 0)
            return IO_READY;
        if (count == 0 && timeout == 0)
            return IO_TIMEOUT;
    }
}

enum io_result io_wait(int fd, enum io_events events, int64_t deadline)
{
    assert(events & (IO_READ | IO_WRITE));
    if (fd < 0) {
        errno = EBADF;
        return IO_ERROR;
    }
    if (!task_running() || (deadline != DEADLINE_NEVER && deadline <= time_monotonic_ms()))
        return wait_blocking(fd, events, deadline);
    struct task *task = task_current;
    struct watch *watch = loop_watch(task->loop, fd, (int)events);
    if (!watch)
        return IO_ERROR;
    assert(!watch->waiter);
    watch->waiter = task;
    watch->wanted = (int)events;
    watch->canceled = false;
    task->watch = watch;
    enum io_result result = task_park(deadline);
    if (result == IO_ERROR && watch->canceled)
        errno = ECANCELED;
    return result;
}

void io_close(int fd)
{
    io_forget(fd);
    close(fd);
}

/* --- gates --- */

bool gate_wait(struct gate *gate, int64_t deadline)
{
    struct task *task = task_current;
    assert(task_running());
    task->gate = gate;
    task->waiter.next = NULL;
    task->waiter.previous = gate->last;
    if (gate->last)
        gate->last->next = &task->waiter;
    else
        gate->first = &task->waiter;
    gate->last = &task->waiter;
    return task_park(deadline) == IO_READY;
}

void gate_wake(struct gate *gate)
{
    if (gate->first)
        task_wake(gate->first->task, IO_READY);
}

void gate_wake_all(struct gate *gate)
{
    while (gate->first)
        task_wake(gate->first->task, IO_READY);
}
