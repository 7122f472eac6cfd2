/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A system user's mailbox as files that other programs read too: Maildir (tmp/, fsync, rename into new/) or
 * mbox. What is reported as delivered is durable.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "io/file.h"
#include "agent/agent.h"

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
static bool write_maildir(const struct target *target, const struct mail *mail, struct verdict *verdict)
{
    const struct errand *errand = mail->errand;
    const char *name =
        arena_printf(mail->arena, "%lld." STR_FMT ".r%llu.relais", (long long)errand->arrival_us,
                     STR_ARG(errand->queue_id), (unsigned long long)errand->rcpt_index)
            .at;
    const char *tmp = arena_printf(mail->arena, "%s/tmp/%s", target->path, name).at;
    const char *new = arena_printf(mail->arena, "%s/new/%s", target->path, name).at;
    if (!make_maildir(target->path, verdict))
        return false;
    int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return verdict_system(verdict, tmp, errno);
    bool done = mbox_copy(mail, false, fd) && fsync(fd) == 0;
    done = close(fd) == 0 && done;
    done = done && rename(tmp, new) == 0 &&
           file_sync_dir(AT_FDCWD, arena_printf(mail->arena, "%s/new", target->path).at);
    if (done)
        return true;
    int error = errno;
    unlink(tmp);
    return verdict_system(verdict, tmp, error);
}

bool target_of(const struct mail *mail, struct str path, struct target *target, struct verdict *verdict)
{
    bool maildir = str_ends(path, STR("/"));
    *target = (struct target){
        .path = arena_cstr(mail->arena, maildir ? str_sub(path, 0, path.len - 1) : path),
        .maildir = maildir,
        .size_limit = (uint64_t)mail->agent->params->mailbox_size_limit,
    };
    return (target->path[0] == '/' && target->path[1]) ||
           verdict_set(verdict, 451, "3.5", "the mailbox path is not absolute");
}

bool mailbox_write(const struct target *target, const struct mail *mail, struct verdict *verdict)
{
    bool done = target->maildir ? write_maildir(target, mail, verdict) : mbox_append(target, mail, verdict);
    return done &&
           verdict_set(verdict, 250, "0.0", "delivered to %s", target->maildir ? "maildir" : "mailbox");
}
