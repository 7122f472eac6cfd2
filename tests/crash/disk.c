/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A disk that remembers: mounts an image over the file given (FUSE), and appends every write and every flush
 * to a log in the order in which they came. With a loop device over the file, the log is what a power cut at
 * any moment is made from (disk.py).
 *
 *     power_disk IMAGE LOG FILE
 *
 * A record of the log is three little-endian numbers, kind (4 octets: 1 write, 2 flush), octets that follow
 * (4) and their offset on the disk (8), and the octets written. It is complete before the write is answered,
 * so the log's size is a moment. One thread serves all; the program ends when FILE is unmounted.
 */
#define FUSE_USE_VERSION 31
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { KIND_WRITE = 1, KIND_FLUSH = 2, ARGUMENTS = 4 };

struct disk {
    int image, log;
};

struct record {
    uint32_t kind, len;
    uint64_t offset, time_ns;
};

static struct disk *disk(void)
{
    return fuse_get_context()->private_data;
}

/* A log that lacks something is worth nothing: without room for it the test ends. */
static void note(uint32_t kind, uint64_t offset, const char *octets, size_t len)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t time_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    struct record record = {kind, (uint32_t)len, offset, time_ns};
    struct iovec parts[] = {{&record, sizeof record}, {(char *)(uintptr_t)octets, len}};
    if (writev(disk()->log, parts, 2) == (ssize_t)(sizeof record + len))
        return;
    perror("log");
    exit(EXIT_FAILURE);
}

static int disk_getattr(const char *path, struct stat *st, struct fuse_file_info *file)
{
    (void)path, (void)file;
    return fstat(disk()->image, st) == 0 ? 0 : -errno;
}

static int disk_truncate(const char *path, off_t size, struct fuse_file_info *file)
{
    (void)path, (void)size, (void)file;
    return -EPERM;
}

static int disk_open(const char *path, struct fuse_file_info *file)
{
    (void)path, (void)file;
    return 0;
}

static int disk_read(const char *path, char *into, size_t room, off_t offset, struct fuse_file_info *file)
{
    (void)path, (void)file;
    ssize_t got = pread(disk()->image, into, room, offset);
    return got < 0 ? -errno : (int)got;
}

static int disk_write(const char *path, const char *octets, size_t len, off_t offset,
                      struct fuse_file_info *file)
{
    (void)path, (void)file;
    ssize_t put = pwrite(disk()->image, octets, len, offset);
    if (put < 0)
        return -errno;
    note(KIND_WRITE, (uint64_t)offset, octets, (size_t)put);
    return (int)put;
}

static int disk_fsync(const char *path, int data_only, struct fuse_file_info *file)
{
    (void)path, (void)data_only, (void)file;
    note(KIND_FLUSH, 0, NULL, 0);
    return 0;
}

static const struct fuse_operations operations = {
    .getattr = disk_getattr,
    .truncate = disk_truncate,
    .open = disk_open,
    .read = disk_read,
    .write = disk_write,
    .fsync = disk_fsync,
};

int main(int argc, char **argv)
{
    if (argc != ARGUMENTS) {
        fputs("usage: power_disk IMAGE LOG FILE\n", stderr);
        return EXIT_FAILURE;
    }
    struct disk opened = {
        .image = open(argv[1], O_RDWR | O_CLOEXEC),
        .log = open(argv[2], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600),
    };
    if (opened.image < 0 || opened.log < 0) {
        perror(argv[0]);
        return EXIT_FAILURE;
    }
    char foreground[] = "-f", one_thread[] = "-s";
    char *arguments[] = {argv[0], foreground, one_thread, argv[3], NULL};
    return fuse_main(ARGUMENTS, arguments, &operations, &opened);
}
