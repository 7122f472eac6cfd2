/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that are there when we say so: durable creation, whole reads and writes, locks. Errors come back as
 * false or -1 with errno set; an fsync error is never retried on the same file (the kernel has marked the
 * pages clean and reports once): the caller makes a fresh copy or says 4xx.
 */
#ifndef IO_FILE_H
#define IO_FILE_H

#include <sys/types.h>
#include <sys/uio.h>
#include "base/buf.h"
#include "base/str.h"

/* All octets, in as many calls as it takes; EINTR is retried. */
bool file_write_all(int fd, struct str bytes);
bool file_writev_all(int fd, struct iovec *parts, int count);
bool file_pwrite_all(int fd, struct str bytes, off_t offset);
/* Exactly len octets; fewer in the file is EIO. */
bool file_pread_all(int fd, void *into, size_t len, off_t offset);
/* The whole file, appended to *out; over the buffer's limit is EFBIG. */
bool file_read_whole(int dirfd, const char *path, struct buf *out);
/* len octets from one descriptor to another, inside the kernel where it can (copy_file_range, sendfile). */
bool file_copy(int from, off_t offset, size_t len, int to);

/* Replaces path: writes a temporary neighbour, fsync, rename, fsync of the directory. Mode as given. */
bool file_replace(int dirfd, const char *path, struct str bytes, mode_t mode);
/* Whether octets of a file that is long enough were never written: so a power cut leaves one that was not
 * synced where room and length come before the octets (ext4, XFS). Elsewhere it is false. */
bool file_lacks_octets(int fd);
/* Whether an fsync of a new file makes its name last too; elsewhere its directory must be synced. fd: a file
 * or directory of the file system. */
bool file_sync_keeps_name(int fd);
/* Syncs a new file with its name, for who may not open its directory. */
bool file_sync_new(int fd);
/* fsync of the directory `path` names. */
bool file_sync_dir(int dirfd, const char *path);
/* mkdir -p with this mode for what is missing. */
bool file_make_dirs(const char *path, mode_t mode);
/* Opens only a regular file with one link, never through a symbolic link, never blocking on a FIFO. */
int file_open_regular(int dirfd, const char *path, int flags);

/* OFD locks on the whole file (fcntl(2) F_OFD_SETLKW). In a task, waiting for a lock does not stop the loop.
 */
bool file_lock(int fd, int64_t deadline);
bool file_try_lock(int fd);
void file_unlock(int fd);

#endif
