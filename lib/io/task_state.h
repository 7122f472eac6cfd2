/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What tasks, loop, stacks and threads of lib/io know of each other. Inside lib/io only; the contract is
 * io/task.h.
 */
#ifndef IO_TASK_STATE_H
#define IO_TASK_STATE_H

#include <uv.h>

#include "io/task.h"
#include "io/task_switch.h"

#if defined(__SANITIZE_ADDRESS__)
#define TASK_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TASK_ASAN 1
#endif
#endif

/* One descriptor as the loop sees it. The handle is kept for the number when the descriptor is forgotten: to
 * open a handle anew costs three system calls that to start a kept one does not. */
struct watch {
    uv_poll_t handle;
    int watched;         /* io_events the handle is started for */
    int wanted;          /* io_events the waiter waits for */
    struct task *waiter; /* borrowed */
    bool canceled;       /* the wait was ended by io_cancel */
};

struct gate_waiter {
    struct gate_waiter *next, *previous;
    struct task *task;
};

struct task_stack {
    char *low;   /* above the guard page */
    size_t size; /* without the guard page */
    unsigned valgrind_id;
};

struct task {
    struct task *next; /* in a queue or in the pool */
    struct loop *loop;
    struct task_context context;
    struct task_stack stack;
    void *fake_stack; /* AddressSanitizer's */
    void (*fn)(void *arg);
    void *arg;
    bool parked, ended;
    enum io_result result; /* of the wait that ended last */
    struct watch *watch;   /* waited on, or NULL */
    struct gate *gate;     /* waited at, or NULL */
    struct gate_waiter waiter;
    uv_timer_t timer;
};

struct task_queue {
    struct task *first, *last;
};

struct loop_hook {
    void (*fn)(void *arg);
    void *arg;
};

struct loop {
    uv_loop_t uv;
    uv_prepare_t prepare;    /* runs the ready tasks; referenced while there are tasks */
    uv_idle_t idle;          /* started while a task is ready, so that the loop does not sleep */
    struct task main;        /* stands for the thread's own stack */
    struct task_queue ready; /* run at the next chance */
    struct task_queue later; /* yielded: run after the loop has looked for events */
    size_t task_count;
    struct task *pool; /* ended tasks with their stacks, last ended first */
    size_t pool_count;
    struct watch **watches; /* by descriptor; owned */
    size_t watch_count;
    struct loop_hook *hooks;
    size_t hook_count;
};

/* The running task; the `main` of the thread's loop when none runs; NULL in a thread without a loop. */
extern _Thread_local struct task *task_current;

/* --- loop.c --- */

/* The handle of fd, started for at least `events`; NULL with errno. */
struct watch *loop_watch(struct loop *loop, int fd, int events);

/* --- task.c --- */

/* Runs what is ready, a bounded number of rounds. */
void task_run_ready(struct loop *loop);
/* Makes the running task wait until task_wake or the deadline (IO_TIMEOUT). */
enum io_result task_park(int64_t deadline);
/* Makes a parked task ready; its task_park returns `result`. */
void task_wake(struct task *task, enum io_result result);

/* --- task_stack.c --- */

/* False with errno. */
bool task_stack_map(struct task_stack *stack);
void task_stack_unmap(struct task_stack *stack);
/* Forgets what sanitizers know of the frames of a task that ended. */
void task_stack_clean(struct task_stack *stack);
/* Gives the pages back to the system and keeps the addresses. */
void task_stack_release(struct task_stack *stack);
/* Switches and tells AddressSanitizer; `ends`: from will never run again. */
void task_stack_switch(struct task *from, struct task *to, bool ends);
/* To be called first on a new stack; fills *from's stack bounds (AddressSanitizer needs them for the way
 * back). */
void task_stack_entered(struct task *from);

#endif
