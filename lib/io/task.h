/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tasks: conversations written straight down. A task is a function on a small stack of its own (64 KiB with a
 * guard page, pooled; more under sanitizers) that runs on a loop until it waits; the loop then runs others.
 * In a thread that runs no loop the same waiting calls block the thread with poll(2), so protocol code is the
 * same in programs with one conversation and in programs with many, and in tests over memory streams.
 *
 * The loop and the thread pool are libuv's. The only state outside of objects is the thread-local pointer to
 * the running task, which is how io_wait finds its loop.
 */
#ifndef IO_TASK_H
#define IO_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uv_loop_s;
struct loop;

/* --- the loop --- */

struct loop *loop_create(void);
/* All tasks must have ended. */
void loop_destroy(struct loop *loop);
/* Runs until loop_stop is called, or until no task is left and nothing is watched. */
void loop_run(struct loop *loop);
/* Makes loop_run return after the current turn. */
void loop_stop(struct loop *loop);
/* For what is not wrapped here (signals, timers of the loop itself). */
struct uv_loop_s *loop_uv(struct loop *loop);
/* Calls fn(arg) each time before the loop goes to sleep: for work gathered over a turn (log lines, batches).
 */
void loop_before_sleep(struct loop *loop, void (*fn)(void *arg), void *arg);
size_t loop_task_count(const struct loop *loop);

/* Monotonic milliseconds; a deadline is such a time, or DEADLINE_NEVER. */
#define DEADLINE_NEVER INT64_MAX
int64_t time_monotonic_ms(void);
/* now + ms; a negative ms gives DEADLINE_NEVER. */
int64_t deadline_in(int64_t ms);

/* --- tasks --- */

/* Starts fn(arg) as a task of the loop; it first runs at the loop's next turn (or, when called from a task,
 * when that task waits). False with errno when no stack can be had. */
bool task_start(struct loop *loop, void (*fn)(void *arg), void *arg);
/* True when the caller runs as a task of a loop. */
bool task_running(void);
/* The loop of the running task; NULL outside of tasks. */
struct loop *task_loop(void);
/* Lets others run. No effect outside of tasks. */
void task_yield(void);
void task_sleep(int64_t ms);

enum io_events { IO_READ = 1, IO_WRITE = 2 };
enum io_result { IO_READY, IO_TIMEOUT, IO_ERROR /* errno */ };

/* Waits until fd is readable or writable, or the deadline passes. Only one task may wait on an fd at a time.
 * In a task the fd must be non-blocking; it stays watched until io_forget. */
enum io_result io_wait(int fd, enum io_events events, int64_t deadline);
/* Must be called before a file descriptor that was waited on is closed or passed on. */
void io_forget(int fd);
/* Ends another task's wait for fd: its io_wait returns IO_ERROR with ECANCELED. Nothing happens when nobody
 * waits. */
void io_cancel(int fd);
/* io_forget and close(2). */
void io_close(int fd);

/* --- a task waiting for another --- */

/* A place where tasks wait for something to become true; first come, first woken. Zero-initialise. */
struct gate {
    struct gate_waiter *first, *last;
};
/* Waits for a gate_wake; false at the deadline. Only in tasks. */
bool gate_wait(struct gate *gate, int64_t deadline);
/* Wakes one (all) of the tasks that wait now. They run at the loop's next turn. */
void gate_wake(struct gate *gate);
void gate_wake_all(struct gate *gate);

/* --- blocking work --- */

/* Runs fn(arg) on libuv's thread pool while the task waits; directly, when not in a task. For NSS, deep-stack
 * library calls and whatever may block. */
void task_blocking(void (*fn)(void *arg), void *arg);

/* Threads of our own for work of one kind that should overlap (the fsyncs of many sessions). */
struct thread_pool;
struct thread_pool *thread_pool_create(struct loop *loop, unsigned threads);
void thread_pool_destroy(struct thread_pool *pool); /* waits for what runs; NULL is fine */
/* Runs fn(arg) on one of the pool's threads while the task waits. */
void thread_pool_run(struct thread_pool *pool, void (*fn)(void *arg), void *arg);

#endif
