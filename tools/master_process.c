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
    struct str top = own_directory(arena, 1);
    const char *master = arena_printf(arena, STR_FMT "/master/master", STR_ARG(top)).at;
    return top.len && access(master, X_OK) == 0 ? arena_cstr(arena, top) : INSTALLED_PROGRAMS;
}

/* In the build tree a folder above; installed among the programs. */
static const char *master_path(struct arena *arena)
{
    const char *path = arena_printf(arena, "%s/master/master", programs_directory(arena)).at;
    if (access(path, X_OK) == 0)
        return path;
    return INSTALLED_PROGRAMS "/master";
}

bool master_spawn(const char *directory, const char *output, struct arena *arena, pid_t *pid,
                  struct verdict *verdict)
{
    const char *path = master_path(arena);
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
    int error = posix_spawn(pid, path, &files, &attributes, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    return error == 0 || verdict_system(verdict, path, error);
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
