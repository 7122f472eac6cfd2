/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Folders and objects as Maildir++ directories and message files. An object is written in tmp/ and named by a
 * rename into cur/; new/ is only where other programs deliver. A folder's mark is the content of its
 * maildirfolder file, which other programs keep empty.
 */
#include "store/backend_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "io/file.h"

enum { MARK_LIMIT = 64 };

static bool folder_is_ours(struct str folder)
{
    bool ours = str_eq(folder, STR("Maildir")) ||
                (str_starts(folder, STR("Maildir/.")) && folder.len > 9 && folder.at[9] != '.' &&
                 !str_contains(str_from(folder, 9), '/') && !str_contains(folder, '\0'));
    if (!ours)
        errno = EINVAL;
    return ours;
}

static bool folder_place(struct str folder, const char *part, struct place *place)
{
    return folder_is_ours(folder) && place_make(place, STR_FMT "%s", STR_ARG(folder), part);
}

static bool object_place(struct str folder, const char *part, struct str name, struct place *place)
{
    return folder_is_ours(folder) && place_name_is_plain(name) &&
           place_make(place, STR_FMT "/%s/" STR_FMT, STR_ARG(folder), part, STR_ARG(name));
}

static DIR *open_directory(struct backend *backend, const char *path)
{
    int fd = openat(backend->home, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    DIR *directory = fdopendir(fd);
    if (!directory)
        close(fd);
    return directory;
}

/* --- folders --- */

static bool write_mark(struct backend *backend, struct str folder, struct str mark)
{
    struct place place;
    if (!folder_place(folder, "/maildirfolder", &place))
        return false;
    int fd = openat(backend->home, place.path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool done = file_write_all(fd, mark);
    close(fd);
    return done;
}

bool backend_folder_create(struct backend *backend, struct str folder, struct str mark)
{
    static const char *const parts[] = {"", "/cur", "/new", "/tmp"};
    struct place place;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!folder_place(folder, parts[i], &place))
            return false;
        if (mkdirat(backend->home, place.path, 0700) != 0 && errno != EEXIST)
            return false;
    }
    return mark.len == 0 || write_mark(backend, folder, mark);
}

static bool remove_files(struct backend *backend, const char *path)
{
    DIR *directory = open_directory(backend, path);
    if (!directory)
        return errno == ENOENT;
    struct dirent *entry;
    while ((entry = readdir(directory))) {
        if (!str_eq(str_of(entry->d_name), STR(".")) && !str_eq(str_of(entry->d_name), STR("..")))
            unlinkat(dirfd(directory), entry->d_name, 0);
    }
    closedir(directory);
    return true;
}

bool backend_folder_read(struct backend *backend, struct str folder, const char *name, struct buf *out)
{
    struct place place;
    return folder_is_ours(folder) && place_make(&place, STR_FMT "/%s", STR_ARG(folder), name) &&
           file_read_whole(backend->home, place.path, out);
}

void backend_folder_sweep(struct backend *backend, struct str folder, int64_t older_s)
{
    struct place place;
    struct stat status;
    struct dirent *entry;
    DIR *directory = folder_place(folder, "/tmp", &place) ? open_directory(backend, place.path) : NULL;
    if (!directory)
        return;
    while ((entry = readdir(directory))) {
        bool old = fstatat(dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                   S_ISREG(status.st_mode) && time(NULL) - status.st_mtime > older_s;
        if (old)
            unlinkat(dirfd(directory), entry->d_name, 0);
    }
    closedir(directory);
}

bool backend_folder_remove(struct backend *backend, struct str folder)
{
    static const char *const parts[] = {"/cur", "/new", "/tmp", ""};
    struct place place;
    bool done = !str_eq(folder, STR("Maildir"));
    for (size_t i = 0; done && i < sizeof parts / sizeof *parts; i++) {
        done = folder_place(folder, parts[i], &place) && remove_files(backend, place.path) &&
               (unlinkat(backend->home, place.path, AT_REMOVEDIR) == 0 || errno == ENOENT);
    }
    return done && file_sync_dir(backend->home, "Maildir");
}

bool backend_folder_rename(struct backend *backend, struct str from, struct str to)
{
    struct place old, new;
    return folder_place(from, "", &old) && folder_place(to, "", &new) &&
           renameat2(backend->home, old.path, backend->home, new.path, RENAME_NOREPLACE) == 0 &&
           file_sync_dir(backend->home, "Maildir");
}

bool backend_folder_exists(struct backend *backend, struct str folder)
{
    struct place place;
    struct stat status;
    return folder_place(folder, "/cur", &place) &&
           fstatat(backend->home, place.path, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
}

static struct str read_mark(struct backend *backend, struct str folder, char mark[MARK_LIMIT])
{
    struct place place;
    if (!folder_place(folder, "/maildirfolder", &place))
        return STR("");
    int fd = openat(backend->home, place.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return STR("");
    ssize_t got = read(fd, mark, MARK_LIMIT);
    close(fd);
    return str_make(mark, got > 0 ? (size_t)got : 0);
}

bool backend_folder_each(struct backend *backend, void (*fn)(void *arg, struct str folder, struct str mark),
                         void *arg)
{
    DIR *directory = open_directory(backend, "Maildir");
    if (!directory)
        return false;
    struct dirent *entry;
    while ((entry = readdir(directory))) {
        struct place place;
        char mark[MARK_LIMIT];
        if (entry->d_name[0] != '.' || !place_make(&place, "Maildir/%s", entry->d_name))
            continue;
        struct str folder = str_of(place.path);
        if (folder_is_ours(folder) && folder.len > 9 && backend_folder_exists(backend, folder))
            fn(arg, folder, read_mark(backend, folder, mark));
    }
    closedir(directory);
    return true;
}

bool backend_folder_sync(struct backend *backend, struct str folder)
{
    struct place place;
    return folder_place(folder, "/cur", &place) && file_sync_dir(backend->home, place.path);
}

static int64_t microseconds(struct timespec time)
{
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

bool backend_folder_times(struct backend *backend, struct str folder, int64_t *objects_us, int64_t *new_us)
{
    struct place place;
    struct stat cur, new;
    if (!folder_place(folder, "/cur", &place) || fstatat(backend->home, place.path, &cur, 0) != 0)
        return false;
    if (!folder_place(folder, "/new", &place) || fstatat(backend->home, place.path, &new, 0) != 0)
        return false;
    *objects_us = microseconds(cur.st_mtim);
    *new_us = microseconds(new.st_mtim);
    return true;
}

/* --- objects --- */

int backend_object_create(struct backend *backend, struct str folder, struct str key)
{
    struct place place;
    if (!object_place(folder, "tmp", key, &place))
        return -1;
    return openat(backend->home, place.path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
}

bool backend_object_name(struct backend *backend, struct str folder, struct str key, struct str name,
                         bool replace)
{
    struct place from, to;
    if (!object_place(folder, "tmp", key, &from) || !object_place(folder, "cur", name, &to))
        return false;
    return renameat2(backend->home, from.path, backend->home, to.path, replace ? 0 : RENAME_NOREPLACE) == 0;
}

void backend_object_drop(struct backend *backend, struct str folder, struct str key)
{
    struct place place;
    if (object_place(folder, "tmp", key, &place))
        unlinkat(backend->home, place.path, 0);
}

int backend_object_open(struct backend *backend, struct str folder, struct str name)
{
    struct place place;
    struct stat status;
    if (!object_place(folder, "cur", name, &place))
        return -1;
    int fd = openat(backend->home, place.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
        return fd;
    close(fd);
    errno = EIO;
    return -1;
}

bool backend_object_is_hollow(struct backend *backend, struct str folder, struct str name)
{
    int fd = backend_object_open(backend, folder, name);
    bool hollow = fd >= 0 && file_lacks_octets(fd);
    if (fd >= 0)
        close(fd);
    return hollow;
}

bool backend_object_sync(struct backend *backend, struct str folder, struct str name)
{
    int fd = backend_object_open(backend, folder, name);
    bool done = fd >= 0 && fsync(fd) == 0;
    int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return done;
}

static bool copy_object(struct backend *backend, const char *from, const char *to)
{
    struct stat status;
    int source = openat(backend->home, from, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    int target = source < 0
                     ? -1
                     : openat(backend->home, to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool done = target >= 0 && fstat(source, &status) == 0 &&
                file_copy(source, 0, (size_t)status.st_size, target) && fsync(target) == 0;
    int error = errno;
    if (source >= 0)
        close(source);
    if (target >= 0) {
        close(target);
        if (!done)
            unlinkat(backend->home, to, 0);
    }
    errno = error;
    return done;
}

bool backend_object_link(struct backend *backend, struct str from, struct str name, struct str to,
                         struct str new_name)
{
    struct place source, target;
    if (!object_place(from, "cur", name, &source) || !object_place(to, "cur", new_name, &target))
        return false;
    if (linkat(backend->home, source.path, backend->home, target.path, 0) == 0)
        return true;
    bool copy = errno == EMLINK || errno == EPERM || errno == EXDEV || errno == EOPNOTSUPP;
    return copy && copy_object(backend, source.path, target.path);
}

bool backend_object_remove(struct backend *backend, struct str folder, struct str name)
{
    struct place place;
    return object_place(folder, "cur", name, &place) && unlinkat(backend->home, place.path, 0) == 0;
}

bool backend_object_size(struct backend *backend, struct str folder, struct str name, uint64_t *size,
                         int64_t *mtime)
{
    struct place place;
    struct stat status;
    if (!object_place(folder, "cur", name, &place) ||
        fstatat(backend->home, place.path, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return false;
    if (!S_ISREG(status.st_mode)) {
        errno = EINVAL;
        return false;
    }
    *size = (uint64_t)status.st_size;
    *mtime = status.st_mtime;
    return true;
}

bool backend_folder_take_new(struct backend *backend, struct str folder, size_t *taken)
{
    struct place place;
    *taken = 0;
    if (!folder_place(folder, "/new", &place))
        return false;
    DIR *directory = open_directory(backend, place.path);
    if (!directory)
        return false;
    struct dirent *entry;
    while ((entry = readdir(directory))) {
        struct str name = str_of(entry->d_name);
        struct place target;
        if (name.at[0] == '.' || !object_place(folder, "cur", name, &target))
            continue;
        if (renameat2(dirfd(directory), entry->d_name, backend->home, target.path, RENAME_NOREPLACE) == 0)
            ++*taken;
    }
    closedir(directory);
    return true;
}

bool backend_folder_each_object(struct backend *backend, struct str folder,
                                void (*fn)(void *arg, struct str name), void *arg)
{
    struct place place;
    if (!folder_place(folder, "/cur", &place))
        return false;
    DIR *directory = open_directory(backend, place.path);
    if (!directory)
        return false;
    struct dirent *entry;
    while ((entry = readdir(directory))) {
        if (entry->d_name[0] != '.')
            fn(arg, str_of(entry->d_name));
    }
    closedir(directory);
    return true;
}
