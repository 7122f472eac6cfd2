/* SPDX-License-Identifier: BSD-2-Clause */
/* A sandbox's life: master started and awaited, asked to end, and all of it removed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "io/file.h"
#include "io/listen.h"
#include "io/task.h"
#include "tools/master_process.h"
#include "tools/sandbox.h"

enum {
    START_MS = 20000,
    STOP_MS = 30000,
    LOOK_MS = 20,
    ANSWER_MS = 2000,
    PID_FILE_LIMIT = 64,
    ARGUMENTS_LIMIT = 1 << 20,
    GREETING_ROOM = 512,
    LOG_LIMIT = 1 << 30,
    TREE_DEPTH = 64,
};

static const char LOG_NAME[] = "log/mail.log", OUTPUT_NAME[] = "log/master.out";

/* --- master --- */

/* A pid file may be left over and its number be another's by now: the arguments tell. */
static bool is_our_master(const struct sandbox *sandbox, uint64_t pid)
{
    struct buf text;
    buf_init(&text, ARGUMENTS_LIMIT);
    const char *path = arena_printf(sandbox->arena, "/proc/%u/cmdline", (unsigned)pid).at;
    bool ours = file_read_whole(AT_FDCWD, path, &text) &&
                str_find_str(buf_str(&text), str_of(sandbox_path(sandbox, "etc"))) != SIZE_MAX;
    buf_finish(&text);
    return ours;
}

pid_t sandbox_master(const struct sandbox *sandbox)
{
    struct buf text;
    uint64_t pid = 0;
    buf_init(&text, PID_FILE_LIMIT);
    if (!file_read_whole(AT_FDCWD, sandbox_path(sandbox, "queue/pid/master.pid"), &text) ||
        !str_to_u64(str_trim(buf_str(&text)), &pid) || pid > INT32_MAX || !is_our_master(sandbox, pid))
        pid = 0;
    buf_finish(&text);
    return (pid_t)pid;
}

/* --- waiting until it serves --- */

/* Whether a port accepts, and greets as it should. */
static bool port_serves(const struct sandbox *sandbox, const struct sandbox_port *port)
{
    struct address address;
    char greeting[GREETING_ROOM];
    if (!address_from_ip(str_of(sandbox->host), (uint16_t)(sandbox->base_port + port->offset), &address))
        return false;
    int fd = connect_inet(&address, NULL, deadline_in(ANSWER_MS));
    if (fd < 0)
        return false;
    bool good = !port->greeting;
    if (!good && io_wait(fd, IO_READ, deadline_in(ANSWER_MS)) == IO_READY) {
        ssize_t got = read(fd, greeting, sizeof greeting);
        good = got > 0 && str_starts(str_make(greeting, (size_t)got), str_of(port->greeting));
    }
    close(fd);
    return good;
}

static void pause_a_little(void)
{
    struct timespec little = {.tv_nsec = LOOK_MS * 1000000L};
    nanosleep(&little, NULL);
}

/* What a log says from an octet on. */
static void read_since(const struct sandbox *sandbox, const char *name, off_t begin, struct buf *text)
{
    struct stat st;
    int fd = open(sandbox_path(sandbox, name), O_RDONLY | O_CLOEXEC);
    buf_init(text, LOG_LIMIT);
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > begin) {
        size_t len = (size_t)(st.st_size - begin);
        char *room = buf_room(text, len);
        if (room && file_pread_all(fd, room, len, begin))
            text->len += len;
    }
    if (fd >= 0)
        close(fd);
}

/* Whether a service said that it cannot start: waiting for its port would be in vain. */
static bool has_failed(const struct sandbox *sandbox, off_t begin)
{
    struct buf text;
    read_since(sandbox, LOG_NAME, begin, &text);
    bool failed = str_find_str(buf_str(&text), STR(": fatal: ")) != SIZE_MAX;
    buf_finish(&text);
    return failed;
}

/* What was complained of since an octet of a log, for who asks why it does not run. */
static void show_complaints(const struct sandbox *sandbox, const char *name, off_t begin)
{
    struct buf text;
    read_since(sandbox, name, begin, &text);
    struct str rest = buf_str(&text), line;
    while (str_cut(&rest, '\n', &line))
        if (str_find_str(line, STR("fatal: ")) != SIZE_MAX ||
            str_find_str(line, STR("error: ")) != SIZE_MAX ||
            str_find_str(line, STR("warning: ")) != SIZE_MAX)
            fprintf(stderr, STR_FMT "\n", STR_ARG(line));
    buf_finish(&text);
}

/* That nobody else serves them: what greets there later is ours. */
static bool ports_are_free(const struct sandbox *sandbox, struct verdict *verdict)
{
    for (size_t i = 0; i < sandbox_port_count; i++) {
        struct address address;
        uint16_t port = (uint16_t)(sandbox->base_port + sandbox_ports[i].offset);
        int fd = address_from_ip(str_of(sandbox->host), port, &address) ? listen_inet(&address) : -1;
        if (fd < 0)
            return verdict_set(verdict, 451, "3.0", "%s, port %u of %s: %s", sandbox_ports[i].variable,
                               (unsigned)port, sandbox->host, strerror(errno));
        close(fd);
    }
    return true;
}

static bool await_ports(const struct sandbox *sandbox, pid_t pid, off_t begin, const char **missing)
{
    int64_t deadline = deadline_in(START_MS);
    size_t next = 0;
    int status;
    while (next < sandbox_port_count && time_monotonic_ms() < deadline && !has_failed(sandbox, begin)) {
        if (waitpid(pid, &status, WNOHANG) == pid) {
            *missing = "master has ended";
            return false;
        }
        if (port_serves(sandbox, &sandbox_ports[next]))
            next++;
        else
            pause_a_little();
    }
    if (next < sandbox_port_count)
        *missing = arena_printf(sandbox->arena, "%s is not served", sandbox_ports[next].variable).at;
    return next == sandbox_port_count;
}

bool sandbox_run(const struct sandbox *sandbox, struct verdict *verdict)
{
    struct stat log;
    const char *missing = NULL;
    const char *master = master_path(str_of(programs_directory(sandbox->arena)), sandbox->arena);
    if (!ports_are_free(sandbox, verdict))
        return false;
    off_t begin = stat(sandbox_path(sandbox, LOG_NAME), &log) == 0 ? log.st_size : 0;
    pid_t pid =
        master_spawn(master, sandbox_path(sandbox, "etc"), sandbox_path(sandbox, OUTPUT_NAME), verdict);
    if (pid < 0)
        return false;
    if (await_ports(sandbox, pid, begin, &missing))
        return true;
    show_complaints(sandbox, LOG_NAME, begin);
    show_complaints(sandbox, OUTPUT_NAME, 0);
    if (kill(pid, SIGTERM) == 0 && !process_await_end(pid, STOP_MS))
        kill(pid, SIGKILL);
    return verdict_set(verdict, 451, "3.0", "the sandbox did not come up: %s", missing);
}

bool sandbox_end(const struct sandbox *sandbox, struct verdict *verdict)
{
    pid_t pid = sandbox_master(sandbox);
    if (!pid)
        return true;
    if (kill(pid, SIGTERM) != 0 && errno != ESRCH)
        return verdict_system(verdict, "master", errno);
    return process_await_end(pid, STOP_MS) ||
           verdict_set(verdict, 451, "3.0", "master (%d) does not end", (int)pid);
}

/* --- removing --- */

/* Removes what a directory holds, never following a link out of it. */
static bool empty_directory(int parent, const char *name, int depth)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *entry;
    bool good = directory && depth < TREE_DEPTH;
    while (good && (entry = readdir(directory))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlinkat(fd, entry->d_name, 0) == 0)
            continue;
        good = (errno == EISDIR || errno == EPERM) && empty_directory(fd, entry->d_name, depth + 1) &&
               unlinkat(fd, entry->d_name, AT_REMOVEDIR) == 0;
    }
    if (directory)
        closedir(directory);
    else if (fd >= 0)
        close(fd);
    return good;
}

bool sandbox_remove(const struct sandbox *sandbox, struct verdict *verdict)
{
    if (access(sandbox_path(sandbox, "sandbox.env"), F_OK) != 0)
        return verdict_set(verdict, 550, "3.5", "%s is no sandbox", sandbox->directory);
    if (!empty_directory(AT_FDCWD, sandbox->directory, 0) || rmdir(sandbox->directory) != 0)
        return verdict_system(verdict, sandbox->directory, errno);
    return true;
}
