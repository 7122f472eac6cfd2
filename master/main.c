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

#include "conf/installed.h"
#include "io/file.h"
#include "master/master.h"
#include "worker/metrics.h"

enum { EX_CONFIG_STATUS = 78 };

/* --- the log --- */

/* Opens the log of a configuration in place of the one there is: at a reload too, so that a file moved away
 * is let go of. False when it cannot be had; then the old one stays. */
static bool open_log(struct master *master, const struct conf_params *params)
{
    char name[128], host[256], path[PROGRAM_PATH];
    enum log_format format = str_eq(params->log_format, STR("json")) ? LOG_FORMAT_JSON : LOG_FORMAT_POSTFIX;
    bool to_file = params->maillog_file.len > 0;
    snprintf(name, sizeof name, STR_FMT "/master", STR_ARG(params->syslog_name));
    snprintf(host, sizeof host, STR_FMT, STR_ARG(params->myhostname));
    snprintf(path, sizeof path, STR_FMT, STR_ARG(to_file ? params->maillog_file : STR("/dev/null")));
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | (to_file ? O_CREAT : 0), 0640);
    if (fd < 0) {
        fprintf(stderr, "master: fatal: %s: %s\n", path, strerror(errno));
        return false;
    }
    log_destroy(master->log);
    if (master->log_fd >= 0)
        close(master->log_fd);
    master->log_fd = fd;
    master->log = to_file ? log_to_fd(fd, format, name, host) : log_to_syslog(format, name);
    return true;
}

static void flush_log(void *arg)
{
    const struct master *master = arg;
    log_flush(master->log);
}

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

/* The one before is freed; nothing else keeps pointers into it. */
static void take_configuration(struct master *master, const struct configuration *configuration)
{
    struct conf *conf = master->conf;
    struct arena *arena = master->arena;
    master->arena = configuration->arena;
    master->conf = configuration->conf;
    struct conf_params *params = arena_get(master->arena, sizeof *params);
    *params = configuration->params;
    master->params = params;
    if (arena)
        configuration_free(conf, arena);
}

/* A service of one process (qmgr) is started again only when the old one has ended: two would share the
 * queue. */
static void renew_task(void *arg)
{
    struct running *running = arg;
    service_drain_children(running);
    if (running->program->most == 1)
        service_await_drained(running);
    if (!running->master->stopping && !running->gone)
        service_start(running);
}

static bool reload(struct master *master)
{
    struct configuration configuration;
    if (!configuration_load(master->directory, &configuration, master->log))
        return false;
    bool moved = !str_eq(configuration.params.queue_directory, master->params->queue_directory);
    if (moved)
        log_say(master->log, LOG_ERROR_LEVEL, STR(""), "another queue_directory: stop and start for that");
    if (moved || !places_make(&configuration.params, master->root, master->log) ||
        !services_take(master, &configuration)) {
        configuration_free(configuration.conf, configuration.arena);
        return false;
    }
    take_configuration(master, &configuration);
    master->generation++;
    return true;
}

static void tell_ready(struct master *master)
{
    char text[80];
    unsigned count = 0;
    for (const struct running *running = master->services; running; running = running->next)
        count += !running->gone;
    snprintf(text, sizeof text, "READY=1\nSTATUS=%u services, configuration %u", count, master->generation);
    notify_manager(text);
}

/* What has to wait for others: the old processes are asked to end, new ones are started. */
static void renew_all_task(void *arg)
{
    struct master *master = arg;
    if (!open_log(master, master->params))
        log_say(master->log, LOG_ERROR_LEVEL, STR(""), "the log stays where it was");
    drop_gone_services(master);
    for (struct running *running = master->services; running; running = running->next)
        if (!running->gone)
            task_start(master->loop, renew_task, running);
    log_say(master->log, LOG_INFO_LEVEL, STR(""), "configuration %u is in force", master->generation);
    tell_ready(master);
}

/* On the thread's own stack: tables and certificates are opened by libraries that want more than a task has.
 */
static void on_reload(uv_signal_t *signal, int number)
{
    struct master *master = signal->data;
    (void)number;
    if (master->stopping)
        return;
    tell_reloading();
    log_say(master->log, LOG_INFO_LEVEL, STR(""), "reload -- configuration %s", master->directory);
    if (reload(master) && task_start(master->loop, renew_all_task, master))
        return;
    log_say(master->log, LOG_ERROR_LEVEL, STR(""), "the new configuration is bad; the old one stays");
    tell_ready(master);
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

/* One master to an instance: the lock is held for the life of the process. */
static bool write_pid(struct master *master)
{
    char text[32];
    snprintf(master->pid_file, sizeof master->pid_file, STR_FMT "/pid/master.pid",
             STR_ARG(master->params->queue_directory));
    int fd = open(master->pid_file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    snprintf(text, sizeof text, "%d\n", (int)getpid());
    if (fd >= 0 && file_try_lock(fd) && ftruncate(fd, 0) == 0 && file_pwrite_all(fd, str_of(text), 0))
        return true;
    log_say(master->log, LOG_FATAL_LEVEL, STR(""), "%s: %s", master->pid_file,
            errno == EAGAIN || errno == EACCES ? "another master runs" : strerror(errno));
    return false;
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
    loop_before_sleep(master->loop, flush_log, master);
    watch_signals(master, signals);
    if (!master->root)
        log_say(master->log, LOG_INFO_LEVEL, STR(""),
                "not started as root: all programs run as user %lu, apart by their confinement only",
                (unsigned long)geteuid());
    log_say(master->log, LOG_INFO_LEVEL, STR(""), "daemon started -- configuration %s", master->directory);
    if (!start_services(master, configuration)) {
        log_say(master->log, LOG_FATAL_LEVEL, STR(""), "not all services can be set up; see above");
        return EX_CONFIG_STATUS;
    }
    tell_ready(master);
    loop_run(master->loop);
    log_flush(master->log);
    return EXIT_SUCCESS;
}

/* False when the process is to end with *status. */
static bool read_options(int argc, char **argv, const char **directory, int *status)
{
    static const struct option longs[] = {
        {"foreground", no_argument, NULL, 'f'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    static const char usage[] = "usage: master [--foreground] [-c DIRECTORY]\n"
                                "Stays in the foreground, always; see master(8).\n";
    int option;
    while ((option = getopt_long(argc, argv, "c:", longs, NULL)) != -1) {
        if (option == 'c')
            *directory = optarg;
        if (option == 'c' || option == 'f')
            continue;
        *status = option == 'h' ? EXIT_SUCCESS : 64; /* EX_USAGE */
        fputs(usage, option == 'h' ? stdout : stderr);
        return false;
    }
    *status = 64;
    if (optind < argc)
        fputs(usage, stderr);
    return optind == argc;
}

int main(int argc, char **argv)
{
    struct master master = {.directory = INSTALLED_CONFIGURATION, .log_fd = -1, .next_slot = 1};
    struct configuration configuration;
    int status;
    if (!read_options(argc, argv, &master.directory, &status))
        return status;
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
    status = run_master(&master, &configuration);
    log_destroy(master.log);
    return status;
}
