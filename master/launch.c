/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting a program: descriptors in their places, nothing else open, a clean environment. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "master/master.h"

enum { HIGH_FD = 200, ENVIRONMENT = 8, GROUPS = 1024 };

bool program_path(const struct master *master, const char *program, char path[PROGRAM_PATH])
{
    struct str directory = master->params->program_directory;
    struct stat status;
    int len = snprintf(path, PROGRAM_PATH, STR_FMT "/%s", STR_ARG(directory), program);
    if (len < PROGRAM_PATH && stat(path, &status) == 0 && S_ISREG(status.st_mode))
        return true;
    /* In the build tree each program lies in the folder of its name. */
    len = snprintf(path, PROGRAM_PATH, STR_FMT "/%s/%s", STR_ARG(directory), program, program);
    errno = ENAMETOOLONG;
    return len < PROGRAM_PATH;
}

/* First out of the way of the numbers they will get, then to those. All without allocation: this is a child
 * of fork. */
static bool place_descriptors(const struct launch *launch)
{
    int sources[3 + SERVICE_SOCKETS], count = 0;
    int fixed[] = {launch->control, launch->snapshot, launch->log};
    for (int i = 0; i < 3; i++)
        sources[count++] = fixed[i];
    for (size_t i = 0; i < launch->extra_count; i++)
        sources[count++] = launch->extra[i];
    for (int i = 0; i < count; i++)
        if (sources[i] >= 0 && (sources[i] = fcntl(sources[i], F_DUPFD, HIGH_FD)) < 0)
            return false;
    for (int i = 0; i < count; i++) {
        if (sources[i] < 0)
            close(WORKER_FD_CONTROL + i);
        else if (dup2(sources[i], WORKER_FD_CONTROL + i) < 0)
            return false;
    }
    return syscall(SYS_close_range, WORKER_FD_CONTROL + count, ~0u, 0) == 0;
}

/* The user's groups. A directory of mailboxes that its group may write to gives that group for the delivery
 * (Debian Policy 11.6: /var/mail is root's and the group mail's, mode 2775); root's it never is. */
static bool take_groups(const struct launch *launch, const struct passwd *entry)
{
    gid_t groups[GROUPS + 1];
    struct stat spool;
    int count = GROUPS;
    if (getgrouplist(entry->pw_name, entry->pw_gid, groups, &count) < 0)
        return false;
    if (launch->spool && stat(launch->spool, &spool) == 0 && spool.st_gid != 0 && spool.st_mode & S_IWGRP)
        groups[count++] = spool.st_gid;
    return setgroups((size_t)count, groups) == 0;
}

static bool become_user(const struct launch *launch)
{
    const struct passwd *entry = getpwnam(launch->user);
    return entry && entry->pw_uid != 0 && take_groups(launch, entry) &&
           setresgid(entry->pw_gid, entry->pw_gid, entry->pw_gid) == 0 &&
           setresuid(entry->pw_uid, entry->pw_uid, entry->pw_uid) == 0;
}

static bool drop_rights(const struct launch *launch)
{
    if (launch->user)
        return become_user(launch);
    return setgroups(0, NULL) == 0 && setresgid(launch->gid, launch->gid, launch->gid) == 0 &&
           setresuid(launch->uid, launch->uid, launch->uid) == 0;
}

static _Noreturn void become(const struct launch *launch, char *const *environment)
{
    static const int ours[] = {SIGPIPE, SIGCHLD, SIGHUP, SIGTERM, SIGINT};
    sigset_t none;
    sigemptyset(&none);
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        signal(ours[i], SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (chdir("/") == 0 && place_descriptors(launch) && (!launch->drop || drop_rights(launch)))
        execve(launch->path, (char *const *)(uintptr_t)launch->argv, environment);
    _exit(127);
}

/* What a program may know of our environment. */
static void fill_environment(char **environment)
{
    static const char *const kept[] = {"TZ", "ASAN_OPTIONS", "UBSAN_OPTIONS"};
    size_t count = 0;
    environment[count++] = (char *)(uintptr_t) "PATH=/usr/bin:/bin";
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        const char *value = getenv(kept[i]);
        size_t room = value ? strlen(kept[i]) + strlen(value) + 2 : 0;
        char *entry = room ? malloc(room) : NULL;
        if (!entry)
            continue;
        snprintf(entry, room, "%s=%s", kept[i], value);
        environment[count++] = entry;
    }
    environment[count] = NULL;
}

static void free_environment(char **environment)
{
    for (size_t i = 1; environment[i]; i++)
        free(environment[i]);
}

pid_t launch_program(const struct launch *launch)
{
    char *environment[ENVIRONMENT];
    sigset_t all, before;
    fill_environment(environment);
    /* A signal that the child gets before it has let go of our handlers would count as ours. */
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t pid = fork();
    if (pid == 0)
        become(launch, environment);
    int error = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    free_environment(environment);
    errno = error;
    return pid;
}
