/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop: libuv's, with the ready tasks run before each sleep and one poll handle for each descriptor.
 *
 * A handle stays started for reading after its first wait, so a conversation of reads, waits and writes needs
 * no epoll_ctl(2). When a descriptor becomes ready and nobody wants that, the handle is narrowed to what is
 * wanted. Handles hold no reference on the loop: tasks do, all together by `prepare`.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "io/task_state.h"

_Static_assert((int)IO_READ == (int)UV_READABLE && (int)IO_WRITE == (int)UV_WRITABLE, "events are libuv's");

static void on_idle(uv_idle_t *idle)
{
    (void)idle;
}

/* The hooks may wake tasks, so they come before the question whether the loop can sleep. */
static void on_turn(uv_prepare_t *prepare)
{
    struct loop *loop = prepare->data;
    task_run_ready(loop);
    for (size_t i = 0; i < loop->hook_count; i++)
        loop->hooks[i].fn(loop->hooks[i].arg);
    if (loop->ready.first || loop->later.first)
        uv_idle_start(&loop->idle, on_idle);
    else
        uv_idle_stop(&loop->idle);
}

struct loop *loop_create(void)
{
    struct loop *loop = memory_get(sizeof *loop);
    if (uv_loop_init(&loop->uv) != 0) {
        free(loop);
        return NULL;
    }
    loop->uv.data = loop;
    loop->main.loop = loop;
    uv_prepare_init(&loop->uv, &loop->prepare);
    loop->prepare.data = loop;
    uv_prepare_start(&loop->prepare, on_turn);
    uv_unref((uv_handle_t *)&loop->prepare);
    uv_idle_init(&loop->uv, &loop->idle);
    uv_unref((uv_handle_t *)&loop->idle);
    if (!task_current)
        task_current = &loop->main;
    return loop;
}

static void close_one(uv_handle_t *handle, void *arg)
{
    (void)arg;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void loop_destroy(struct loop *loop)
{
    if (!loop)
        return;
    assert(loop->task_count == 0);
    uv_walk(&loop->uv, close_one, NULL);
    while (uv_run(&loop->uv, UV_RUN_DEFAULT) != 0)
        continue;
    int closed = uv_loop_close(&loop->uv);
    assert(closed == 0);
    while (loop->pool) {
        struct task *task = loop->pool;
        loop->pool = task->next;
        task_stack_unmap(&task->stack);
        free(task);
    }
    for (size_t fd = 0; fd < loop->watch_count; fd++)
        free(loop->watches[fd]);
    free(loop->watches);
    free(loop->hooks);
    if (task_current == &loop->main)
        task_current = NULL;
    free(loop);
}

void loop_run(struct loop *loop)
{
    struct task *before = task_current;
    assert(!task_running());
    task_current = &loop->main;
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    task_current = before;
}

void loop_stop(struct loop *loop)
{
    uv_stop(&loop->uv);
}

struct uv_loop_s *loop_uv(struct loop *loop)
{
    return &loop->uv;
}

void loop_before_sleep(struct loop *loop, void (*fn)(void *arg), void *arg)
{
    loop->hooks = memory_resize(loop->hooks, loop->hook_count + 1, sizeof *loop->hooks);
    loop->hooks[loop->hook_count++] = (struct loop_hook){fn, arg};
}

size_t loop_task_count(const struct loop *loop)
{
    return loop->task_count;
}

/* --- descriptors --- */

static void on_ready(uv_poll_t *handle, int status, int events);

static bool watch_set(struct watch *watch, int events)
{
    int error = events ? uv_poll_start(&watch->handle, events, on_ready) : uv_poll_stop(&watch->handle);
    watch->watched = error ? 0 : events;
    errno = -error;
    return error == 0;
}

/* An error condition makes libuv stop the handle by itself; the waiter's own call will say what it is. */
static void on_ready(uv_poll_t *handle, int status, int events)
{
    struct watch *watch = handle->data;
    int unwanted = events & ~watch->wanted;
    bool wake = watch->waiter && (status < 0 || (events & watch->wanted));
    if (status < 0)
        watch_set(watch, 0);
    else if (unwanted)
        watch_set(watch, watch->watched & ~unwanted);
    if (wake)
        task_wake(watch->waiter, IO_READY);
}

static struct watch **watch_slot(struct loop *loop, int fd)
{
    size_t wanted = loop->watch_count ? loop->watch_count : 64;
    while (wanted <= (size_t)fd)
        wanted *= 2;
    if (wanted > loop->watch_count) {
        loop->watches = memory_resize(loop->watches, wanted, sizeof(struct watch *));
        for (size_t i = loop->watch_count; i < wanted; i++)
            loop->watches[i] = NULL;
        loop->watch_count = wanted;
    }
    return &loop->watches[fd];
}

struct watch *loop_watch(struct loop *loop, int fd, int events)
{
    struct watch **slot = watch_slot(loop, fd), *watch = *slot;
    if (!watch) {
        watch = memory_get(sizeof *watch);
        int error = uv_poll_init(&loop->uv, &watch->handle, fd);
        if (error) {
            free(watch);
            errno = -error;
            return NULL;
        }
        uv_unref((uv_handle_t *)&watch->handle);
        watch->handle.data = watch;
        *slot = watch;
    }
    int wanted = events | (watch->watched & IO_READ);
    if (wanted != watch->watched && !watch_set(watch, wanted))
        return NULL;
    return watch;
}

void io_forget(int fd)
{
    struct loop *loop = task_current ? task_current->loop : NULL;
    if (!loop || fd < 0 || (size_t)fd >= loop->watch_count || !loop->watches[fd])
        return;
    struct watch *watch = loop->watches[fd];
    assert(!watch->waiter);
    if (watch->watched)
        watch_set(watch, 0);
}

void io_cancel(int fd)
{
    struct loop *loop = task_current ? task_current->loop : NULL;
    if (!loop || fd < 0 || (size_t)fd >= loop->watch_count || !loop->watches[fd] ||
        !loop->watches[fd]->waiter)
        return;
    loop->watches[fd]->canceled = true;
    task_wake(loop->watches[fd]->waiter, IO_ERROR);
}
