/* SPDX-License-Identifier: BSD-2-Clause */
/* master: start, reload, stop. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "io/file.h"
#include "master/master.h"
#include "worker/metrics.h"

enum { EX_CONFIG_STATUS = 78 };

/* --- reload --- */

static void drop_gone_services(struct master *master)
{
    for (struct running *running = master->services; running; running = running->next) {
        if (!running->gone)
            continue;
        running->wanted = 0;
        service_drain_children(running);
    }
}

static void tell_reloading(void)
{
    struct timespec now;
    char text[64];
    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld",
             (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    notify_manager(text);
}

static void take_configuration(struct master *master, const struct configuration *configuration)
{
    master->arena = configuration->arena;
    master->conf = configuration->conf;
    struct conf_params *params = arena_get(master->arena, sizeof *params);
    *params = configuration->params;
    master->params = params;
}

/* A service of one process (qmgr) is started again only when the old one has ended: two would share the
 * queue. */
static void renew_task(void *arg)
{
    struct running *running = arg;
    struct master *master = running->master;
    service_drain_children(running);
    for (struct child *child = master->children; child && running->program->most == 1;) {
        bool old = child->running == running && child->pid && child->draining;
        if (old)
            gate_wait(&master->quiet, deadline_in(1000));
        child = old ? master->children : child->next;
    }
    if (!master->stopping && !running->gone)
        service_start(running);
}

static void reload_task(void *arg)
{
    struct master *master = arg;
    struct configuration configuration;
    tell_reloading();
    log_say(master->log, LOG_INFO_LEVEL, STR(""), "reload -- configuration %s", master->directory);
    if (!configuration_load(master->directory, &configuration, master->log)) {
        log_say(master->log, LOG_ERROR_LEVEL, STR(""), "the new configuration is bad; the old one stays");
    } else {
        take_configuration(master, &configuration);
        master->generation++;
        if (!services_take(master, &configuration))
            log_say(master->log, LOG_ERROR_LEVEL, STR(""), "some services could not be set up; see above");
        drop_gone_services(master);
        for (struct running *running = master->services; running; running = running->next)
            if (!running->gone)
                task_start(master->loop, renew_task, running);
    }
    notify_manager("READY=1");
}

static void stop_task(void *arg)
{
    struct master *master = arg;
    notify_manager("STOPPING=1");
    log_say(master->log, LOG_INFO_LEVEL, STR(""), "terminating");
    children_stop(master);
    unlink(master->pid_file);
    loop_stop(master->loop);
}

/* --- signals --- */

static void on_child(uv_signal_t *signal, int number)
{
    (void)number;
    children_reap(signal->data);
}

static void on_reload(uv_signal_t *signal, int number)
{
    struct master *master = signal->data;
    (void)number;
    if (!master->stopping)
        task_start(master->loop, reload_task, master);
}

static void on_stop(uv_signal_t *signal, int number)
{
    struct master *master = signal->data;
    (void)number;
    if (master->stopping)
        return;
    master->stopping = true;
    task_start(master->loop, stop_task, master);
}

static void watch_signals(struct master *master, uv_signal_t signals[4])
{
    static const struct {
        int number;
        uv_signal_cb call;
    } watched[] = {{SIGCHLD, on_child}, {SIGHUP, on_reload}, {SIGTERM, on_stop}, {SIGINT, on_stop}};
    for (size_t i = 0; i < 4; i++) {
        uv_signal_init(loop_uv(master->loop), &signals[i]);
        signals[i].data = master;
        uv_signal_start(&signals[i], watched[i].call, watched[i].number);
    }
}

/* --- start --- */

static bool open_log(struct master *master, const struct conf_params *params)
{
    char name[128], host[256];
    enum log_format format = str_eq(params->log_format, STR("json")) ? LOG_FORMAT_JSON : LOG_FORMAT_POSTFIX;
    snprintf(name, sizeof name, STR_FMT "/master", STR_ARG(params->syslog_name));
    snprintf(host, sizeof host, STR_FMT, STR_ARG(params->myhostname));
    if (params->maillog_file.len == 0) {
        master->log = log_to_syslog(format, name);
        master->log_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
        return true;
    }
    const char *path = arena_cstr(master->arena, params->maillog_file);
    master->log_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (master->log_fd < 0) {
        fprintf(stderr, "master: fatal: %s: %s\n", path, strerror(errno));
        return false;
    }
    master->log = log_to_fd(master->log_fd, format, name, host);
    return true;
}

/* One master to an instance: the lock is held for the life of the process. */
static bool write_pid(struct master *master)
{
    char text[32];
    const char *path =
        arena_printf(master->arena, STR_FMT "/pid/master.pid", STR_ARG(master->params->queue_directory)).at;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    master->pid_file = path;
    snprintf(text, sizeof text, "%d\n", (int)getpid());
    if (fd >= 0 && file_try_lock(fd) && ftruncate(fd, 0) == 0 && file_pwrite_all(fd, str_of(text), 0))
        return true;
    log_say(master->log, LOG_FATAL_LEVEL, STR(""), "%s: %s", path,
            errno == EAGAIN || errno == EACCES ? "another master runs" : strerror(errno));
    return false;
}

static void flush_log(void *arg)
{
    log_flush(arg);
}

static bool start_services(struct master *master, const struct configuration *configuration)
{
    if (!services_take(master, configuration))
        return false;
    for (struct running *running = master->services; running; running = running->next)
        service_start(running);
    return true;
}

static int run_master(struct master *master, const struct configuration *configuration)
{
    uv_signal_t signals[4];
    master->root = geteuid() == 0;
    if (!places_make(master->params, master->root, master->log) || !write_pid(master))
        return EXIT_FAILURE;
    if (!metrics_open(
            arena_printf(master->arena, STR_FMT "/pid/metrics", STR_ARG(master->params->queue_directory)).at,
            true))
        log_say(master->log, LOG_WARNING_LEVEL, STR(""), "counters cannot be had: %s", strerror(errno));
    master->tickets = hash_create();
    master->loop = loop_create();
    loop_before_sleep(master->loop, flush_log, master->log);
    watch_signals(master, signals);
    log_say(master->log, LOG_INFO_LEVEL, STR(""), "daemon started -- configuration %s", master->directory);
    if (!start_services(master, configuration)) {
        log_say(master->log, LOG_FATAL_LEVEL, STR(""), "not all services can be set up; see above");
        return EX_CONFIG_STATUS;
    }
    notify_manager("READY=1");
    loop_run(master->loop);
    log_flush(master->log);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    struct master master = {.directory = "/etc/relais", .log_fd = -1, .next_slot = 1};
    struct configuration configuration;
    int option;
    while ((option = getopt(argc, argv, "c:")) != -1) {
        if (option != 'c') {
            fprintf(stderr, "usage: master [-c DIRECTORY]\n");
            return 64; /* EX_USAGE */
        }
        master.directory = optarg;
    }
    signal(SIGPIPE, SIG_IGN);
    umask(022);
    struct log *complaints = log_to_fd(STDERR_FILENO, LOG_FORMAT_POSTFIX, "master", "localhost");
    bool loaded = configuration_load(master.directory, &configuration, complaints);
    log_destroy(complaints);
    if (!loaded)
        return EX_CONFIG_STATUS;
    take_configuration(&master, &configuration);
    if (!open_log(&master, master.params))
        return EXIT_FAILURE;
    int status = run_master(&master, &configuration);
    log_destroy(master.log);
    return status;
}
