/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of dropped files, and the judgement of what lies in drop_directory. */
#include "mail/drop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"
#include "io/file.h"

static const char hex[] = "0123456789abcdef";

struct drop_name drop_name_make(void)
{
    unsigned char octets[DROP_NAME_LENGTH / 2];
    struct drop_name name;
    random_octets(octets, sizeof octets);
    for (size_t i = 0; i < sizeof octets; i++) {
        name.text[2 * i] = hex[octets[i] >> 4];
        name.text[2 * i + 1] = hex[octets[i] & 15];
    }
    name.text[DROP_NAME_LENGTH] = '\0';
    return name;
}

bool drop_name_is_good(struct str name)
{
    if (name.len != DROP_NAME_LENGTH)
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!name.at[i] || !strchr(hex, name.at[i]))
            return false;
    return true;
}

/* --- judging --- */

static enum drop_kind is(enum drop_kind kind, struct drop_file *file, const char *why)
{
    snprintf(file->why, sizeof file->why, "%.*s", (int)sizeof file->why - 1, why);
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
    return kind;
}

static enum drop_kind failed(struct drop_file *file, int error)
{
    if (error == ENOENT)
        return is(DROP_GONE, file, "");
    /* Its owner took it from us to read it, or put something else in its place: that does not become better.
     */
    if (error == EACCES || error == EPERM || error == ELOOP || error == ENXIO)
        return is(DROP_BROKEN, file, strerror(error));
    return is(DROP_ERROR, file, strerror(error));
}

/* What can be said without opening it; DROP_MESSAGE when nothing speaks against it. */
static enum drop_kind judge_status(const struct stat *status, const struct drop_terms *terms,
                                   struct drop_file *file)
{
    if (!S_ISREG(status->st_mode))
        return is(DROP_JUNK, file, "not a regular file");
    if (status->st_nlink > 1)
        return is(DROP_JUNK, file, "a file with several names");
    if (terms->size_limit && (uint64_t)status->st_size > terms->size_limit)
        return is(DROP_JUNK, file, "larger than drop_file_size_limit");
    return DROP_MESSAGE;
}

static enum drop_kind judge_octets(const struct stat *status, const struct drop_terms *terms,
                                   struct arena *arena, struct drop_file *file)
{
    struct verdict verdict;
    switch (queuefile_read(file->fd, arena, &file->entry, &verdict)) {
    case QUEUEFILE_OK:
        if ((uint64_t)status->st_size > file->entry.append_at)
            return is(DROP_BROKEN, file, "octets behind the message");
        return DROP_MESSAGE;
    case QUEUEFILE_UNFINISHED:
        /* A time to come is no reason to wait for it. */
        if (terms->now_s - status->st_mtime < terms->unfinished_s && status->st_mtime <= terms->now_s + 60)
            return is(DROP_UNFINISHED, file, verdict.text);
        return is(DROP_BROKEN, file, "never finished");
    case QUEUEFILE_ERROR:
        return is(DROP_ERROR, file, verdict.text);
    default:
        return is(DROP_BROKEN, file, verdict.text);
    }
}

enum drop_kind drop_open(int directory, const char *name, const struct drop_terms *terms, struct arena *arena,
                         struct drop_file *file)
{
    struct stat status;
    *file = (struct drop_file){.fd = -1};
    if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return failed(file, errno);
    file->uid = status.st_uid;
    enum drop_kind kind = judge_status(&status, terms, file);
    if (kind != DROP_MESSAGE)
        return kind;
    if (!drop_name_is_good(str_of(name)))
        return is(DROP_BROKEN, file, "not a name that sendmail makes");
    /* What was looked at may be another file by now: what counts is said of the open one. */
    file->fd = file_open_regular(directory, name, O_RDONLY);
    if (file->fd < 0 || fstat(file->fd, &status) != 0)
        return failed(file, errno);
    file->uid = status.st_uid;
    kind = judge_status(&status, terms, file);
    return kind == DROP_MESSAGE ? judge_octets(&status, terms, arena, file) : kind;
}
