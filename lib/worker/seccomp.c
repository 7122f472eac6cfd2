/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system calls of a role, by libseccomp. What is not on the list kills the process; a few calls that
 * libraries try and can do without are refused with an error instead. Pointers cannot be looked into, so
 * paths are Landlock's matter.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "worker/confine.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#if SANITIZED
/* The leak check at the end wants to trace, which a confined process cannot. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}
#endif

/* Everybody: memory, time, descriptors one has, sockets one has. */
static const char *const for_all[] = {"read",
                                      "write",
                                      "readv",
                                      "writev",
                                      "pread64",
                                      "pwrite64",
                                      "preadv",
                                      "pwritev",
                                      "close",
                                      "lseek",
                                      "dup",
                                      "dup2",
                                      "dup3",
                                      "fcntl",
                                      "fcntl64",
                                      "fstat",
                                      "fstat64",
                                      "newfstatat",
                                      "fstatat64",
                                      "statx",
                                      "poll",
                                      "ppoll",
                                      "select",
                                      "pselect6",
                                      "epoll_wait",
                                      "epoll_pwait",
                                      "epoll_pwait2",
                                      "epoll_ctl",
                                      "epoll_create1",
                                      "eventfd2",
                                      "pipe2",
                                      "recvfrom",
                                      "recvmsg",
                                      "recvmmsg",
                                      "sendto",
                                      "sendmsg",
                                      "sendmmsg",
                                      "accept",
                                      "accept4",
                                      "shutdown",
                                      "getsockname",
                                      "getpeername",
                                      "getsockopt",
                                      "setsockopt",
                                      "socketpair",
                                      "sendfile",
                                      "sendfile64",
                                      "copy_file_range",
                                      "brk",
                                      "munmap",
                                      "mremap",
                                      "madvise",
                                      "futex",
                                      "rt_sigaction",
                                      "rt_sigprocmask",
                                      "rt_sigreturn",
                                      "sigaltstack",
                                      "restart_syscall",
                                      "nanosleep",
                                      "clock_nanosleep",
                                      "clock_gettime",
                                      "clock_getres",
                                      "gettimeofday",
                                      "time",
                                      "getrandom",
                                      "getpid",
                                      "gettid",
                                      "getppid",
                                      "getuid",
                                      "geteuid",
                                      "getgid",
                                      "getegid",
                                      "exit",
                                      "exit_group",
                                      "sched_yield",
                                      "sched_getaffinity",
                                      "set_robust_list",
                                      "rseq",
                                      "membarrier",
                                      "uname",
                                      "sysinfo",
                                      "getrlimit",
                                      "getrusage",
                                      "memfd_create",
                                      "arch_prctl",
                                      "close_range",
                                      "timerfd_create",
                                      "timerfd_settime",
                                      "umask",
                                      "getcwd",
                                      "fsync",
                                      "fdatasync",
                                      NULL};

static const char *const for_reading[] = {"open",       "openat",    "access",     "faccessat", "faccessat2",
                                          "stat",       "lstat",     "stat64",     "lstat64",   "readlink",
                                          "readlinkat", "getdents",  "getdents64", "statfs",    "fstatfs",
                                          "fstatfs64",  "fadvise64", NULL};

static const char *const for_writing[] = {"rename",      "renameat", "renameat2", "unlink",    "unlinkat",
                                          "mkdir",       "mkdirat",  "rmdir",     "link",      "linkat",
                                          "fchmod",      "fchmodat", "fallocate", "utimensat", "ftruncate",
                                          "ftruncate64", "flock",    "msync",     "syncfs",    NULL};

/* Who drops files makes them by opening them, and takes back what did not become whole. */
static const char *const for_dropping[] = {"unlink", "unlinkat", "syncfs", NULL};

/* To who runs users' programs, and to those: what no mail needs, and much of what has been used to break out
 * of a user's rights. With an error, for these are not our programs. */
static const char *const forbidden[] = {"mount",
                                        "umount2",
                                        "pivot_root",
                                        "chroot",
                                        "move_mount",
                                        "open_tree",
                                        "fsopen",
                                        "fsmount",
                                        "fsconfig",
                                        "fspick",
                                        "mount_setattr",
                                        "unshare",
                                        "setns",
                                        "ptrace",
                                        "process_vm_readv",
                                        "process_vm_writev",
                                        "kcmp",
                                        "bpf",
                                        "perf_event_open",
                                        "userfaultfd",
                                        "keyctl",
                                        "add_key",
                                        "request_key",
                                        "io_uring_setup",
                                        "io_uring_enter",
                                        "io_uring_register",
                                        "open_by_handle_at",
                                        "name_to_handle_at",
                                        "init_module",
                                        "finit_module",
                                        "delete_module",
                                        "kexec_load",
                                        "kexec_file_load",
                                        "reboot",
                                        "swapon",
                                        "swapoff",
                                        "acct",
                                        "quotactl",
                                        "syslog",
                                        "settimeofday",
                                        "clock_settime",
                                        "adjtimex",
                                        "clock_adjtime",
                                        "sethostname",
                                        "setdomainname",
                                        "iopl",
                                        "ioperm",
                                        "vhangup",
                                        "lookup_dcookie",
                                        "move_pages",
                                        "migrate_pages",
                                        "mbind",
                                        "set_mempolicy",
                                        NULL};

/* A sanitizer's run time looks at itself. */
static const char *const for_sanitizer[] = {"open", "openat", "readlink", "stat", "getdents64", NULL};

/* Tried by libraries, not needed: an error is enough. */
static const char *const refused[] = {
    "io_uring_setup", "sched_setscheduler", "mlock", "mlock2", "sched_setaffinity", "getxattr", "lgetxattr",
    "setpriority",    "sched_getattr",      "ustat", NULL};

static bool add_all(scmp_filter_ctx filter, uint32_t action, const char *const *names)
{
    for (size_t i = 0; names[i]; i++) {
        int number = seccomp_syscall_resolve_name(names[i]);
        if (number == __NR_SCMP_ERROR)
            continue;
        int result = seccomp_rule_add(filter, action, number, 0);
        if (result != 0 && result != -EEXIST && result != -EACCES && result != -EDOM)
            return false;
    }
    return true;
}

#if SANITIZED
/* A tracer lets a call fail by making it -1 before the filter sees it: tests do (tests/crash). The kernel
 * answers that number with ENOSYS and no more. */
static bool add_skipped(scmp_filter_ctx filter)
{
    return seccomp_attr_set(filter, SCMP_FLTATR_API_TSKIP, 1) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, -1, 0) == 0;
}
#else
static bool add_skipped(scmp_filter_ctx filter)
{
    (void)filter;
    return true;
}
#endif

/* Memory may never become code. */
static bool add_memory(scmp_filter_ctx filter)
{
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0;
}

static bool add_if_first(scmp_filter_ctx filter, int call, enum scmp_compare compare, scmp_datum_t value)
{
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1, SCMP_CMP(0, compare, value)) == 0;
}

/* Signals only to itself and no limits of others, for who serves another user may be of the same uid; and it
 * stays untraceable. abort(3) in a child of local is refused, and the child ended for it. */
static bool add_itself(scmp_filter_ctx filter)
{
    return add_if_first(filter, SCMP_SYS(tgkill), SCMP_CMP_EQ, (scmp_datum_t)getpid()) &&
           add_if_first(filter, SCMP_SYS(prlimit64), SCMP_CMP_EQ, 0) &&
           add_if_first(filter, SCMP_SYS(prctl), SCMP_CMP_NE, PR_SET_DUMPABLE) &&
           seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prctl), 1,
                            SCMP_A0(SCMP_CMP_EQ, PR_SET_DUMPABLE)) == 0;
}

/* libuv makes what it watches non-blocking; nothing else is asked of devices. */
static bool add_ioctl(scmp_filter_ctx filter)
{
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, SCMP_A1(SCMP_CMP_EQ, FIONBIO)) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1,
                            SCMP_A1(SCMP_CMP_NE, FIONBIO)) == 0;
}

static bool add_socket(scmp_filter_ctx filter, int family)
{
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
                            SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family)) == 0;
}

static bool add_network(scmp_filter_ctx filter, unsigned may)
{
    static const char *const connecting[] = {"connect", "bind", NULL};
    bool inet = may & (MAY_CONNECT_INET | MAY_USE_DNS);
    if (!(may & MAY_CONNECT_UNIX) && !inet)
        return true;
    return add_all(filter, SCMP_ACT_ALLOW, connecting) && add_socket(filter, AF_UNIX) &&
           (!inet || (add_socket(filter, AF_INET) && add_socket(filter, AF_INET6) &&
                      (!(may & MAY_USE_DNS) || add_socket(filter, AF_NETLINK))));
}

static bool add_threads(scmp_filter_ctx filter)
{
    static const char *const threads[] = {"clone", "clone3", "set_tid_address", NULL};
    return add_all(filter, SCMP_ACT_ALLOW, threads);
}

static bool add_role(scmp_filter_ctx filter, unsigned may)
{
    bool files = may & (MAY_READ_FILES | MAY_WRITE_FILES | MAY_DROP_FILES);
    return add_all(filter, SCMP_ACT_ALLOW, for_all) && add_memory(filter) && add_itself(filter) &&
           add_ioctl(filter) && add_skipped(filter) && add_network(filter, may) &&
           (!files || add_all(filter, SCMP_ACT_ALLOW, for_reading)) &&
           (!(may & MAY_WRITE_FILES) || add_all(filter, SCMP_ACT_ALLOW, for_writing)) &&
           (!(may & MAY_DROP_FILES) || add_all(filter, SCMP_ACT_ALLOW, for_dropping)) &&
           (!(may & MAY_MAKE_THREADS) || add_threads(filter)) &&
           (!SANITIZED || add_all(filter, SCMP_ACT_ALLOW, for_sanitizer)) &&
           add_all(filter, SCMP_ACT_ERRNO(EPERM), refused) &&
           (files || add_all(filter, SCMP_ACT_ERRNO(EACCES), for_reading)) &&
           (may & MAY_WRITE_FILES || add_all(filter, SCMP_ACT_ERRNO(EACCES), for_writing));
}

/* Namespaces of users are made by clone too, whose flags can be looked at; those of clone3 cannot, and
 * libraries do without it. */
static bool add_forbidden(scmp_filter_ctx filter)
{
    return add_all(filter, SCMP_ACT_ERRNO(EPERM), forbidden) &&
           seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                            SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER)) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
}

bool seccomp_refuse_rings(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter) {
        errno = ENOMEM;
        return false;
    }
    int error = -seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(io_uring_setup), 0);
    if (error == 0)
        error = -seccomp_load(filter);
    seccomp_release(filter);
    errno = error;
    return error == 0;
}

bool seccomp_confine(unsigned may, bool only_refuse)
{
    bool programs = may & MAY_RUN_PROGRAMS;
    scmp_filter_ctx filter = seccomp_init(programs      ? SCMP_ACT_ALLOW
                                          : only_refuse ? SCMP_ACT_ERRNO(ENOSYS)
                                                        : SCMP_ACT_KILL_PROCESS);
    if (!filter) {
        errno = ENOMEM;
        return false;
    }
    bool done = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
                (programs ? add_forbidden(filter) : add_role(filter, may));
    int error = done ? -seccomp_load(filter) : EINVAL;
    seccomp_release(filter);
    errno = error;
    return done && error == 0;
}
