/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting master and waiting for its end. */
#include "tools/master_process.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "conf/installed.h"
#include "io/task.h"

enum { PATH_ROOM = 4096 };

/* The directory that we were started from, or the one so many above it; empty when that cannot be known. */
static struct str own_directory(struct arena *arena, int up)
{
    char path[PATH_ROOM];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path);
    for (int i = 0; len > 0 && i <= up; i++) {
        const char *slash = memrchr(path, '/', (size_t)len);
        len = slash ? slash - path : 0;
    }
    return arena_copy(arena, str_make(path, len > 0 ? (size_t)len : 0));
}

/* build/<preset>/tools/relais has build/<preset>/master/master beside its folder. */
const char *programs_directory(struct arena *arena)
{
    struct str top = own_directory(arena, 1), here = own_directory(arena, 0);
    const char *built = arena_printf(arena, STR_FMT "/master/master", STR_ARG(top)).at;
    const char *beside = arena_printf(arena, STR_FMT "/" INSTALLED_PROGRAMS_FROM_TOOLS, STR_ARG(here)).at;
    if (top.len && access(built, X_OK) == 0)
        return arena_cstr(arena, top);
    return here.len && access(beside, X_OK) == 0 ? beside : INSTALLED_PROGRAMS;
}

const char *master_path(struct str programs, struct arena *arena)
{
    static const char *const names[] = {"master/master", "master"};
    struct str directories[] = {programs, str_of(programs_directory(arena))};
    for (size_t i = 0; i < 4; i++) {
        const char *path = arena_printf(arena, STR_FMT "/%s", STR_ARG(directories[i / 2]), names[i % 2]).at;
        if (access(path, X_OK) == 0)
            return path;
    }
    return INSTALLED_PROGRAMS "/master";
}

pid_t master_spawn(const char *master, const char *directory, const char *output, struct verdict *verdict)
{
    char *const argv[] = {(char *)(uintptr_t) "master", (char *)(uintptr_t) "-c",
                          (char *)(uintptr_t)directory, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, output ? output : "/dev/null",
                                     O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644);
    posix_spawn_file_actions_adddup2(&files, 1, 2);
    posix_spawn_file_actions_addclosefrom_np(&files, 3);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    pid_t pid = -1;
    int error = posix_spawn(&pid, master, &files, &attributes, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    if (error == 0)
        return pid;
    verdict_system(verdict, master, error);
    return -1;
}

bool process_await_end(pid_t pid, int64_t ms)
{
    int fd = pidfd_open(pid, 0);
    if (fd < 0)
        return errno == ESRCH;
    bool ended = io_wait(fd, IO_READ, deadline_in(ms)) == IO_READY;
    close(fd);
    return ended;
}
