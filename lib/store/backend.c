/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The backend with files: the home's index/ holds journal, lock, reserve and blobs. Every path is relative to
 * the home's descriptor and its last part never a symbolic link; the parts before it are directories that
 * only the store's uid can make. Folders and objects are in backend_folder.c.
 */
#include "store/backend_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/file.h"

enum { RESERVE_SIZE = 64 * 1024 };

bool place_make(struct place *place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(place->path, sizeof place->path, format, args);
    va_end(args);
    if (len < 0 || (size_t)len >= sizeof place->path) {
        errno = ENAMETOOLONG;
        return false;
    }
    return true;
}

bool place_name_is_plain(struct str name)
{
    bool plain = name.len && name.len <= NAME_MAX && name.at[0] != '.' && !str_contains(name, '/') &&
                 !str_contains(name, '\0');
    if (!plain)
        errno = EINVAL;
    return plain;
}

static bool make_dir(int home, const char *path)
{
    return mkdirat(home, path, 0700) == 0 || errno == EEXIST;
}

static bool make_home(const char *home)
{
    if (!file_make_dirs(home, 0700))
        return false;
    int fd = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool made = fd >= 0 && make_dir(fd, "index") && make_dir(fd, "Maildir") && make_dir(fd, "Maildir/cur") &&
                make_dir(fd, "Maildir/new") && make_dir(fd, "Maildir/tmp") && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return made;
}

static bool open_parts(struct backend *backend, const char *home)
{
    backend->home = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (backend->home < 0)
        return false;
    backend->lock = openat(backend->home, "index/lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    return backend->lock >= 0;
}

struct backend *backend_open(const char *home, bool create)
{
    struct backend *backend = memory_get(sizeof *backend);
    *backend = (struct backend){.home = -1, .journal = -1, .lock = -1, .watch = -1};
    bool open = open_parts(backend, home);
    if (!open && errno == ENOENT && create) {
        backend_close(backend);
        if (!make_home(home))
            return NULL;
        backend = memory_get(sizeof *backend);
        *backend = (struct backend){.home = -1, .journal = -1, .lock = -1, .watch = -1};
        open = open_parts(backend, home);
    }
    if (open)
        return backend;
    int error = errno;
    backend_close(backend);
    errno = error;
    return NULL;
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

void backend_close(struct backend *backend)
{
    if (!backend)
        return;
    close_if_open(backend->journal);
    close_if_open(backend->lock);
    close_if_open(backend->watch);
    close_if_open(backend->home);
    free(backend);
}

bool backend_lock(struct backend *backend, int64_t deadline)
{
    return file_lock(backend->lock, deadline);
}

void backend_unlock(struct backend *backend)
{
    file_unlock(backend->lock);
}

/* --- the journal --- */

bool backend_journal_reopen(struct backend *backend)
{
    int fd = openat(backend->home, "index/journal", O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return false;
    close_if_open(backend->journal);
    backend->journal = fd;
    return true;
}

bool backend_journal_stat(struct backend *backend, struct journal_place *place)
{
    struct stat status;
    if (fstat(backend->journal, &status) != 0)
        return false;
    *place = (struct journal_place){.size = (uint64_t)status.st_size, .replaced = status.st_nlink == 0};
    return true;
}

bool backend_journal_read(struct backend *backend, uint64_t offset, uint64_t len, struct buf *out)
{
    char *room = buf_room(out, len);
    if (!room) {
        errno = EFBIG;
        return false;
    }
    while (len) {
        ssize_t got = pread(backend->journal, room, len, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        if (got == 0)
            break; /* it was cut in between: what is missing was never valid */
        room += got;
        out->len += (size_t)got;
        offset += (uint64_t)got;
        len -= (uint64_t)got;
    }
    return true;
}

bool backend_journal_append(struct backend *backend, uint64_t offset, struct str bytes, bool cut)
{
    if (cut && ftruncate(backend->journal, (off_t)offset) != 0)
        return false;
    if (file_pwrite_all(backend->journal, bytes, (off_t)offset))
        return true;
    int error = errno;
    /* Should this fail too, the checksum of the torn record keeps readers from it. */
    bool back = ftruncate(backend->journal, (off_t)offset) == 0;
    errno = back ? error : EIO;
    return false;
}

bool backend_journal_sync(struct backend *backend)
{
    return fdatasync(backend->journal) == 0;
}

static bool replace_file(int home, const char *path, struct str bytes, bool durable)
{
    struct place temporary;
    if (!place_make(&temporary, "%s.tmp", path))
        return false;
    int fd = openat(home, temporary.path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool done = file_write_all(fd, bytes) && (!durable || fsync(fd) == 0);
    done = close(fd) == 0 && done;
    done = done && renameat(home, temporary.path, home, path) == 0;
    if (!done) {
        int error = errno;
        unlinkat(home, temporary.path, 0);
        errno = error;
        return false;
    }
    return !durable || file_sync_dir(home, "index");
}

bool backend_journal_replace(struct backend *backend, struct str bytes)
{
    return replace_file(backend->home, "index/journal", bytes, true) && backend_journal_reopen(backend);
}

void backend_reserve_make(struct backend *backend)
{
    int fd = openat(backend->home, "index/reserve", O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    if (posix_fallocate(fd, 0, RESERVE_SIZE) != 0)
        unlinkat(backend->home, "index/reserve", 0);
    close(fd);
}

bool backend_reserve_release(struct backend *backend)
{
    return unlinkat(backend->home, "index/reserve", 0) == 0;
}

/* --- blobs --- */

static bool blob_place(const char *name, struct place *place)
{
    return place_name_is_plain(str_of(name)) && place_make(place, "index/%s", name);
}

bool backend_blob_replace(struct backend *backend, const char *name, struct str bytes, bool durable)
{
    struct place place;
    return blob_place(name, &place) && replace_file(backend->home, place.path, bytes, durable);
}

bool backend_blob_map(struct backend *backend, const char *name, struct str *bytes)
{
    struct place place;
    struct stat status;
    *bytes = (struct str){NULL, 0};
    if (!blob_place(name, &place))
        return false;
    int fd = openat(backend->home, place.path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool done = fstat(fd, &status) == 0;
    if (done && status.st_size > 0) {
        void *at = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, fd, 0);
        done = at != MAP_FAILED;
        if (done)
            *bytes = str_make(at, (size_t)status.st_size);
    }
    close(fd);
    return done;
}

void backend_blob_unmap(struct str bytes)
{
    if (bytes.len)
        munmap((void *)(uintptr_t)bytes.at, bytes.len);
}

bool backend_blob_append(struct backend *backend, const char *name, struct str bytes)
{
    struct place place;
    if (!blob_place(name, &place))
        return false;
    int fd = openat(backend->home, place.path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool done = file_write_all(fd, bytes);
    close(fd);
    return done;
}

bool backend_blob_remove(struct backend *backend, const char *name)
{
    struct place place;
    return blob_place(name, &place) && unlinkat(backend->home, place.path, 0) == 0;
}

/* --- the whole --- */

bool backend_sync_all(const char *home)
{
    int fd = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool done = syncfs(fd) == 0;
    close(fd);
    return done;
}

/* inotify would do, but the kernel grants a uid few of its instances (128), and all sessions are one uid's.
 */
bool backend_watch(struct backend *backend)
{
    if (backend->watch >= 0)
        return true;
    backend->watch = openat(backend->home, "index", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (backend->watch < 0)
        return false;
    if (fcntl(backend->watch, F_NOTIFY, DN_MODIFY | DN_CREATE | DN_RENAME | DN_MULTISHOT) == 0)
        return true;
    close(backend->watch);
    backend->watch = -1;
    return false;
}
