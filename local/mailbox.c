/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A system user's mailbox as files that other programs read too: Maildir (tmp/, fsync, rename into new/) or
 * mbox. Runs in the child, as the user; what is reported as delivered is durable.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "io/file.h"
#include "local/local.h"

static bool make_maildir(const char *path, struct verdict *verdict)
{
    static const char *const parts[] = {"tmp", "new", "cur"};
    if (!file_make_dirs(path, 0700))
        return verdict_system(verdict, path, errno);
    int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = dir >= 0;
    for (size_t i = 0; i < 3 && done; i++)
        done = mkdirat(dir, parts[i], 0700) == 0 || errno == EEXIST;
    int error = errno;
    if (dir >= 0)
        close(dir);
    return done || verdict_system(verdict, path, error);
}

/* The name says which delivery it is, so that a repeated one finds it. */
static bool write_maildir(const struct target *target, const struct letter *letter,
                          const struct recipient *rcpt, struct str prefix, struct verdict *verdict)
{
    struct arena *arena = letter->arena;
    const char *name =
        arena_printf(arena, "%lld." STR_FMT ".r%llu.relais", (long long)letter->request->arrival_us,
                     STR_ARG(letter->request->queue_id), (unsigned long long)rcpt->index)
            .at;
    const char *tmp = arena_printf(arena, "%s/tmp/%s", target->path, name).at;
    const char *new = arena_printf(arena, "%s/new/%s", target->path, name).at;
    if (!make_maildir(target->path, verdict))
        return false;
    int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return verdict_system(verdict, tmp, errno);
    bool done =
        mbox_copy(letter->fd, (off_t)letter->request->offset, letter->request->size, prefix, false, fd) &&
        fsync(fd) == 0;
    done = close(fd) == 0 && done;
    done = done && rename(tmp, new) == 0 &&
           file_sync_dir(AT_FDCWD, arena_printf(arena, "%s/new", target->path).at);
    if (done)
        return true;
    int error = errno;
    unlink(tmp);
    return verdict_system(verdict, tmp, error);
}

bool mailbox_write(const struct target *target, const struct letter *letter, const struct recipient *rcpt,
                   struct str prefix, struct verdict *verdict)
{
    if (target->maildir)
        return write_maildir(target, letter, rcpt, prefix, verdict);
    return mbox_append(target, letter, prefix, verdict);
}
