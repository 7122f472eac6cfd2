/* SPDX-License-Identifier: BSD-2-Clause */
/* worker_main: from the command line to the end of the process. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "base/memory.h"
#include "wire/channel.h"
#include "worker/callers.h"
#include "worker/confine.h"
#include "worker/control.h"
#include "worker/run.h"

enum { PROCESS_MEMORY = 256 * 1024 * 1024, ACCEPT_BURST = 16, ACCEPT_PAUSE_MS = 100, EX_CONFIG_STATUS = 78 };

/* --- connections --- */

struct served {
    struct run *run;
    int fd;
    struct address peer;
};

static void served_task(void *arg)
{
    struct served *served = arg;
    struct run *run = served->run;
    run->worker->serve(run, served->fd, &served->peer);
    free(served);
    run->sessions--;
    gate_wake_all(&run->idle);
}

static void start_session(struct run *run, int fd, const struct address *peer)
{
    struct served *served = memory_get(sizeof *served);
    *served = (struct served){run, fd, *peer};
    run->sessions++;
    if (task_start(run->loop, served_task, served))
        return;
    run->sessions--;
    free(served);
    close(fd);
    log_say(run->log, LOG_WARNING_LEVEL, STR(""), "connection dropped: no stack for a task");
}

static bool may_call(const struct run *run, int fd, const struct address *peer)
{
    return peer->storage.ss_family != AF_UNIX || callers_include(run, fd);
}

static void take_connection(struct run *run, int fd, const struct address *peer)
{
    if (may_call(run, fd, peer))
        start_session(run, fd, peer);
    else
        close(fd);
}

struct listening {
    struct run *run;
    int fd;
};

/* Accepts what waits, a burst at a time, so that others get a turn: other tasks, and the service's other
 * processes. False when the listening socket is of no use any more. What else accept(2) says is about one
 * connection, or passes (a firewall's EPERM, errors of the network, descriptors used up): a listener outlives
 * it. */
static bool accept_burst(struct run *run, int listener)
{
    for (size_t n = 0; n < ACCEPT_BURST && run->sessions < (size_t)run->own.session_limit; n++) {
        struct address peer;
        int fd = accept_one(listener, &peer, 0);
        if (fd >= 0) {
            take_connection(run, fd, &peer);
            continue;
        }
        if (errno == ETIMEDOUT)
            return true;
        log_say(run->log, LOG_WARNING_LEVEL, STR(""), "accept: %s", strerror(errno));
        if (errno == EBADF || errno == EINVAL || errno == ENOTSOCK)
            return false;
        task_sleep(ACCEPT_PAUSE_MS);
        return true;
    }
    return true;
}

static bool await_room(struct run *run)
{
    while (!run->draining && run->sessions >= (size_t)run->own.session_limit)
        gate_wait(&run->idle, DEADLINE_NEVER);
    return !run->draining;
}

/* In the end the socket is closed, however long sessions go on: master has its own, for our successors; and
 * when nobody has it any more, the kernel must not go on taking connections for it. */
static void accept_task(void *arg)
{
    struct listening *listening = arg;
    struct run *run = listening->run;
    while (await_room(run) && io_wait(listening->fd, IO_READ, DEADLINE_NEVER) == IO_READY) {
        if (run->draining || !accept_burst(run, listening->fd))
            break;
        task_yield();
    }
    for (size_t i = 0; i < run->listener_count; i++)
        if (run->listeners[i] == listening->fd)
            run->listeners[i] = -1;
    io_close(listening->fd);
    free(listening);
}

/* --- drain and end --- */

static void begin_drain(struct run *run)
{
    if (run->draining)
        return;
    run->draining = true;
    if (run->worker->drain)
        run->worker->drain(run);
    gate_wake_all(&run->idle);
    for (size_t i = 0; run->loop && i < run->listener_count; i++)
        io_cancel(run->listeners[i]);
}

/* Waits for the drain and then for the last session, and stops the loop: the process ends. */
static void end_task(void *arg)
{
    struct run *run = arg;
    while (!run->finished && (!run->draining || run->sessions || run->worker->finishes))
        gate_wait(&run->idle, DEADLINE_NEVER);
    loop_stop(run->loop);
}

static void control_task(void *arg)
{
    struct run *run = arg;
    struct packet packet;
    packet_init(&packet);
    while (channel_receive(run->control, &packet, DEADLINE_NEVER) == 1) {
        if (packet.kind == CONTROL_DRAIN)
            begin_drain(run);
        else if (run->worker->control)
            run->worker->control(run, &packet);
    }
    packet_finish(&packet);
    log_say(run->log, LOG_INFO_LEVEL, STR(""), "master is gone; ending");
    begin_drain(run);
}

static void on_signal(uv_signal_t *signal, int number)
{
    (void)number;
    begin_drain(signal->data);
}

static void log_note(void *arg, struct str note)
{
    const struct run *run = arg;
    log_say(run->log, LOG_WARNING_LEVEL, STR(""), STR_FMT, STR_ARG(note));
}

static void forget_note(void *arg, struct str note)
{
    (void)arg, (void)note;
}

static void flush_log(void *arg)
{
    struct run *run = arg;
    if (run->worker->notes)
        run->worker->notes(run, log_note, run);
    log_flush(run->log);
}

/* --- styles --- */

static bool start_listening(struct run *run)
{
    for (size_t i = 0; i < run->listener_count; i++) {
        struct listening *listening = memory_get(sizeof *listening);
        *listening = (struct listening){run, run->listeners[i]};
        if (!task_start(run->loop, accept_task, listening))
            return false;
    }
    return true;
}

static bool fatal(struct run *run, const struct verdict *verdict)
{
    log_say(run->log, LOG_FATAL_LEVEL, STR(""), "%s", verdict->text);
    log_flush(run->log);
    return false;
}

static void nothing_to_do(uv_work_t *work)
{
    (void)work;
}

static void note_done(uv_work_t *work, int status)
{
    (void)status;
    *(bool *)work->data = true;
}

/* libuv makes its threads at the first work there is: now, under Landlock and before no thread can be made
 * any more. */
static void start_thread_pool(struct run *run)
{
    bool done = false;
    uv_work_t work = {.data = &done};
    if (uv_queue_work(loop_uv(run->loop), &work, nothing_to_do, note_done) != 0)
        return;
    while (!done)
        uv_run(loop_uv(run->loop), UV_RUN_ONCE);
}

static bool confine_and_start(struct run *run)
{
    struct verdict verdict;
    if (run->worker->open && !run->worker->open(run, &verdict))
        return fatal(run, &verdict);
    if (run->worker->notes)
        run->worker->notes(run, forget_note, run);
    callers_find(run);
    if (!confine_before_start(run, &verdict))
        return fatal(run, &verdict);
    if (run->loop)
        start_thread_pool(run);
    if (run->worker->start && !run->worker->start(run, &verdict))
        return fatal(run, &verdict);
    return confine_after_start(run, &verdict) || fatal(run, &verdict);
}

static int try_to_escape(const struct run *run)
{
    log_flush(run->log);
    return escape_try_all(run) ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* The loop exists before confinement, so that its descriptors and its thread pool do. */
static int run_tasks(struct run *run)
{
    uv_signal_t terminate, interrupt;
    struct verdict verdict;
    if (!confine_before_loop(&verdict)) {
        fatal(run, &verdict);
        return EX_CONFIG_STATUS;
    }
    run->loop = loop_create();
    loop_before_sleep(run->loop, flush_log, run);
    if (run->alone) {
        uv_signal_init(loop_uv(run->loop), &terminate);
        uv_signal_init(loop_uv(run->loop), &interrupt);
        terminate.data = interrupt.data = run;
        uv_signal_start(&terminate, on_signal, SIGTERM);
        uv_signal_start(&interrupt, on_signal, SIGINT);
    }
    if (!confine_and_start(run))
        return EX_CONFIG_STATUS;
    if (run->escape_test)
        return try_to_escape(run);
    if (!start_listening(run) || !task_start(run->loop, end_task, run) ||
        (run->control >= 0 && !task_start(run->loop, control_task, run)))
        return EXIT_FAILURE;
    loop_run(run->loop);
    log_flush(run->log);
    return EXIT_SUCCESS;
}

static int run_session(struct run *run)
{
    struct address nobody = {.len = 0};
    if (!confine_and_start(run))
        return EX_CONFIG_STATUS;
    if (run->escape_test)
        return try_to_escape(run);
    run->worker->serve(run, WORKER_FD_FIRST, &nobody);
    log_flush(run->log);
    return EXIT_SUCCESS;
}

/* Between two connections: waits for one, or for word from master. The listener that has one; -1 when it is
 * time to end, -2 for nothing. */
enum { TIME_TO_END = -1, NOTHING = -2 };
static int await_connection(struct run *run)
{
    struct pollfd ends[RUN_LISTENERS + 1] = {{.fd = run->control, .events = POLLIN}};
    struct packet packet;
    for (size_t i = 0; i < run->listener_count; i++)
        ends[i + 1] = (struct pollfd){.fd = run->listeners[i], .events = POLLIN};
    if (poll(ends, run->listener_count + 1, -1) < 0)
        return errno == EINTR ? NOTHING : TIME_TO_END;
    if (ends[0].revents) {
        packet_init(&packet);
        bool goes_on =
            channel_receive(run->control, &packet, deadline_in(0)) == 1 && packet.kind != CONTROL_DRAIN;
        packet_finish(&packet);
        return goes_on ? NOTHING : TIME_TO_END;
    }
    for (size_t i = 0; i < run->listener_count; i++)
        if (ends[i + 1].revents)
            return run->listeners[i];
    return NOTHING;
}

/* Another process may have been faster; then, and when the connection is broken already, we wait again. */
static bool serve_one(struct run *run, int listener)
{
    struct address peer;
    int fd = accept_one(listener, &peer, deadline_in(0));
    if (fd >= 0 && !may_call(run, fd, &peer)) {
        close(fd);
    } else if (fd >= 0) {
        run->worker->serve(run, fd, &peer);
    } else if (errno != ETIMEDOUT && errno != EAGAIN) {
        log_say(run->log, LOG_WARNING_LEVEL, STR(""), "accept: %s", strerror(errno));
        if (errno == EBADF || errno == EINVAL || errno == ENOTSOCK)
            return false;
        poll(NULL, 0, ACCEPT_PAUSE_MS);
    }
    log_flush(run->log);
    return true;
}

static int run_blocking(struct run *run)
{
    if (!confine_and_start(run))
        return EX_CONFIG_STATUS;
    if (run->escape_test)
        return try_to_escape(run);
    log_flush(run->log);
    for (;;) {
        int listener = run->listener_count ? await_connection(run) : TIME_TO_END;
        if (listener == TIME_TO_END || (listener >= 0 && !serve_one(run, listener)))
            break;
    }
    log_flush(run->log);
    return EXIT_SUCCESS;
}

/* --- start --- */

/* ADDRESS:PORT, where an IPv6 address may stand in brackets. */
static bool listen_alone(struct run *run, const char *text)
{
    struct str where = str_of(text);
    struct address address;
    uint64_t port;
    size_t colon = str_find_last(where, ':');
    struct str ip = colon == SIZE_MAX ? where : str_sub(where, 0, colon);
    if (str_starts(ip, STR("[")) && str_ends(ip, STR("]")))
        ip = str_sub(ip, 1, ip.len - 2);
    if (colon == SIZE_MAX || !str_to_u64(str_from(where, colon + 1), &port) || port > 65535 ||
        !address_from_ip(ip, (uint16_t)port, &address)) {
        fprintf(stderr, "%s: not an address and port: %s\n", run->worker->name, text);
        return false;
    }
    int fd = listen_inet(&address);
    if (fd < 0) {
        fprintf(stderr, "%s: %s: %s\n", run->worker->name, text, strerror(errno));
        return false;
    }
    run->listeners[run->listener_count++] = fd;
    return true;
}

static bool take_descriptors(struct run *run, const struct worker_options *options)
{
    run->control = run->alone || run->worker->style == WORKER_SESSION ? -1 : WORKER_FD_CONTROL;
    for (size_t i = 0; i < options->listeners; i++)
        run->listeners[run->listener_count++] = WORKER_FD_FIRST + (int)i;
    for (size_t i = 0; i < options->listen_count; i++)
        if (!listen_alone(run, options->listen[i]))
            return false;
    return true;
}

/* --stdio: standard input is both ways of the conversation, a socket as inetd gives it or a terminal, and
 * becomes descriptor 6. */
static bool take_stdio(const struct run *run)
{
    int flags = fcntl(STDIN_FILENO, F_GETFL);
    if (flags >= 0 && (flags & O_ACCMODE) == O_RDWR)
        return dup2(STDIN_FILENO, WORKER_FD_FIRST) >= 0;
    fprintf(stderr, "%s: --stdio: standard input must be a socket or a terminal\n", run->worker->name);
    return false;
}

int worker_main(const struct worker *worker, int argc, char **argv)
{
    struct run run = {.worker = worker, .control = -1};
    struct worker_options options = {0};
    int status = EXIT_FAILURE;
    signal(SIGPIPE, SIG_IGN);
    umask(007); /* what we make is for our user and its group: qmgr appends to what smtpd wrote */
    run.arena = arena_create(PROCESS_MEMORY);
    if (!options_read(&run, argc, argv, &options, &status))
        return status;
    if (!run_configure(&run, &options) || !take_descriptors(&run, &options))
        return EX_CONFIG_STATUS;
    if (run.stdio && !take_stdio(&run))
        return EXIT_FAILURE;
    switch (run.stdio ? WORKER_SESSION : worker->style) {
    case WORKER_TASKS:
        return run_tasks(&run);
    case WORKER_BLOCKING:
        return run_blocking(&run);
    case WORKER_SESSION:
        return run_session(&run);
    }
    return EXIT_FAILURE;
}
