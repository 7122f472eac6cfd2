/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting the processes of a service, watching them, starting them again. A service whose process ends right
 * after its start is paused, longer each time, up to a minute. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/fdpass.h"
#include "master/master.h"
#include "wire/channel.h"
#include "worker/control_drain.h"

enum {
    SHORT_LIFE_MS = 2000,
    FIRST_PAUSE_MS = 1000,
    LONGEST_PAUSE_MS = 60000,
    STOP_MS = 10000,
    SLOTS = 51 * 51 * 51
};

static unsigned take_slot(struct master *master)
{
    for (;;) {
        unsigned slot = master->next_slot++ % SLOTS;
        const struct child *child = master->children;
        while (child && (child->slot != slot || child->pid == 0))
            child = child->next;
        if (!child)
            return slot;
    }
}

static pid_t launch_worker(struct running *running, struct child *child, int control)
{
    struct master *master = running->master;
    char slot[16], sockets[16], name[128], path[PROGRAM_PATH];
    int extra[SERVICE_SOCKETS];
    const char *program = running->program->program;
    snprintf(slot, sizeof slot, "%u", child->slot);
    snprintf(sockets, sizeof sockets, "%zu", running->sockets.count);
    snprintf(name, sizeof name, STR_FMT, STR_ARG(running->name));
    for (size_t i = 0; i < running->sockets.count; i++)
        extra[i] = running->sockets.at[i].fd;
    const char *const argv[] = {program, "-n", name, "-t", running->type, "-s", sockets, "-i", slot, NULL};
    struct launch launch = {
        .path = path,
        .argv = argv,
        .control = control,
        .snapshot = running->snapshot,
        .log = master->log_fd,
        .extra = extra,
        .extra_count = running->sockets.count,
    };
    return program_path(master, program, path) ? launch_program(&launch) : -1;
}

static bool start_child(struct running *running)
{
    struct master *master = running->master;
    int ends[2];
    if (!unix_pair(ends))
        return false;
    struct child *child = memory_get(sizeof *child);
    child->running = running;
    child->program = running->program;
    child->slot = take_slot(master);
    child->control = ends[0];
    child->started = time_monotonic_ms();
    child->pid = launch_worker(running, child, ends[1]);
    close(ends[1]);
    if (child->pid < 0 || !task_start(master->loop, control_serve, child)) {
        log_say(master->log, LOG_ERROR_LEVEL, STR(""), "%s cannot be started: %s", running->program->program,
                strerror(errno));
        close(ends[0]);
        free(child);
        return false;
    }
    child->next = master->children;
    master->children = child;
    return true;
}

static unsigned count_living(const struct running *running)
{
    unsigned count = 0;
    for (const struct child *child = running->master->children; child; child = child->next)
        count += child->running == running && child->pid && !child->draining;
    return count;
}

static void restart_task(void *arg)
{
    struct running *running = arg;
    task_sleep(running->pause_ms);
    running->restarting = false;
    if (!running->master->stopping && !running->gone)
        service_start(running);
}

static void restart_later(struct running *running)
{
    if (running->restarting)
        return;
    running->restarting = task_start(running->master->loop, restart_task, running);
}

void service_start(struct running *running)
{
    for (unsigned living = count_living(running); living < running->wanted; living++)
        if (!start_child(running)) {
            running->pause_ms = FIRST_PAUSE_MS;
            restart_later(running);
            return;
        }
}

static struct child *find_undrained(const struct running *running)
{
    struct child *child = running->master->children;
    while (child && (child->running != running || child->draining || child->control < 0))
        child = child->next;
    return child;
}

/* Sending may wait, and children may go meanwhile: the list is looked at anew each time. */
void service_drain_children(struct running *running)
{
    struct control_drain drain = {.generation = running->master->generation};
    for (struct child *child; (child = find_undrained(running));) {
        child->draining = true;
        channel_send(child->control, CONTROL_DRAIN, &control_drain_message, &drain, NULL, 0,
                     deadline_in(1000));
    }
}

static struct child *find_draining(const struct running *running)
{
    struct child *child = running->master->children;
    while (child && (child->running != running || !child->draining || !child->pid))
        child = child->next;
    return child;
}

void service_await_drained(struct running *running)
{
    struct master *master = running->master;
    struct child *child;
    int64_t end = deadline_in(STOP_MS);
    while ((child = find_draining(running)) && !master->stopping) {
        if (gate_wait(&master->quiet, end))
            continue;
        log_say(master->log, LOG_WARNING_LEVEL, STR(""), "process %s pid %d does not end; killed",
                child->program->program, (int)child->pid);
        kill(child->pid, SIGKILL);
        end = deadline_in(STOP_MS);
    }
}

static void log_end(struct master *master, const struct child *child, int status)
{
    const char *program = child->program->program;
    if (WIFSIGNALED(status))
        log_say(master->log, LOG_WARNING_LEVEL, STR(""), "process %s pid %d killed by signal %d", program,
                (int)child->pid, WTERMSIG(status));
    else if (WEXITSTATUS(status))
        log_say(master->log, LOG_WARNING_LEVEL, STR(""), "process %s pid %d exit status %d", program,
                (int)child->pid, WEXITSTATUS(status));
}

static void child_ended(struct master *master, struct child *child, int status)
{
    struct running *running = child->running;
    bool expected = child->draining || master->stopping;
    log_end(master, child, status);
    child->pid = 0;
    if (child->session_of)
        child->session_of->sessions--;
    gate_wake_all(&master->quiet);
    if (!running || expected)
        return;
    if (time_monotonic_ms() - child->started >= SHORT_LIFE_MS) {
        running->pause_ms = 0;
        service_start(running);
        return;
    }
    if (running->restarting) /* several processes ended together: that is one try */
        return;
    running->pause_ms = running->pause_ms ? running->pause_ms * 2 : FIRST_PAUSE_MS;
    if (running->pause_ms > LONGEST_PAUSE_MS)
        running->pause_ms = LONGEST_PAUSE_MS;
    log_say(master->log, LOG_WARNING_LEVEL, STR(""),
            "service " STR_FMT ": ends right after its start; next try in %lld s", STR_ARG(running->name),
            (long long)running->pause_ms / 1000);
    restart_later(running);
}

/* A child is forgotten when its process is gone and its control task has ended. */
static void forget_children(struct master *master)
{
    struct child **link = &master->children;
    while (*link) {
        struct child *child = *link;
        if (child->pid || child->control >= 0) {
            link = &child->next;
            continue;
        }
        *link = child->next;
        free(child);
    }
}

void children_reap(struct master *master)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        struct child *child = master->children;
        while (child && child->pid != pid)
            child = child->next;
        if (child)
            child_ended(master, child, status);
    }
    forget_children(master);
}

static bool any_living(const struct master *master)
{
    for (const struct child *child = master->children; child; child = child->next)
        if (child->pid)
            return true;
    return false;
}

static void signal_living(const struct master *master, int number, bool only_sessions)
{
    for (const struct child *child = master->children; child; child = child->next)
        if (child->pid && (!only_sessions || child->session_of))
            kill(child->pid, number);
}

/* Drain, wait, and then no more patience. Sessions have no line to us and may last for hours; what they
 * acknowledged is on disk. */
void children_stop(struct master *master)
{
    int64_t end = deadline_in(STOP_MS);
    for (struct running *running = master->services; running; running = running->next)
        service_drain_children(running);
    signal_living(master, SIGTERM, true);
    while (any_living(master) && gate_wait(&master->quiet, end))
        continue;
    if (any_living(master))
        signal_living(master, SIGTERM, false);
    end = deadline_in(STOP_MS / 10);
    while (any_living(master) && gate_wait(&master->quiet, end))
        continue;
    signal_living(master, SIGKILL, false);
    end = deadline_in(STOP_MS / 10);
    while (any_living(master) && gate_wait(&master->quiet, end))
        continue;
}
