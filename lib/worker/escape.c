/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tries, under full confinement, what no role may do or what this one may not, and says what happened.
 * seccomp refuses instead of killing for this, so that all of it can be tried in one process.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "worker/confine.h"
#include "worker/run.h"

static bool opens(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static bool reads_shadow(void)
{
    return opens("/etc/shadow", O_RDONLY);
}

/* Everybody may read it who is not confined. Tables may well be in /etc, so it is none of that. */
static bool reads_release(void)
{
    return opens("/usr/lib/os-release", O_RDONLY);
}

static bool lists_root(void)
{
    return opens("/", O_RDONLY | O_DIRECTORY);
}

static bool writes_tmp(void)
{
    return opens("/tmp/relais-escape-test", O_WRONLY | O_CREAT | O_EXCL);
}

static bool reads_proc(void)
{
    return opens("/proc/1/status", O_RDONLY);
}

static bool runs_program(void)
{
    char *const argv[] = {NULL};
    return syscall(SYS_execve, "/nowhere", argv, argv) == 0 || errno == ENOENT;
}

static bool connects(int family, int type, uint16_t port)
{
    int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    bool done = fd >= 0 && (connect(fd, (struct sockaddr *)&address, sizeof address) == 0 ||
                            errno == EINPROGRESS || errno == ECONNREFUSED);
    if (fd >= 0)
        close(fd);
    return done;
}

static bool connects_tcp(void)
{
    return connects(AF_INET, SOCK_STREAM, 9);
}

static bool makes_raw_socket(void)
{
    return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) >= 0;
}

static bool makes_packet_socket(void)
{
    return socket(AF_PACKET, SOCK_DGRAM, 0) >= 0;
}

static bool listens(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 1) == 0;
}

static bool traces(void)
{
    return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0;
}

static bool signals_parent(void)
{
    return kill(getppid(), 0) == 0;
}

static bool maps_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
           MAP_FAILED;
}

static bool makes_memory_code(void)
{
    void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return at != MAP_FAILED && mprotect(at, 4096, PROT_READ | PROT_EXEC) == 0;
}

static bool becomes_root(void)
{
    return setresuid(0, 0, 0) == 0;
}

static bool mounts(void)
{
    return mount("none", "/mnt", "tmpfs", 0, NULL) == 0;
}

static bool changes_root(void)
{
    return chroot("/") == 0;
}

static bool makes_namespace(void)
{
    return syscall(SYS_unshare, 0x10000000 /* CLONE_NEWUSER */) == 0;
}

static bool forks(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return pid > 0;
}

static bool uses_io_uring(void)
{
    char params[120] = {0};
    return syscall(425 /* io_uring_setup */, 1, params) >= 0;
}

static bool uses_bpf(void)
{
    char attribute[64] = {0};
    return syscall(SYS_bpf, 0, attribute, sizeof attribute) >= 0;
}

static bool uses_keys(void)
{
    return syscall(SYS_keyctl, 0, -1, 0) >= 0;
}

static bool reads_memory_of_others(void)
{
    char octet;
    struct iovec part = {&octet, 1};
    return syscall(SYS_process_vm_readv, getppid(), &part, 1, &part, 1, 0) >= 0;
}

static bool opens_kernel_log(void)
{
    return syscall(SYS_syslog, 10, NULL, 0) >= 0;
}

static bool reboots(void)
{
    return syscall(SYS_reboot, 0, 0, 0, NULL) == 0 || errno == EINVAL;
}

static const struct {
    const char *what;
    bool (*try)(void);
    unsigned unless; /* roles with these may */
} attempts[] = {
    {"read /etc/shadow", reads_shadow, 0},
    {"read /usr/lib/os-release", reads_release, MAY_RUN_PROGRAMS},
    {"list /", lists_root, MAY_RUN_PROGRAMS},
    {"create a file in /tmp", writes_tmp, MAY_RUN_PROGRAMS},
    {"read another process's status", reads_proc, MAY_RUN_PROGRAMS},
    {"run a program", runs_program, MAY_RUN_PROGRAMS},
    {"connect by TCP", connects_tcp, MAY_CONNECT_INET | MAY_USE_DNS | MAY_RUN_PROGRAMS},
    {"make a raw socket", makes_raw_socket, 0},
    {"make a packet socket", makes_packet_socket, 0},
    {"listen on a port", listens, MAY_USE_DNS | MAY_RUN_PROGRAMS},
    {"trace its parent", traces, 0},
    {"signal its parent", signals_parent, MAY_RUN_PROGRAMS},
    {"map memory as code", maps_code, MAY_RUN_PROGRAMS},
    {"turn memory into code", makes_memory_code, MAY_RUN_PROGRAMS},
    {"become root", becomes_root, 0},
    {"mount a file system", mounts, 0},
    {"change the root directory", changes_root, 0},
    {"make a user namespace", makes_namespace, 0},
    {"fork", forks, MAY_MAKE_THREADS | MAY_RUN_PROGRAMS},
    {"use io_uring", uses_io_uring, 0},
    {"use bpf", uses_bpf, 0},
    {"use the kernel's keys", uses_keys, 0},
    {"read its parent's memory", reads_memory_of_others, 0},
    {"read the kernel's log", opens_kernel_log, 0},
    {"reboot", reboots, 0},
};

int escape_try_all(const struct run *run)
{
    int allowed = 0;
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        if (run_may(run) & attempts[i].unless)
            continue;
        bool done = attempts[i].try();
        printf("%s %s\n", done ? "ALLOWED" : "blocked", attempts[i].what);
        allowed += done;
    }
    fflush(stdout);
    return allowed;
}
