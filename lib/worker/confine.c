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
#include <time.h>
#include <unistd.h>

#include "io/file.h"
#include "worker/run.h"

enum { PATHS = 128 };

/* By root only; started by hand, where there are no roles, a program stays root. The groups are the role's
 * own and those that its user is in: the one for our sockets among them. */
static bool become_role(const struct run *run, struct verdict *verdict)
{
    const char *name = run->worker->user;
    if (geteuid() != 0 || !name)
        return true;
    const struct passwd *entry = getpwnam(name);
    if (!entry && run->alone && !run->escape_test)
        return true;
    if (!entry)
        return verdict_set(verdict, 451, "3.5", "user %s does not exist", name);
    /* While we still may; a container may have taken that away already. */
    capng_clear(CAPNG_SELECT_BOUNDS);
    if (capng_apply(CAPNG_SELECT_BOUNDS) != 0)
        log_say(run->log, LOG_DEBUG_LEVEL, STR(""), "no right to narrow the capability bounding set");
    if (initgroups(name, entry->pw_gid) != 0 || setresgid(entry->pw_gid, entry->pw_gid, entry->pw_gid) != 0 ||
        setresuid(entry->pw_uid, entry->pw_uid, entry->pw_uid) != 0)
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

/* --- which files --- */

struct paths {
    struct arena *arena;
    const char *at[PATHS + 1]; /* NULL-ended */
    size_t count;
};

/* What does not fit is not allowed; the whole file system never is. */
static void paths_add(struct paths *paths, struct str path)
{
    if (path.len < 2 || path.at[0] != '/' || paths->count == PATHS)
        return;
    for (size_t i = 0; i < paths->count; i++)
        if (str_eq(str_of(paths->at[i]), path))
            return;
    paths->at[paths->count++] = arena_cstr(paths->arena, path);
}

/* The directory of a file: what replaces it by rename is another file. */
static void paths_add_parent(struct paths *paths, struct str path)
{
    size_t slash = str_find_last(path, '/');
    if (slash != SIZE_MAX)
        paths_add(paths, str_sub(path, 0, slash));
}

/* "type:/file" of a list of tables, "/file" of a match list; also behind '!' and inside of braces. */
static void paths_add_tables(struct paths *paths, struct str list)
{
    struct str word;
    while (str_word(&list, ", \t\r\n{}", &word)) {
        size_t colon = str_find(word, ':');
        if (str_starts(word, STR("!")))
            word = str_from(word, 1);
        else if (colon != SIZE_MAX && colon > 0 && char_is_alpha(word.at[0]))
            word = str_from(word, colon + 1);
        if (!str_starts(word, STR("/")))
            continue;
        paths_add(paths, word);
        paths_add_parent(paths, word);
    }
}

/* The row of a parameter of ours; NULL when it is none. */
static const struct param_row *find_row(const struct run *run, const char *name)
{
    for (size_t i = 0; run->worker->sets[i]; i++) {
        const struct param_set *set = run->worker->sets[i];
        for (size_t k = 0; k < set->count; k++)
            if (str_eq(str_of(set->rows[k].name), str_of(name)))
                return &set->rows[k];
    }
    return NULL;
}

static void paths_add_parameter(struct paths *paths, const struct run *run, const char *name)
{
    const struct param_row *row = find_row(run, name);
    struct str value = run_text(run, name), word;
    if (row && (row->kind == PARAM_MAPS || row->kind == PARAM_MATCH || row->kind == PARAM_ACCESS)) {
        paths_add_tables(paths, value);
        return;
    }
    bool are_files = str_ends(str_of(name), STR("_file")) || str_ends(str_of(name), STR("_files"));
    while (str_word(&value, ", \t\r\n", &word)) {
        paths_add(paths, word);
        if (are_files)
            paths_add_parent(paths, word);
    }
}

static void paths_add_parameters(struct paths *paths, const struct run *run, const char *const *names)
{
    for (size_t i = 0; names && names[i]; i++)
        paths_add_parameter(paths, run, names[i]);
}

static void paths_add_all(struct paths *paths, const char *const *files)
{
    for (size_t i = 0; files[i]; i++)
        paths_add(paths, str_of(files[i]));
}

static int confine_files(struct run *run)
{
    static const char *const for_all[] = {
        "/etc/localtime",       "/usr/share/zoneinfo", "/dev/null", "/dev/urandom",
        "/etc/ssl/openssl.cnf", "/etc/ssl/certs",      NULL};
    static const char *const for_hosts[] = {"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf",
                                            "/etc/passwd",      "/etc/group", NULL};
    /* Who adds a user puts another passwd in the place of the one that was there when we started, and a right
     * is to a file, not to a name. */
    static const char *const for_users[] = {"/etc", NULL};
    /* Which start of the machine it is: the store repairs itself after another one. */
    static const char *const for_stores[] = {"/proc/sys/kernel/random/boot_id", NULL};
    struct paths reads = {.arena = run->arena}, writes = {.arena = run->arena}, drops = {.arena = run->arena};
    if (run->worker->style == WORKER_SESSION)
        tzset(); /* reads the zone: then a session has no need of any file but its user's */
    else
        paths_add_all(&reads, for_all);
    if (run->worker->may & MAY_USE_DNS)
        paths_add_all(&reads, for_hosts);
    if (run->worker->may & MAY_ASK_NAMES)
        paths_add_all(&reads, for_users);
    if (run->worker->may & MAY_SYNC_STORE)
        paths_add_all(&reads, for_stores);
    paths_add_parameters(&reads, run, run->worker->reads);
    paths_add_parameters(&writes, run, run->worker->writes);
    paths_add_parameters(&drops, run, run->worker->drops);
    if (run->session_home) {
        /* Of a new user; the store says why when it is not there. */
        if (access(run->session_home, F_OK) != 0)
            (void)file_make_dirs(run->session_home, 0700);
        paths_add(&writes, str_of(run->session_home));
    }
    return landlock_confine(&(struct landlock_paths){reads.at, writes.at, drops.at}, run->worker->may);
}

/* --- rights --- */

/* All of them, whoever gave them: a user's process may have some too, master's, which systemd gave it for
 * ports under 1024. */
static bool drop_capabilities(void)
{
    capng_clear(CAPNG_SELECT_BOTH);
    return capng_apply(geteuid() != 0 ? CAPNG_SELECT_CAPS : CAPNG_SELECT_BOTH) == 0;
}

unsigned run_may(const struct run *run)
{
    unsigned may = run->worker->may;
    return run->session_home ? may & ~(unsigned)MAY_RUN_PROGRAMS : may;
}

bool confine_before_loop(struct verdict *verdict)
{
    return seccomp_refuse_rings() || verdict_system(verdict, "seccomp", errno);
}

bool confine_before_start(struct run *run, struct verdict *verdict)
{
    if (!become_role(run, verdict) || !set_limits(verdict))
        return false;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return verdict_system(verdict, "prctl", errno);
    int abi = run_may(run) & MAY_RUN_PROGRAMS ? 0 : confine_files(run);
    if (abi < 0)
        return verdict_system(verdict, "landlock", errno);
    run->landlock = abi;
    if (!drop_capabilities())
        return verdict_system(verdict, "capabilities", errno);
    return true;
}

bool confine_after_start(struct run *run, struct verdict *verdict)
{
    if (!seccomp_confine(run_may(run), run->escape_test))
        return verdict_system(verdict, "seccomp", errno);
    /* One process for each delivery need not say so each time. */
    bool often = run->worker->may & MAY_RUN_PROGRAMS && !run->escape_test;
    log_say(run->log, often ? LOG_DEBUG_LEVEL : LOG_INFO_LEVEL, STR(""),
            "confined: uid=%lu, landlock ABI %d, seccomp", (unsigned long)geteuid(), run->landlock);
    return true;
}
