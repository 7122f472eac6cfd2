/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole reads and writes, durable replacement, locks. */
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/random.h"
#include "io/task.h"

bool file_write_all(int fd, struct str bytes)
{
    while (bytes.len) {
        ssize_t done = write(fd, bytes.at, bytes.len);
        if (done < 0 && errno != EINTR)
            return false;
        if (done > 0)
            bytes = str_from(bytes, (size_t)done);
    }
    return true;
}

bool file_writev_all(int fd, struct iovec *parts, int count)
{
    while (count) {
        ssize_t done = writev(fd, parts, count < IOV_MAX ? count : IOV_MAX);
        if (done < 0 && errno != EINTR)
            return false;
        size_t rest = done > 0 ? (size_t)done : 0;
        while (count && rest >= parts->iov_len) {
            rest -= parts->iov_len;
            parts++;
            count--;
        }
        if (count) {
            parts->iov_base = (char *)parts->iov_base + rest;
            parts->iov_len -= rest;
        }
    }
    return true;
}

bool file_pwrite_all(int fd, struct str bytes, off_t offset)
{
    while (bytes.len) {
        ssize_t done = pwrite(fd, bytes.at, bytes.len, offset);
        if (done < 0 && errno != EINTR)
            return false;
        if (done > 0) {
            bytes = str_from(bytes, (size_t)done);
            offset += done;
        }
    }
    return true;
}

bool file_pread_all(int fd, void *into, size_t len, off_t offset)
{
    char *at = into;
    while (len) {
        ssize_t done = pread(fd, at, len, offset);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            errno = done ? errno : EIO;
            return false;
        }
        at += done;
        len -= (size_t)done;
        offset += done;
    }
    return true;
}

bool file_read_whole(int dirfd, const char *path, struct buf *out)
{
    enum { PIECE = 16 * 1024 };
    int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
    ssize_t done = -1;
    if (fd < 0)
        return false;
    for (;;) {
        size_t room = out->limit - out->len < PIECE ? out->limit - out->len : PIECE;
        char extra, *into = room ? buf_room(out, room) : &extra;
        done = read(fd, into, room ? room : 1);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            break;
        if (room == 0) {
            errno = EFBIG;
            done = -1;
            break;
        }
        out->len += (size_t)done;
    }
    int error = errno;
    close(fd);
    errno = error;
    return done == 0;
}

/* For what neither call can do (another file system, an odd descriptor): through memory. */
static bool copy_by_hand(int from, off_t offset, size_t len, int to)
{
    char piece[32 * 1024];
    while (len) {
        size_t part = len < sizeof piece ? len : sizeof piece;
        if (!file_pread_all(from, piece, part, offset) || !file_write_all(to, str_make(piece, part)))
            return false;
        offset += (off_t)part;
        len -= part;
    }
    return true;
}

bool file_copy(int from, off_t offset, size_t len, int to)
{
    while (len) {
        ssize_t done = copy_file_range(from, &offset, to, NULL, len, 0);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            break;
        len -= (size_t)done;
    }
    return len == 0 || copy_by_hand(from, offset, len, to);
}

/* The directory part of path opened, for syncing and for renaming inside it. */
static int open_parent(int dirfd, const char *path)
{
    char parent[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;
    if (len >= sizeof parent) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(parent, path, len);
    parent[len] = '\0';
    const char *name = !slash ? "." : len == 0 ? "/" : parent;
    return openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool write_and_sync(int directory, const char *name, struct str bytes, mode_t mode)
{
    int fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return false;
    bool done = fchmod(fd, mode) == 0 && file_write_all(fd, bytes) && fsync(fd) == 0;
    int error = errno;
    close(fd);
    errno = error;
    return done;
}

bool file_replace(int dirfd, const char *path, struct str bytes, mode_t mode)
{
    char temporary[NAME_MAX + 1], suffix[13];
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    int directory = open_parent(dirfd, path);
    if (directory < 0)
        return false;
    random_text(suffix, sizeof suffix - 1);
    snprintf(temporary, sizeof temporary, ".%.200s.%s", name, suffix);
    bool done = write_and_sync(directory, temporary, bytes, mode) &&
                renameat(directory, temporary, directory, name) == 0 && fsync(directory) == 0;
    int error = errno;
    if (!done)
        unlinkat(directory, temporary, 0);
    close(directory);
    errno = error;
    return done;
}

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

static bool writes_in_place(const struct statfs *status)
{
    return status->f_type == EXT4_SUPER_MAGIC ||
           status->f_type == (__typeof__(status->f_type))XFS_SUPER_MAGIC;
}

/* Room that was taken and not written to counts as a hole, unless somebody read it: the zeros he got are in
 * memory then. Other file systems make holes of zeros that were written. */
bool file_lacks_octets(int fd)
{
    struct statfs system;
    struct stat status;
    if (fstatfs(fd, &system) != 0 || !writes_in_place(&system) || fstat(fd, &status) != 0)
        return false;
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    off_t hole = lseek(fd, 0, SEEK_HOLE);
    return hole >= 0 && hole < status.st_size;
}

/* reference: durability. */
bool file_sync_keeps_name(int fd)
{
    struct statfs status;
    if (fstatfs(fd, &status) != 0)
        return false;
    return writes_in_place(&status) || status.f_type == (__typeof__(status.f_type))BTRFS_SUPER_MAGIC ||
           status.f_type == TMPFS_MAGIC;
}

bool file_sync_new(int fd)
{
    return fsync(fd) == 0 && (file_sync_keeps_name(fd) || syncfs(fd) == 0);
}

bool file_sync_dir(int dirfd, const char *path)
{
    int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool done = fsync(fd) == 0;
    int error = errno;
    close(fd);
    errno = error;
    return done;
}

bool file_make_dirs(const char *path, mode_t mode)
{
    char partial[PATH_MAX];
    size_t len = strlen(path);
    if (len >= sizeof partial) {
        errno = ENAMETOOLONG;
        return false;
    }
    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(partial, path, i);
        partial[i] = '\0';
        if (mkdir(partial, mode) != 0 && errno != EEXIST)
            return false;
    }
    struct stat status;
    if (stat(path, &status) != 0)
        return false;
    errno = ENOTDIR;
    return S_ISDIR(status.st_mode);
}

int file_open_regular(int dirfd, const char *path, int flags)
{
    int fd = openat(dirfd, path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat status;
    if (fd < 0)
        return -1;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink <= 1)
        return fd;
    close(fd);
    errno = EPERM;
    return -1;
}

static bool try_lock(int fd, short kind)
{
    struct flock lock = {.l_type = kind, .l_whence = SEEK_SET};
    return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

bool file_try_lock(int fd)
{
    return try_lock(fd, F_WRLCK);
}

/* In a task the loop goes on meanwhile, so the lock is asked for again and again, each time a little later.
 */
bool file_lock(int fd, int64_t deadline)
{
    int64_t pause_ms = 1;
    while (!file_try_lock(fd)) {
        if (errno != EAGAIN && errno != EACCES && errno != EINTR)
            return false;
        if (time_monotonic_ms() >= deadline) {
            errno = ETIMEDOUT;
            return false;
        }
        task_sleep(pause_ms);
        pause_ms = pause_ms < 20 ? pause_ms * 2 : 20;
    }
    return true;
}

void file_unlock(int fd)
{
    try_lock(fd, F_UNLCK);
}
