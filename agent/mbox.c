/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mbox files (RFC 4155): a line "From sender date" before each message, an empty line behind it, LF line
 * ends, and ">" before lines that begin with "From ". Locked with a dot-lock file and with fcntl, as every
 * program that reads such files expects; a dot-lock that the directory does not allow is left out. What fails
 * half-way is cut off again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/file.h"
#include "io/task.h"
#include "agent/agent.h"

enum { LOCK_TRIES = 20, LOCK_STALE_S = 500, PIECE = 32 * 1024 };

/* --- copying --- */

struct copying {
    struct buf out;
    int to;
    bool quote;
    bool line_start;
    bool after_cr;
    size_t from_seen; /* octets of "From " at the start of a line that are held back */
    bool failed;
};

static void put(struct copying *copying, struct str bytes)
{
    if (copying->out.len + bytes.len > PIECE) {
        copying->failed = copying->failed || !file_write_all(copying->to, buf_str(&copying->out));
        buf_clear(&copying->out);
    }
    buf_add(&copying->out, bytes);
}

/* Ends the hold: `matched` when it was all of "From ". */
static void release(struct copying *copying, bool matched)
{
    if (matched)
        put(copying, STR(">"));
    put(copying, str_sub(STR("From "), 0, copying->from_seen));
    copying->from_seen = 0;
    copying->line_start = false;
}

static void copy_octet(struct copying *copying, char c)
{
    if (copying->line_start && copying->quote && c == "From "[copying->from_seen]) {
        if (++copying->from_seen == 5)
            release(copying, true);
        return;
    }
    if (copying->line_start)
        release(copying, false);
    put(copying, str_make(&c, 1));
    copying->line_start = c == '\n';
}

/* CRLF becomes LF; a bare CR stays. */
static void copy_piece(struct copying *copying, struct str piece)
{
    for (size_t i = 0; i < piece.len; i++) {
        char c = piece.at[i];
        if (copying->after_cr) {
            copying->after_cr = false;
            if (c != '\n')
                copy_octet(copying, '\r');
        }
        if (c == '\r')
            copying->after_cr = true;
        else
            copy_octet(copying, c);
    }
}

static bool copy_file(struct copying *copying, int from, off_t offset, uint64_t size)
{
    char *piece = memory_get(PIECE);
    bool done = true;
    while (size && done && !copying->failed) {
        size_t len = size < PIECE ? (size_t)size : PIECE;
        done = file_pread_all(from, piece, len, offset);
        if (done)
            copy_piece(copying, str_make(piece, len));
        offset += (off_t)len;
        size -= len;
    }
    free(piece);
    return done;
}

bool mbox_copy(const struct mail *mail, bool quote, int to)
{
    struct copying copying = {.to = to, .quote = quote, .line_start = true};
    buf_init(&copying.out, PIECE + 16);
    copy_piece(&copying, mail->errand->prefix);
    bool done = copy_file(&copying, mail->fd, (off_t)mail->errand->offset, mail->errand->size);
    if (copying.after_cr)
        copy_octet(&copying, '\r');
    if (copying.line_start)
        release(&copying, false);
    done = done && !copying.failed && file_write_all(to, buf_str(&copying.out));
    buf_finish(&copying.out);
    return done;
}

/* --- locks --- */

/* 1: locked; 0: somebody else has it; -1: there cannot be one here. */
static int try_dot_lock(const char *lock)
{
    struct stat status;
    int fd = open(lock, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0) {
        close(fd);
        return 1;
    }
    if (errno != EEXIST)
        return -1;
    if (lstat(lock, &status) == 0 && time(NULL) - status.st_mtime > LOCK_STALE_S)
        unlink(lock);
    return 0;
}

/* True with *held telling whether there is a file to remove. */
static bool dot_lock(const char *lock, bool *held, struct verdict *verdict)
{
    for (int tries = 0; tries < LOCK_TRIES; tries++) {
        int got = try_dot_lock(lock);
        *held = got == 1;
        if (got)
            return true;
        sleep(1);
    }
    return verdict_set(verdict, 451, "2.0", "the mailbox is locked by another program");
}

/* --- appending --- */

struct str mbox_from_line(const struct mail *mail)
{
    char date[64];
    struct tm local;
    time_t now = time(NULL);
    localtime_r(&now, &local);
    strftime(date, sizeof date, "%a %b %e %H:%M:%S %Y", &local);
    struct str sender = mail->errand->sender.len ? mail->errand->sender : STR("MAILER-DAEMON");
    return arena_printf(mail->arena, "From " STR_FMT "  %s\n", STR_ARG(sender), date);
}

static bool write_message(int fd, const struct mail *mail)
{
    return file_write_all(fd, mbox_from_line(mail)) && mbox_copy(mail, true, fd) &&
           file_write_all(fd, STR("\n"));
}

/* A program that was killed may have left the file without the empty line that ends a message. */
static bool end_last_message(int fd, off_t size)
{
    char last[2] = "\n\n";
    size_t len = size < 2 ? (size_t)size : 2;
    if (len && !file_pread_all(fd, last + 2 - len, len, size - (off_t)len))
        return false;
    size_t missing = last[1] != '\n' ? 2 : last[0] != '\n' ? 1 : 0;
    return file_write_all(fd, str_sub(STR("\n\n"), 0, missing));
}

static bool append_locked(const struct target *target, int fd, const struct mail *mail,
                          struct verdict *verdict)
{
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink != 1)
        return verdict_set(verdict, 451, "2.0", "%s is not a plain file", target->path);
    if (target->strict && status.st_uid != geteuid())
        return verdict_set(verdict, 451, "2.0", "%s belongs to another user", target->path);
    uint64_t grown = (uint64_t)status.st_size + mail->errand->prefix.len + mail->errand->size;
    if (target->size_limit && grown > target->size_limit)
        return verdict_set(verdict, 552, "2.2", "the mailbox is full");
    bool done = lseek(fd, 0, SEEK_END) >= 0 && end_last_message(fd, status.st_size) &&
                write_message(fd, mail) && fsync(fd) == 0;
    if (done)
        return true;
    int error = errno;
    if (ftruncate(fd, status.st_size) != 0)
        error = errno;
    return verdict_system(verdict, target->path, error);
}

static bool open_and_append(const struct target *target, const struct mail *mail, struct verdict *verdict)
{
    enum { FCNTL_MS = 20000 };
    int fd = open(target->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (fd < 0)
        return verdict_system(verdict, target->path, errno);
    bool done = false;
    int64_t deadline = deadline_in(FCNTL_MS);
    while (!(done = file_try_lock(fd)) && time_monotonic_ms() < deadline)
        usleep(100000);
    done = done ? append_locked(target, fd, mail, verdict)
                : verdict_set(verdict, 451, "2.0", "the mailbox is locked by another program");
    close(fd);
    return done;
}

bool mbox_append(const struct target *target, const struct mail *mail, struct verdict *verdict)
{
    bool held;
    const char *lock = arena_printf(mail->arena, "%s.lock", target->path).at;
    if (!dot_lock(lock, &held, verdict))
        return false;
    bool done = open_and_append(target, mail, verdict);
    if (held)
        unlink(lock);
    return done;
}
