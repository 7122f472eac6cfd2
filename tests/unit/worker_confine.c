/* SPDX-License-Identifier: BSD-2-Clause */
/* Confinement, each part alone: a child takes its rights away and tries what it may do and what it may not.
 */
#include "unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/file.h"
#include "io/listen.h"
#include "worker/confine.h"
#include "worker/run.h"

/* --- Landlock --- */

struct places {
    char top[100], readable[120], writable[120], droppable[120], other[120], file[140];
};

static void make_places(struct places *places, const char *name)
{
    snprintf(places->top, sizeof places->top, "%s/%s", test_directory(), name);
    snprintf(places->readable, sizeof places->readable, "%s/readable", places->top);
    snprintf(places->writable, sizeof places->writable, "%s/writable", places->top);
    snprintf(places->droppable, sizeof places->droppable, "%s/droppable", places->top);
    snprintf(places->other, sizeof places->other, "%s/other", places->top);
    snprintf(places->file, sizeof places->file, "%s/one-file", places->top);
    CHECK(file_make_dirs(places->readable, 0755) && file_make_dirs(places->writable, 0755) &&
          file_make_dirs(places->droppable, 0755) && file_make_dirs(places->other, 0755));
    CHECK(file_replace(AT_FDCWD, places->file, STR("x"), 0644));
    const char *const directories[] = {places->readable, places->writable, places->droppable, places->other};
    for (int i = 0; i < 4; i++) {
        char path[160];
        snprintf(path, sizeof path, "%s/f", directories[i]);
        CHECK(file_replace(AT_FDCWD, path, STR("content"), 0666));
    }
}

/* errno of opening directory/name, 0 when it went well. */
static int try_open(const char *directory, const char *name, int flags)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    int fd = open(path, flags | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}

/* False when the kernel has no Landlock: nothing to test then. */
static bool confine(const struct places *places, unsigned may)
{
    const char *const reads[] = {places->readable, places->file, "/nowhere/at/all", NULL};
    const char *const writes[] = {places->writable, NULL};
    const char *const drops[] = {places->droppable, NULL};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    int abi = landlock_confine(&(struct landlock_paths){reads, writes, drops}, may);
    CHECK(abi >= 0);
    return abi > 0;
}

static void read_here_write_there(void *arg)
{
    const struct places *places = arg;
    if (!confine(places, MAY_READ_FILES | MAY_WRITE_FILES))
        return;
    CHECK_INT(try_open(places->readable, "f", O_RDONLY), 0);
    CHECK_INT(try_open(places->readable, "f", O_WRONLY), EACCES);
    CHECK_INT(try_open(places->readable, "new", O_WRONLY | O_CREAT), EACCES);
    CHECK_INT(try_open(places->writable, "f", O_RDWR), 0);
    CHECK_INT(try_open(places->writable, "f", O_WRONLY | O_TRUNC), 0);
    CHECK_INT(try_open(places->writable, "new", O_WRONLY | O_CREAT), 0);
    CHECK_INT(try_open(places->other, "f", O_RDONLY), EACCES);
    CHECK_INT(try_open(places->other, "new", O_WRONLY | O_CREAT), EACCES);
    CHECK_INT(try_open(places->top, "one-file", O_RDONLY), 0);
    CHECK_INT(try_open(places->top, "", O_RDONLY | O_DIRECTORY), EACCES);
    CHECK_INT(try_open("/etc", "passwd", O_RDONLY), EACCES);
    CHECK_INT(try_open(places->writable, "../other/f", O_RDONLY), EACCES);
}

TEST(files_are_read_and_written_where_it_was_said_and_nowhere_else)
{
    struct places places;
    make_places(&places, "where");
    CHECK_INT(test_child(read_here_write_there, &places), 0);
}

static void follow_links(void *arg)
{
    const struct places *places = arg;
    char from[200], to[200];
    snprintf(to, sizeof to, "%s/f", places->other);
    snprintf(from, sizeof from, "%s/link", places->writable);
    CHECK(symlink(to, from) == 0);
    if (!confine(places, MAY_READ_FILES | MAY_WRITE_FILES))
        return;
    CHECK_INT(try_open(places->writable, "link", O_RDONLY), EACCES);
    snprintf(from, sizeof from, "%s/another", places->writable);
    CHECK(symlink(to, from) != 0 && errno == EACCES);
    snprintf(from, sizeof from, "%s/hard", places->writable);
    CHECK(link(to, from) != 0);
    snprintf(from, sizeof from, "%s/moved", places->writable);
    CHECK(rename(to, from) != 0);
    CHECK(unlink(to) != 0 && errno == EACCES);
    snprintf(from, sizeof from, "%s/fifo", places->writable);
    CHECK(mkfifo(from, 0600) != 0 && errno == EACCES);
}

TEST(links_and_renames_lead_nowhere)
{
    struct places places;
    make_places(&places, "links");
    CHECK_INT(test_child(follow_links, &places), 0);
}

static void drop_only(void *arg)
{
    const struct places *places = arg;
    char path[200], moved[200];
    if (!confine(places, MAY_WRITE_FILES))
        return;
    CHECK_INT(try_open(places->droppable, "fresh", O_WRONLY | O_CREAT | O_EXCL), 0);
    CHECK_INT(try_open(places->droppable, "fresh", O_RDONLY), EACCES);
    CHECK_INT(try_open(places->droppable, "f", O_RDONLY), EACCES);
    CHECK_INT(try_open(places->droppable, "", O_RDONLY | O_DIRECTORY), EACCES);
    snprintf(path, sizeof path, "%s/fresh", places->droppable);
    CHECK(unlink(path) == 0);
    snprintf(path, sizeof path, "%s/directory", places->droppable);
    CHECK(mkdir(path, 0700) != 0 && errno == EACCES);
    CHECK(symlink("f", path) != 0 && errno == EACCES);
    snprintf(path, sizeof path, "%s/f", places->writable);
    snprintf(moved, sizeof moved, "%s/moved", places->droppable);
    CHECK(rename(path, moved) == 0);
    CHECK(rename(moved, path) != 0); /* it would become readable */
}

TEST(who_may_only_drop_files_cannot_read_or_list_them)
{
    struct places places;
    make_places(&places, "drop");
    CHECK_INT(test_child(drop_only, &places), 0);
}

static void use_tcp(void *arg)
{
    struct address address;
    const char *const none[] = {NULL};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    int abi = landlock_confine(&(struct landlock_paths){none, none, none}, *(unsigned *)arg);
    CHECK(abi >= 0);
    if (abi < 4)
        return;
    CHECK(address_from_ip(STR("127.0.0.1"), 9, &address));
    CHECK(connect_inet(&address, NULL, deadline_in(1000)) < 0);
    CHECK_INT(errno, *(unsigned *)arg & MAY_CONNECT_INET ? ECONNREFUSED : EACCES);
    CHECK(address_from_ip(STR("127.0.0.1"), 47811, &address));
    CHECK(listen_inet(&address) < 0);
    CHECK_INT(errno, EACCES);
}

TEST(tcp_is_for_those_who_may_and_nobody_listens)
{
    unsigned none = 0, inet = MAY_CONNECT_INET;
    CHECK_INT(test_child(use_tcp, &none), 0);
    CHECK_INT(test_child(use_tcp, &inet), 0);
}

/* --- seccomp --- */

static bool dies_of_it(void (*fn)(void *arg), unsigned may)
{
    int status = test_child(fn, &may);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

static void filter(void *arg)
{
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    if (!seccomp_confine(*(unsigned *)arg, false))
        _exit(9);
}

static void run_a_program(void *arg)
{
    char *const argv[] = {NULL};
    filter(arg);
    syscall(SYS_execve, "/bin/true", argv, argv);
}

static void fork_a_child(void *arg)
{
    filter(arg);
    if (fork() == 0)
        _exit(0);
}

static void make_code(void *arg)
{
    filter(arg);
    mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void turn_into_code(void *arg)
{
    void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    filter(arg);
    mprotect(at, 4096, PROT_READ | PROT_EXEC);
}

static void make_inet_socket(void *arg)
{
    filter(arg);
    (void)!socket(AF_INET, SOCK_STREAM, 0);
}

static void make_unix_socket(void *arg)
{
    filter(arg);
    (void)!socket(AF_UNIX, SOCK_STREAM, 0);
}

static void become_somebody(void *arg)
{
    filter(arg);
    (void)!setresuid(0, 0, 0);
}

static void trace(void *arg)
{
    filter(arg);
    syscall(SYS_ptrace, 0, 0, 0, 0);
}

static void mount_something(void *arg)
{
    filter(arg);
    syscall(SYS_mount, "none", "/mnt", "tmpfs", 0, NULL);
}

static void signal_another(void *arg)
{
    pid_t parent = getppid();
    filter(arg);
    syscall(SYS_tgkill, parent, parent, 0);
}

static void signal_itself(void *arg)
{
    filter(arg);
    CHECK(syscall(SYS_tgkill, getpid(), getpid(), 0) == 0);
}

static void limit_another(void *arg)
{
    struct rlimit none = {0, 0};
    pid_t parent = getppid();
    filter(arg);
    prlimit(parent, RLIMIT_CORE, NULL, &none);
}

static void become_traceable(void *arg)
{
    filter(arg);
    CHECK(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == -1 && errno == EPERM);
}

static void cut_a_file(void *arg)
{
    int fd = memfd_create("log", MFD_CLOEXEC);
    filter(arg);
    CHECK(ftruncate(fd, 0) == -1 && errno == EACCES);
}

static void rename_a_file(void *arg)
{
    filter(arg);
    CHECK(rename("/nowhere/a", "/nowhere/b") == -1 && errno == EACCES);
    CHECK(unlink("/nowhere/a") == -1 && errno == ENOENT);
}

/* Others of its uid serve other users. */
TEST(a_process_is_left_alone_by_others_of_its_user)
{
    unsigned session = MAY_READ_FILES | MAY_WRITE_FILES;
    CHECK(dies_of_it(signal_another, session));
    CHECK(!dies_of_it(signal_itself, session));
    CHECK(dies_of_it(limit_another, session));
    CHECK_INT(test_child(become_traceable, &session), 0);
}

/* Of the log, say, which is an open descriptor of all. */
TEST(who_has_no_files_cannot_cut_one_and_who_drops_them_cannot_move_one)
{
    unsigned none = 0, dropping = MAY_READ_FILES | MAY_DROP_FILES;
    CHECK_INT(test_child(cut_a_file, &none), 0);
    CHECK_INT(test_child(cut_a_file, &dropping), 0);
    CHECK_INT(test_child(rename_a_file, &dropping), 0);
}

TEST(what_no_role_may_do_ends_the_process)
{
    unsigned all = MAY_READ_FILES | MAY_WRITE_FILES | MAY_CONNECT_UNIX | MAY_CONNECT_INET | MAY_USE_DNS |
                   MAY_MAKE_THREADS | MAY_SYNC_STORE | MAY_ASK_NAMES;
    CHECK(dies_of_it(run_a_program, all));
    CHECK(dies_of_it(make_code, all));
    CHECK(dies_of_it(turn_into_code, all));
    CHECK(dies_of_it(trace, all));
    CHECK(dies_of_it(mount_something, all));
}

TEST(what_a_role_may_not_do_ends_the_process_and_what_it_may_does_not)
{
    CHECK(dies_of_it(make_inet_socket, 0));
    CHECK(dies_of_it(make_inet_socket, MAY_CONNECT_UNIX));
    CHECK(!dies_of_it(make_inet_socket, MAY_CONNECT_INET));
    CHECK(dies_of_it(make_unix_socket, MAY_READ_FILES | MAY_WRITE_FILES));
    CHECK(!dies_of_it(make_unix_socket, MAY_CONNECT_UNIX));
    CHECK(dies_of_it(fork_a_child, 0));
    CHECK(dies_of_it(become_somebody, MAY_READ_FILES | MAY_CONNECT_UNIX));
}

/* 0, or errno of the first call that went well or failed otherwise than with EPERM. */
static void try_what_no_mail_needs(void *arg)
{
    static const int calls[] = {SYS_ptrace, SYS_mount,  SYS_unshare, SYS_setns,  SYS_bpf,
                                SYS_keyctl, SYS_chroot, SYS_reboot,  SYS_syslog, SYS_process_vm_readv};
    filter(arg);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        errno = 0;
        CHECK(syscall(calls[i], 0, 0, 0, 0, 0) < 0);
        CHECK_INT(errno, EPERM);
    }
    CHECK(syscall(SYS_clone, 0x10000000 /* CLONE_NEWUSER */ | SIGCHLD, 0, 0, 0, 0) < 0);
    CHECK_INT(errno, EPERM);
}

static void run_true(void *arg)
{
    char *const argv[] = {(char *)(uintptr_t) "true", NULL};
    filter(arg);
    execve("/bin/true", argv, argv + 1);
    _exit(1);
}

TEST(who_runs_users_programs_can_and_is_refused_what_no_mail_needs)
{
    unsigned may = MAY_RUN_PROGRAMS;
    CHECK_INT(test_child(run_true, &may), 0);
    CHECK_INT(test_child(fork_a_child, &may), 0);
    CHECK_INT(test_child(try_what_no_mail_needs, &may), 0);
}

TEST(with_a_home_of_its_own_no_role_runs_programs)
{
    const struct worker worker = {.may = MAY_READ_FILES | MAY_RUN_PROGRAMS};
    struct run run = {.worker = &worker};
    CHECK_INT(run_may(&run), MAY_READ_FILES | MAY_RUN_PROGRAMS);
    run.session_home = "/var/mail";
    CHECK_INT(run_may(&run), MAY_READ_FILES);
}

static void talk_and_remember(void *arg)
{
    int ends[2], pipes[2];
    char octets[2];
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0 && pipe(pipes) == 0);
    filter(arg);
    CHECK(write(pipes[1], "a", 1) == 1 && read(pipes[0], octets, 1) == 1);
    CHECK(send(ends[0], "b", 1, 0) == 1 && recv(ends[1], octets, 2, 0) == 1);
    char *much = malloc(10000000);
    memset(much, 1, 10000000);
    free(much);
    CHECK(time_monotonic_ms() > 0);
}

TEST(every_role_may_talk_over_what_it_has_and_take_memory)
{
    unsigned none = 0;
    CHECK_INT(test_child(talk_and_remember, &none), 0);
}

static void be_refused(void *arg)
{
    (void)arg;
    char *const argv[] = {NULL};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(seccomp_confine(0, true));
    CHECK(syscall(SYS_execve, "/bin/true", argv, argv) == -1 && errno == ENOSYS);
    CHECK(socket(AF_INET, SOCK_STREAM, 0) == -1);
}

TEST(for_the_escape_test_calls_are_refused_and_nobody_dies)
{
    CHECK_INT(test_child(be_refused, NULL), 0);
}

/* A library may make a ring with its loop, when the role's own filter is not there yet. */
static void make_a_ring(void *arg)
{
    struct verdict verdict;
    char params[200] = {0};
    (void)arg;
    CHECK(confine_before_loop(&verdict));
    CHECK(syscall(SYS_io_uring_setup, 1, params) == -1 && errno == ENOSYS);
}

TEST(there_is_no_io_uring_before_the_loop_is_made)
{
    CHECK_INT(test_child(make_a_ring, NULL), 0);
}

/* --- before the start --- */

static const struct param_set *const no_sets[] = {NULL};

static void become_nobody(void *arg)
{
    static const struct worker worker = {.name = "test", .user = "relais-no-such-user", .sets = no_sets};
    struct run run = {.worker = &worker, .arena = arena_create(100000)};
    struct verdict verdict;
    (void)arg;
    CHECK(!confine_before_start(&run, &verdict));
    CHECK(strstr(verdict.text, "relais-no-such-user") != NULL);
    arena_destroy(run.arena);
}

TEST(a_role_whose_user_does_not_exist_is_not_started)
{
    if (geteuid() == 0)
        CHECK_INT(test_child(become_nobody, NULL), 0);
}

enum { LAST_CAPABILITY = 40 };

static void set_capabilities(unsigned which)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{which, which, which}};
    CHECK(syscall(SYS_capset, &header, data) == 0);
}

static void check_no_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{1, 1, 1}};
    CHECK(syscall(SYS_capget, &header, data) == 0);
    for (int i = 0; i < 2; i++)
        CHECK(data[i].effective == 0 && data[i].permitted == 0 && data[i].inheritable == 0);
    for (int capability = 0; capability <= LAST_CAPABILITY; capability++)
        CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, capability, 0, 0) <= 0);
}

static void lose_rights(void *arg)
{
    static const struct worker worker = {.name = "test", .user = "nobody", .sets = no_sets};
    struct run run = {.worker = &worker, .arena = arena_create(100000)};
    struct verdict verdict;
    struct rlimit core, files;
    (void)arg;
    CHECK(confine_before_start(&run, &verdict));
    CHECK(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0);
    CHECK(getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur == files.rlim_max);
    CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
    CHECK(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
    CHECK(geteuid() != 0 && getuid() != 0 && getegid() != 0);
    CHECK(setresuid(0, 0, 0) != 0 && setresgid(0, 0, 0) != 0);
    check_no_capabilities();
    for (int capability = 0; capability <= LAST_CAPABILITY; capability++)
        CHECK(prctl(PR_CAPBSET_READ, capability, 0, 0, 0) <= 0);
    if (run.landlock > 0)
        CHECK_INT(try_open("/etc", "passwd", O_RDONLY), EACCES);
    arena_destroy(run.arena);
}

TEST(before_the_start_users_limits_and_capabilities_are_given_up)
{
    if (geteuid() == 0)
        CHECK_INT(test_child(lose_rights, NULL), 0);
}

/* As systemd's AmbientCapabilities gives them to a master that is not root, for ports under 1024. */
static void lose_ambient_rights(void *arg)
{
    static const struct worker worker = {.name = "test", .sets = no_sets};
    struct run run = {.worker = &worker, .arena = arena_create(100000)};
    struct verdict verdict;
    (void)arg;
    CHECK(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0 && setresgid(65534, 65534, 65534) == 0 &&
          setresuid(65534, 65534, 65534) == 0);
    set_capabilities(1u << CAP_NET_BIND_SERVICE);
    CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0, 0) == 0);
    CHECK(confine_before_start(&run, &verdict));
    check_no_capabilities();
    arena_destroy(run.arena);
}

TEST(capabilities_that_master_was_given_do_not_reach_the_programs)
{
    if (geteuid() == 0)
        CHECK_INT(test_child(lose_ambient_rights, NULL), 0);
}
