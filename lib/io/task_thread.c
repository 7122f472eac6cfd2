/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Work that blocks, done by other threads while its task waits: libuv's pool for anything, and pools of our
 * own for work of one kind. A job lies on the stack of the task that waits for it; what is done goes back to
 * the loop in one list and by one descriptor, so that many results cost one wake-up. Nobody is woken by who
 * holds the lock, or the first thing that they do would be to wait for it.
 */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/task_state.h"

/* --- libuv's pool --- */

struct blocking_job {
    uv_work_t work;
    void (*fn)(void *arg);
    void *arg;
    struct task *task;
};

static void blocking_work(uv_work_t *work)
{
    struct blocking_job *job = work->data;
    job->fn(job->arg);
}

static void blocking_done(uv_work_t *work, int status)
{
    struct blocking_job *job = work->data;
    (void)status;
    task_wake(job->task, IO_READY);
}

void task_blocking(void (*fn)(void *arg), void *arg)
{
    if (!task_running()) {
        fn(arg);
        return;
    }
    struct blocking_job job = {.fn = fn, .arg = arg, .task = task_current};
    job.work.data = &job;
    int queued = uv_queue_work(&task_current->loop->uv, &job.work, blocking_work, blocking_done);
    assert(queued == 0);
    task_park(DEADLINE_NEVER);
}

/* --- our own --- */

#ifdef TASK_ASAN
enum { THREAD_STACK = 1024 * 1024 };
#else
enum { THREAD_STACK = 256 * 1024 };
#endif

struct pool_job {
    struct pool_job *next;
    void (*fn)(void *arg);
    void *arg;
    struct task *task;
};

struct thread_pool {
    pthread_mutex_t lock;          /* of first, last, done */
    sem_t jobs;                    /* counts those to be done; a thread that gets one and finds none ends */
    struct pool_job *first, *last; /* to be done */
    struct pool_job *done;         /* last one first */
    int signal;                    /* eventfd(2): something is done */
    uv_poll_t *poll;               /* of signal; owned; freed when libuv has closed it */
    unsigned count;
    pthread_t thread[];
};

/* It can only fail when the counter is full, and then the loop is being woken already. */
static void signal_done(struct thread_pool *pool)
{
    const uint64_t one = 1;
    (void)!write(pool->signal, &one, sizeof one);
}

/* NULL: the pool ends. */
static struct pool_job *take_job(struct thread_pool *pool)
{
    while (sem_wait(&pool->jobs) != 0)
        continue;
    pthread_mutex_lock(&pool->lock);
    struct pool_job *job = pool->first;
    if (job)
        pool->first = job->next;
    if (!pool->first)
        pool->last = NULL;
    pthread_mutex_unlock(&pool->lock);
    return job;
}

static void give_back(struct thread_pool *pool, struct pool_job *job)
{
    pthread_mutex_lock(&pool->lock);
    bool first = !pool->done;
    job->next = pool->done;
    pool->done = job;
    pthread_mutex_unlock(&pool->lock);
    if (first)
        signal_done(pool);
}

static void *pool_thread(void *arg)
{
    struct thread_pool *pool = arg;
    struct pool_job *job;
    while ((job = take_job(pool))) {
        job->fn(job->arg);
        give_back(pool, job);
    }
    return NULL;
}

static void wake_done(struct thread_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    struct pool_job *newest = pool->done, *oldest = NULL;
    pool->done = NULL;
    pthread_mutex_unlock(&pool->lock);
    while (newest) {
        struct pool_job *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    while (oldest) {
        struct pool_job *next = oldest->next;
        task_wake(oldest->task, IO_READY);
        oldest = next;
    }
}

static void on_done(uv_poll_t *poll, int status, int events)
{
    struct thread_pool *pool = poll->data;
    uint64_t count;
    (void)status;
    (void)events;
    (void)!read(pool->signal, &count, sizeof count);
    wake_done(pool);
}

/* Unreferenced: a pool with nothing to do does not keep the loop running. */
static bool watch_done(struct thread_pool *pool, struct loop *loop)
{
    pool->signal = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (pool->signal < 0)
        return false;
    pool->poll = memory_get(sizeof *pool->poll);
    int opened = uv_poll_init(&loop->uv, pool->poll, pool->signal);
    assert(opened == 0);
    pool->poll->data = pool;
    opened = uv_poll_start(pool->poll, UV_READABLE, on_done);
    assert(opened == 0);
    uv_unref((uv_handle_t *)pool->poll);
    return true;
}

/* Signals are for the thread that runs the loop. */
static bool start_threads(struct thread_pool *pool, unsigned threads)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    int error = 0;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, THREAD_STACK);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (pool->count < threads && !error) {
        error = pthread_create(&pool->thread[pool->count], &attributes, pool_thread, pool);
        pool->count += !error;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    errno = error;
    return !error;
}

struct thread_pool *thread_pool_create(struct loop *loop, unsigned threads)
{
    assert(threads > 0 && threads <= 1024);
    struct thread_pool *pool = memory_get(sizeof *pool + threads * sizeof(pthread_t));
    pthread_mutex_init(&pool->lock, NULL);
    sem_init(&pool->jobs, 0, 0);
    if (!watch_done(pool, loop) || !start_threads(pool, threads)) {
        int error = errno;
        thread_pool_destroy(pool);
        errno = error;
        return NULL;
    }
    return pool;
}

static void free_poll(uv_handle_t *handle)
{
    free(handle);
}

void thread_pool_destroy(struct thread_pool *pool)
{
    if (!pool)
        return;
    for (unsigned i = 0; i < pool->count; i++)
        sem_post(&pool->jobs);
    for (unsigned i = 0; i < pool->count; i++)
        pthread_join(pool->thread[i], NULL);
    wake_done(pool);
    if (pool->poll)
        uv_close((uv_handle_t *)pool->poll, free_poll);
    if (pool->signal >= 0)
        close(pool->signal);
    sem_destroy(&pool->jobs);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

void thread_pool_run(struct thread_pool *pool, void (*fn)(void *arg), void *arg)
{
    if (!task_running()) {
        fn(arg);
        return;
    }
    struct pool_job job = {.fn = fn, .arg = arg, .task = task_current};
    pthread_mutex_lock(&pool->lock);
    if (pool->last)
        pool->last->next = &job;
    else
        pool->first = &job;
    pool->last = &job;
    pthread_mutex_unlock(&pool->lock);
    sem_post(&pool->jobs);
    task_park(DEADLINE_NEVER);
}
