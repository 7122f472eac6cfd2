/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that are there when we say so: whole reads and writes, replacement, locks, and what fails half-way.
 */
#include "unit/test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/file.h"
#include "io/task.h"

/* A directory of the test's own; its descriptor. */
static int fresh_directory(const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", test_directory(), name);
    CHECK(mkdir(path, 0700) == 0);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(fd >= 0);
    return fd;
}

static size_t count_entries(int directory)
{
    size_t count = 0;
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *walk = fdopendir(fd);
    for (const struct dirent *entry; (entry = readdir(walk));)
        count += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
    closedir(walk);
    return count;
}

static void check_content(int directory, const char *name, const char *wanted)
{
    struct buf whole;
    buf_init(&whole, 1000000);
    CHECK(file_read_whole(directory, name, &whole));
    CHECK_STR(buf_str(&whole), wanted);
    buf_finish(&whole);
}

/* --- whole reads and writes --- */

TEST(what_is_written_is_read_in_whole_and_in_part)
{
    int directory = fresh_directory("whole");
    int fd = openat(directory, "f", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    char octets[4] = {0};
    struct iovec parts[4] = {{(char[]){"one,"}, 4}, {NULL, 0}, {(char[]){"two,"}, 4}, {(char[]){"three"}, 5}};
    CHECK(file_writev_all(fd, parts, 4));
    CHECK(file_write_all(fd, STR("!")));
    CHECK(file_pwrite_all(fd, STR("T"), 4));
    check_content(directory, "f", "one,Two,three!");
    CHECK(file_pread_all(fd, octets, 3, 4));
    CHECK_STR(str_make(octets, 3), "Two");
    CHECK(file_write_all(fd, STR("")) && file_writev_all(fd, parts, 0) &&
          file_pread_all(fd, octets, 0, 1000));
    close(fd);
    close(directory);
}

TEST(reading_past_the_end_is_an_error)
{
    int directory = fresh_directory("past");
    int fd = openat(directory, "f", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    char octets[8];
    CHECK(file_write_all(fd, STR("1234")));
    CHECK(!file_pread_all(fd, octets, 5, 0));
    CHECK_INT(errno, EIO);
    CHECK(!file_pread_all(fd, octets, 1, 4));
    CHECK_INT(errno, EIO);
    CHECK(!file_pread_all(-1, octets, 1, 0));
    CHECK_INT(errno, EBADF);
    close(fd);
    close(directory);
}

TEST(a_whole_file_is_read_up_to_the_buffers_limit)
{
    int directory = fresh_directory("limit");
    struct buf out;
    CHECK(file_replace(directory, "f", STR("0123456789"), 0600));
    buf_init(&out, 10);
    CHECK(file_read_whole(directory, "f", &out));
    CHECK_STR(buf_str(&out), "0123456789");
    buf_finish(&out);
    buf_init(&out, 9);
    CHECK(!file_read_whole(directory, "f", &out));
    CHECK_INT(errno, EFBIG);
    CHECK(out.len <= 9);
    buf_finish(&out);
    buf_init(&out, 100);
    buf_add_text(&out, "before ");
    CHECK(file_read_whole(directory, "f", &out));
    CHECK_STR(buf_str(&out), "before 0123456789");
    CHECK(!file_read_whole(directory, "missing", &out));
    CHECK_INT(errno, ENOENT);
    CHECK(!file_read_whole(directory, ".", &out));
    CHECK_INT(errno, EISDIR);
    buf_finish(&out);
    close(directory);
}

TEST(a_full_disk_is_an_error_however_it_is_written_to)
{
    int full = open("/dev/full", O_RDWR | O_CLOEXEC);
    struct iovec part = {(char[]){"x"}, 1};
    CHECK(!file_write_all(full, STR("x")));
    CHECK_INT(errno, ENOSPC);
    CHECK(!file_writev_all(full, &part, 1));
    CHECK_INT(errno, ENOSPC);
    CHECK(!file_pwrite_all(full, STR("x"), 0));
    CHECK_INT(errno, ENOSPC);
    close(full);
}

static void do_nothing(int number)
{
    (void)number;
}

static void drain_slowly(void *arg)
{
    char piece[5000];
    size_t total = 0;
    for (ssize_t got; (got = read(((int *)arg)[0], piece, sizeof piece)) > 0; usleep(100))
        for (ssize_t i = 0; i < got; i++, total++)
            CHECK(piece[i] == (char)(total % 251));
    CHECK_INT(total, 400000);
}

struct writing {
    int *pipe;
    bool vectors;
};

static void write_under_signals(void *arg)
{
    struct writing *writing = arg;
    struct sigaction action = {.sa_handler = do_nothing};
    struct itimerval often = {{0, 500}, {0, 500}};
    static char much[400000];
    struct iovec parts[3] = {{much, 100000}, {much + 100000, 250000}, {much + 350000, 50000}};
    for (size_t i = 0; i < sizeof much; i++)
        much[i] = (char)(i % 251);
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    CHECK(writing->vectors ? file_writev_all(writing->pipe[1], parts, 3)
                           : file_write_all(writing->pipe[1], str_make(much, sizeof much)));
}

/* A pipe whose reader is slow: signals interrupt waiting, and writes come back part done. */
TEST(interrupted_and_partial_writes_go_on_where_they_were)
{
    for (int vectors = 0; vectors < 2; vectors++) {
        int ends[2];
        CHECK(pipe(ends) == 0);
        pid_t reader = fork();
        if (reader == 0) {
            close(ends[1]);
            int status = test_child(drain_slowly, ends);
            _exit(status ? 1 : 0);
        }
        struct writing writing = {ends, vectors};
        close(ends[0]);
        CHECK_INT(test_child(write_under_signals, &writing), 0);
        close(ends[1]);
        int status = -1;
        CHECK(waitpid(reader, &status, 0) == reader && status == 0);
    }
}

static void write_past_the_size_limit(void *arg)
{
    struct rlimit small = {4096, 4096};
    int directory = *(int *)arg;
    static char much[10000];
    signal(SIGXFSZ, SIG_IGN);
    CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    CHECK(!file_replace(directory, "f", str_make(much, sizeof much), 0600));
    CHECK_INT(errno, EFBIG);
    check_content(directory, "f", "old");
    CHECK_INT(count_entries(directory), 1);
}

/* --- replacing --- */

TEST(a_file_that_cannot_be_written_in_whole_does_not_replace_and_leaves_nothing)
{
    int directory = fresh_directory("half");
    CHECK(file_replace(directory, "f", STR("old"), 0600));
    CHECK_INT(test_child(write_past_the_size_limit, &directory), 0);
    close(directory);
}

static void replace_without_descriptors(void *arg)
{
    int directory = *(int *)arg, lowest = dup(0);
    close(lowest);
    for (int extra = 0; extra < 2; extra++) { /* for the directory, and then for the file */
        struct rlimit few = {(rlim_t)(lowest + extra), (rlim_t)(lowest + 2)};
        CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
        CHECK(!file_replace(directory, "f", STR("new"), 0600));
        CHECK_INT(errno, EMFILE);
    }
    struct rlimit enough = {(rlim_t)(lowest + 2), (rlim_t)(lowest + 2)};
    CHECK(setrlimit(RLIMIT_NOFILE, &enough) == 0);
    CHECK(file_replace(directory, "f", STR("new"), 0600));
    CHECK_INT(count_entries(directory), 1);
}

TEST(without_descriptors_the_old_file_stays)
{
    int directory = fresh_directory("emfile");
    CHECK(file_replace(directory, "f", STR("old"), 0600));
    CHECK_INT(test_child(replace_without_descriptors, &directory), 0);
    check_content(directory, "f", "new");
    close(directory);
}

TEST(a_replaced_file_has_the_content_and_the_mode_whatever_the_umask)
{
    int directory = fresh_directory("mode");
    struct stat status;
    mode_t before = umask(077);
    CHECK(file_replace(directory, "f", STR("one"), 0644));
    umask(before);
    CHECK(fstatat(directory, "f", &status, 0) == 0 && (status.st_mode & 07777) == 0644);
    CHECK(file_replace(directory, "f", STR(""), 0600));
    check_content(directory, "f", "");
    CHECK(fstatat(directory, "f", &status, 0) == 0 && (status.st_mode & 07777) == 0600);
    CHECK_INT(count_entries(directory), 1);
    close(directory);
}

TEST(who_has_the_old_file_open_keeps_the_old_content)
{
    int directory = fresh_directory("keeps");
    char octets[3];
    CHECK(file_replace(directory, "f", STR("old"), 0600));
    int fd = openat(directory, "f", O_RDONLY | O_CLOEXEC);
    CHECK(file_replace(directory, "f", STR("new"), 0600));
    CHECK(file_pread_all(fd, octets, 3, 0));
    CHECK_STR(str_make(octets, 3), "old");
    check_content(directory, "f", "new");
    close(fd);
    close(directory);
}

TEST(a_symbolic_link_is_replaced_and_not_followed)
{
    int directory = fresh_directory("link");
    struct stat status;
    CHECK(file_replace(directory, "victim", STR("untouched"), 0600));
    CHECK(symlinkat("victim", directory, "f") == 0);
    CHECK(file_replace(directory, "f", STR("new"), 0600));
    CHECK(fstatat(directory, "f", &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode));
    check_content(directory, "victim", "untouched");
    close(directory);
}

TEST(replacing_below_a_path_works_and_what_is_not_a_file_is_not_replaced)
{
    int directory = fresh_directory("below");
    CHECK(mkdirat(directory, "d", 0700) == 0);
    CHECK(file_replace(directory, "d/f", STR("in it"), 0600));
    check_content(directory, "d/f", "in it");
    CHECK(!file_replace(directory, "d", STR("x"), 0600));
    CHECK_INT(errno, EISDIR);
    CHECK(!file_replace(directory, "missing/f", STR("x"), 0600));
    CHECK_INT(errno, ENOENT);
    CHECK(!file_replace(directory, "d/f/g", STR("x"), 0600));
    CHECK_INT(errno, ENOTDIR);
    CHECK_INT(count_entries(directory), 1);
    close(directory);
}

TEST(a_name_of_the_greatest_length_can_be_replaced_and_a_longer_one_is_refused)
{
    int directory = fresh_directory("long");
    char name[NAME_MAX + 2];
    memset(name, 'n', sizeof name);
    name[NAME_MAX] = '\0';
    CHECK(file_replace(directory, name, STR("x"), 0600));
    check_content(directory, name, "x");
    name[NAME_MAX] = 'n';
    name[NAME_MAX + 1] = '\0';
    CHECK(!file_replace(directory, name, STR("x"), 0600));
    CHECK_INT(errno, ENAMETOOLONG);
    CHECK_INT(count_entries(directory), 1);
    close(directory);
}

/* --- copying --- */

static void check_copied(int from, off_t offset, size_t len, struct str wanted)
{
    struct buf whole;
    int directory = open(test_directory(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int to = openat(directory, "copied", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(file_copy(from, offset, len, to));
    close(to);
    buf_init(&whole, 1000000);
    CHECK(file_read_whole(directory, "copied", &whole) && str_eq(buf_str(&whole), wanted));
    buf_finish(&whole);
    close(directory);
}

TEST(a_part_of_a_file_is_copied_to_files_and_pipes)
{
    int directory = fresh_directory("copy");
    static char much[200000];
    char octets[8] = {0};
    int ends[2];
    for (size_t i = 0; i < sizeof much; i++)
        much[i] = (char)(i % 253);
    CHECK(file_replace(directory, "f", str_make(much, sizeof much), 0600));
    int fd = openat(directory, "f", O_RDONLY | O_CLOEXEC);
    check_copied(fd, 0, sizeof much, str_make(much, sizeof much));
    check_copied(fd, 70001, 100000, str_make(much + 70001, 100000));
    check_copied(fd, 5, 0, STR(""));
    CHECK(lseek(fd, 0, SEEK_CUR) == 0);
    CHECK(pipe(ends) == 0);
    CHECK(file_copy(fd, 3, 5, ends[1]));
    CHECK(read(ends[0], octets, sizeof octets) == 5 && memcmp(octets, much + 3, 5) == 0);
    close(ends[0]);
    close(ends[1]);
    close(fd);
    close(directory);
}

TEST(copying_more_than_there_is_and_to_a_full_disk_is_an_error)
{
    int directory = fresh_directory("copy-bad");
    CHECK(file_replace(directory, "f", STR("1234"), 0600));
    int fd = openat(directory, "f", O_RDONLY | O_CLOEXEC), full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    int to = openat(directory, "to", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    CHECK(!file_copy(fd, 0, 5, to));
    CHECK_INT(errno, EIO);
    CHECK(!file_copy(fd, 0, 4, full));
    CHECK_INT(errno, ENOSPC);
    CHECK(!file_copy(fd, 0, 4, -1));
    CHECK_INT(errno, EBADF);
    close(fd);
    close(full);
    close(to);
    close(directory);
}

/* --- directories and opening --- */

TEST(missing_directories_are_made_and_those_there_are_left_alone)
{
    char path[200], deeper[240];
    struct stat status;
    snprintf(path, sizeof path, "%s/a", test_directory());
    snprintf(deeper, sizeof deeper, "%s//b/c/", path);
    CHECK(mkdir(path, 0711) == 0 && chmod(path, 0711) == 0);
    CHECK(file_make_dirs(deeper, 0700));
    CHECK(file_make_dirs(deeper, 0755));
    CHECK(stat(deeper, &status) == 0 && (status.st_mode & 07777) == 0700);
    CHECK(stat(path, &status) == 0 && (status.st_mode & 07777) == 0711);
    CHECK(file_make_dirs("/", 0700));
}

TEST(a_file_in_the_way_of_a_directory_is_an_error)
{
    char path[200];
    int directory = fresh_directory("way");
    CHECK(file_replace(directory, "f", STR(""), 0600));
    snprintf(path, sizeof path, "%s/way/f", test_directory());
    CHECK(!file_make_dirs(path, 0700));
    CHECK_INT(errno, ENOTDIR);
    snprintf(path, sizeof path, "%s/way/f/g", test_directory());
    CHECK(!file_make_dirs(path, 0700));
    CHECK_INT(errno, ENOTDIR);
    CHECK(!file_make_dirs("", 0700));
    char *much = malloc(PATH_MAX + 2);
    memset(much, 'p', PATH_MAX + 1);
    much[PATH_MAX + 1] = '\0';
    CHECK(!file_make_dirs(much, 0700));
    CHECK_INT(errno, ENAMETOOLONG);
    free(much);
    close(directory);
}

TEST(only_a_regular_file_with_one_name_is_opened)
{
    int directory = fresh_directory("regular");
    CHECK(file_replace(directory, "f", STR("x"), 0600));
    int fd = file_open_regular(directory, "f", O_RDONLY);
    CHECK(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC));
    close(fd);
    CHECK(linkat(directory, "f", directory, "g", 0) == 0);
    CHECK_INT(file_open_regular(directory, "f", O_RDONLY), -1);
    CHECK_INT(errno, EPERM);
    CHECK(unlinkat(directory, "g", 0) == 0 && symlinkat("f", directory, "s") == 0);
    CHECK_INT(file_open_regular(directory, "s", O_RDONLY), -1);
    CHECK_INT(errno, ELOOP);
    CHECK(mkfifoat(directory, "p", 0600) == 0);
    CHECK_INT(file_open_regular(directory, "p", O_RDONLY), -1); /* and does not wait for a writer */
    CHECK_INT(errno, EPERM);
    CHECK_INT(file_open_regular(directory, ".", O_RDONLY), -1);
    CHECK_INT(file_open_regular(directory, "missing", O_RDONLY), -1);
    CHECK_INT(errno, ENOENT);
    CHECK(file_sync_dir(directory, ".") && !file_sync_dir(directory, "f") &&
          !file_sync_dir(directory, "missing"));
    close(directory);
}

/* --- locks --- */

TEST(a_lock_belongs_to_the_opening_and_ends_with_it)
{
    int directory = fresh_directory("lock");
    int one = openat(directory, "f", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int two = openat(directory, "f", O_RDWR | O_CLOEXEC);
    CHECK(file_try_lock(one) && file_try_lock(one));
    CHECK(!file_try_lock(two));
    CHECK(errno == EAGAIN || errno == EACCES);
    file_unlock(one);
    CHECK(file_try_lock(two));
    CHECK(!file_lock(one, deadline_in(10)));
    CHECK_INT(errno, ETIMEDOUT);
    close(two);
    CHECK(file_lock(one, deadline_in(0)));
    close(one);
    CHECK(!file_lock(-1, DEADLINE_NEVER));
    CHECK_INT(errno, EBADF);
    close(directory);
}

struct waiter {
    int fd, other;
    bool locked, others_ran;
};

static void wait_for_lock(void *arg)
{
    struct waiter *waiter = arg;
    waiter->locked = file_lock(waiter->fd, deadline_in(10000));
}

static void let_go(void *arg)
{
    struct waiter *waiter = arg;
    task_sleep(5);
    waiter->others_ran = !waiter->locked;
    file_unlock(waiter->other);
}

TEST(waiting_for_a_lock_in_a_task_does_not_stop_the_loop)
{
    int directory = fresh_directory("wait");
    struct waiter waiter = {.fd = openat(directory, "f", O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    waiter.other = openat(directory, "f", O_RDWR | O_CLOEXEC);
    CHECK(file_try_lock(waiter.other));
    struct loop *loop = loop_create();
    CHECK(task_start(loop, wait_for_lock, &waiter) && task_start(loop, let_go, &waiter));
    loop_run(loop);
    loop_destroy(loop);
    CHECK(waiter.locked && waiter.others_ran);
    close(waiter.fd);
    close(waiter.other);
    close(directory);
}
