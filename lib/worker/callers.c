/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may call. All our programs reach the directory of private sockets; which of them a program listens to
 * is checked here, by what the kernel says of the other end, so that one that was taken over cannot give
 * orders where it has none to give.
 */
#include <pwd.h>
#include <unistd.h>

#include "io/fdpass.h"
#include "worker/callers.h"
#include "worker/run.h"

void callers_find(struct run *run)
{
    const char *const *names = run->worker->callers;
    for (size_t i = 0; names && names[i] && run->caller_count < RUN_CALLERS; i++) {
        const struct passwd *entry = getpwnam(names[i]);
        if (entry)
            run->callers[run->caller_count++] = entry->pw_uid;
    }
}

bool callers_include(const struct run *run, int fd)
{
    uid_t uid;
    gid_t gid;
    pid_t pid;
    if (!run->worker->callers)
        return true;
    if (!peer_credentials(fd, &uid, &gid, &pid))
        return false;
    bool known = uid == 0 || uid == geteuid();
    for (size_t i = 0; i < run->caller_count && !known; i++)
        known = uid == run->callers[i];
    if (!known)
        log_say(run->log, LOG_WARNING_LEVEL, STR(""), "connection dropped: user %lu has no business here",
                (unsigned long)uid);
    return known;
}
