/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of confinement, and what of it an ordinary user's instance can have. */
#include "worker/confine.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "io/file.h"
#include "worker/run.h"

enum { PATHS = 64 };

/* By root only. The groups are the role's own and those that its user is in: the one for our sockets among
 * them. */
static bool become_role(const struct run *run, struct verdict *verdict)
{
    const char *name = run->worker->user;
    if (geteuid() != 0 || run->alone || !name)
        return true;
    const struct passwd *entry = getpwnam(name);
    if (!entry)
        return verdict_set(verdict, 451, "3.5", "user %s does not exist", name);
    if (initgroups(name, entry->pw_gid) != 0 || setresgid(entry->pw_gid, entry->pw_gid, entry->pw_gid) != 0 ||
        ((run->worker->may & MAY_BECOME_USER) == 0 &&
         setresuid(entry->pw_uid, entry->pw_uid, entry->pw_uid) != 0))
        return verdict_system(verdict, "setuid", errno);
    return true;
}

static bool set_limits(struct verdict *verdict)
{
    struct rlimit none = {0, 0}, files;
    if (setrlimit(RLIMIT_CORE, &none) != 0 || getrlimit(RLIMIT_NOFILE, &files) != 0)
        return verdict_system(verdict, "rlimit", errno);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    return true;
}

/* The values of the parameters named; a file's directory too, so that its replacement by rename is seen. */
static size_t collect_paths(struct run *run, const char *const *names, const char **paths, size_t count)
{
    for (size_t i = 0; names && names[i] && count + 2 < PATHS; i++) {
        struct str value = names[i][0] == '/' ? str_of(names[i]) : run_text(run, names[i]);
        if (value.len == 0 || value.at[0] != '/')
            continue;
        paths[count++] = arena_cstr(run->arena, value);
        size_t slash = str_find_last(value, '/');
        bool is_file = str_ends(str_of(names[i]), STR("_file")) || str_ends(str_of(names[i]), STR("_files"));
        if (is_file && slash > 0)
            paths[count++] = arena_cstr(run->arena, str_sub(value, 0, slash));
    }
    paths[count] = NULL;
    return count;
}

static int confine_files(struct run *run)
{
    static const char *const system_files[] = {
        "/etc/localtime",       "/usr/share/zoneinfo", "/dev/null", "/dev/urandom",
        "/etc/ssl/openssl.cnf", "/etc/ssl/certs",      NULL};
    static const char *const for_names[] = {"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf",
                                            "/etc/passwd",      "/etc/group", NULL};
    const char *reads[PATHS], *writes[PATHS];
    size_t count = collect_paths(run, system_files, reads, 0);
    if (run->worker->may & (MAY_USE_DNS | MAY_BECOME_USER | MAY_ASK_NAMES))
        count = collect_paths(run, for_names, reads, count);
    collect_paths(run, run->worker->reads, reads, count);
    count = collect_paths(run, run->worker->writes, writes, 0);
    if (run->session_home && count + 1 < PATHS) {
        (void)file_make_dirs(run->session_home,
                             0700); /* of a new user; the store says why when it is not there */
        writes[count++] = run->session_home;
        writes[count] = NULL;
    }
    return landlock_confine(reads, writes, run->worker->may);
}

bool confine_before_start(struct run *run, struct verdict *verdict)
{
    if (!become_role(run, verdict) || !set_limits(verdict))
        return false;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return verdict_system(verdict, "prctl", errno);
    int abi = confine_files(run);
    if (abi < 0)
        return verdict_system(verdict, "landlock", errno);
    run->landlock = abi;
    if (geteuid() == 0 && run->worker->may & MAY_BECOME_USER)
        return true; /* it becomes each recipient in turn; Landlock holds for all of them */
    if (geteuid() == 0) {
        capng_clear(CAPNG_SELECT_BOTH);
        if (capng_apply(CAPNG_SELECT_BOTH) != 0)
            return verdict_system(verdict, "capabilities", errno);
    }
    return true;
}

bool confine_after_start(struct run *run, struct verdict *verdict)
{
    if (!seccomp_confine(run->worker->may, run->escape_test))
        return verdict_system(verdict, "seccomp", errno);
    log_say(run->log, LOG_INFO_LEVEL, STR(""), "confined: uid=%lu, landlock ABI %d, seccomp",
            (unsigned long)geteuid(), run->landlock);
    return true;
}
