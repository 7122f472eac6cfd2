/* SPDX-License-Identifier: BSD-2-Clause */
/* One write transaction on a file that nobody else sees yet. */
#include "map/table_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/file.h"
#include "io/task.h"

/* Address space set aside while writing, not disk space. */
#define TABLE_MAP_SIZE (sizeof(size_t) > 4 ? (size_t)1 << 36 : (size_t)1 << 30)

enum { LOCK_TRIES = 100 };

struct table_writer {
    char *path;     /* owned */
    char *new_path; /* owned; empty when there is no such file */
    int lock;       /* on the table that is changed; -1 */
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi table;
};

static bool lmdb_trouble(struct verdict *verdict, const char *path, int error)
{
    return verdict_set(verdict, 451, "3.0", "%s: %s", path, mdb_strerror(error));
}

/* --- beginning --- */

static bool same_file(int fd, const char *path)
{
    struct stat open_one, named_one;
    return fstat(fd, &open_one) == 0 && stat(path, &named_one) == 0 && open_one.st_dev == named_one.st_dev &&
           open_one.st_ino == named_one.st_ino;
}

/* Locks the table under its name: who waited may hold one that was replaced meanwhile, and tries again. */
static bool lock_table(struct table_writer *writer, struct verdict *verdict)
{
    int64_t deadline = deadline_in(TABLE_WRITE_WAIT_MS);
    for (int tries = 0; tries < LOCK_TRIES; tries++) {
        writer->lock = open(writer->path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
        if (writer->lock < 0)
            return verdict_system(verdict, writer->path, errno);
        if (!file_lock(writer->lock, deadline))
            return verdict_system(verdict, writer->path, errno);
        if (same_file(writer->lock, writer->path))
            return true;
        close(writer->lock);
        writer->lock = -1;
    }
    return verdict_system(verdict, writer->path, EBUSY);
}

/* A group that cannot be set leaves the process's: the table may be unreadable to some, never readable to
 * more. */
static bool set_access(struct table_writer *writer, int fd, const struct table_access *access,
                       struct verdict *verdict)
{
    bool grouped = access->group == (gid_t)-1 || fchown(fd, (uid_t)-1, access->group) == 0;
    mode_t mode = grouped ? access->mode : access->mode & ~(mode_t)070;
    return fchmod(fd, mode) == 0 || verdict_system(verdict, writer->new_path, errno);
}

static bool copy_old(struct table_writer *writer, int fd, struct verdict *verdict)
{
    struct stat st;
    if (!lock_table(writer, verdict))
        return false;
    if (fstat(writer->lock, &st) != 0 || !file_copy(writer->lock, 0, (size_t)st.st_size, fd))
        return verdict_system(verdict, writer->path, errno);
    if (geteuid() == 0 && fchown(fd, st.st_uid, st.st_gid) != 0)
        return verdict_system(verdict, writer->new_path, errno);
    return set_access(writer, fd, &(struct table_access){st.st_mode & 0777, st.st_gid}, verdict);
}

static bool make_file(struct table_writer *writer, enum table_start start, const struct table_access *access,
                      struct verdict *verdict)
{
    size_t size = strlen(writer->path) + sizeof ".new.XXXXXX";
    writer->new_path = memory_get(size);
    snprintf(writer->new_path, size, "%s.new.XXXXXX", writer->path);
    int fd = mkostemp(writer->new_path, O_CLOEXEC);
    if (fd < 0) {
        writer->new_path[0] = '\0';
        return verdict_system(verdict, writer->path, errno);
    }
    bool good = start == TABLE_NEW ? set_access(writer, fd, access, verdict) : copy_old(writer, fd, verdict);
    close(fd);
    return good;
}

static bool open_new(struct table_writer *writer, struct verdict *verdict)
{
    int error = mdb_env_create(&writer->env);
    if (!error)
        error = mdb_env_set_mapsize(writer->env, TABLE_MAP_SIZE);
    if (!error)
        error = mdb_env_open(writer->env, writer->new_path, MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOSYNC, 0600);
    if (!error)
        error = mdb_txn_begin(writer->env, NULL, 0, &writer->txn);
    if (!error)
        error = mdb_dbi_open(writer->txn, NULL, 0, &writer->table);
    return !error || lmdb_trouble(verdict, writer->new_path, error);
}

struct table_writer *table_writer_begin(const char *path, enum table_start start,
                                        const struct table_access *access, struct verdict *verdict)
{
    struct table_writer *writer = memory_get(sizeof *writer);
    size_t size = strlen(path) + 1;
    writer->lock = -1;
    writer->path = memory_get(size);
    memcpy(writer->path, path, size);
    if (make_file(writer, start, access, verdict) && open_new(writer, verdict))
        return writer;
    table_writer_discard(writer);
    return NULL;
}

/* --- writing --- */

static MDB_val val(struct str s)
{
    return (MDB_val){s.len, (void *)(uintptr_t)(s.len ? s.at : "")};
}

enum table_put table_writer_put(struct table_writer *writer, struct str key, struct str value, bool replace,
                                struct verdict *verdict)
{
    if (key.len == 0 || key.len > TABLE_KEY_LIMIT)
        return PUT_KEY_TOO_LONG;
    MDB_val k = val(key), v = val(value);
    int error = mdb_put(writer->txn, writer->table, &k, &v, replace ? 0 : MDB_NOOVERWRITE);
    if (!error)
        return PUT_DONE;
    if (error == MDB_KEYEXIST)
        return PUT_DUPLICATE;
    lmdb_trouble(verdict, writer->new_path, error);
    return PUT_ERROR;
}

bool table_writer_remove(struct table_writer *writer, struct str key, bool *found, struct verdict *verdict)
{
    *found = false;
    if (key.len == 0 || key.len > TABLE_KEY_LIMIT)
        return true;
    MDB_val k = val(key);
    int error = mdb_del(writer->txn, writer->table, &k, NULL);
    *found = error == 0;
    return !error || error == MDB_NOTFOUND || lmdb_trouble(verdict, writer->new_path, error);
}

/* --- ending --- */

/* The directory the file is in, in the caller's memory of at least strlen(path) + 2 octets. */
static const char *directory_of(const char *path, char *out)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return ".";
    size_t len = slash == path ? 1 : (size_t)(slash - path);
    memcpy(out, path, len);
    out[len] = '\0';
    return out;
}

static bool publish(struct table_writer *writer, struct verdict *verdict)
{
    int error = mdb_txn_commit(writer->txn);
    writer->txn = NULL;
    if (!error)
        error = mdb_env_sync(writer->env, 1);
    if (error)
        return lmdb_trouble(verdict, writer->new_path, error);
    if (rename(writer->new_path, writer->path) != 0)
        return verdict_system(verdict, writer->path, errno);
    writer->new_path[0] = '\0';
    char *space = memory_get(strlen(writer->path) + 2);
    bool synced = file_sync_dir(AT_FDCWD, directory_of(writer->path, space));
    int why = errno;
    free(space);
    return synced || verdict_system(verdict, writer->path, why);
}

bool table_writer_commit(struct table_writer *writer, struct verdict *verdict)
{
    bool good = publish(writer, verdict);
    table_writer_discard(writer);
    return good;
}

void table_writer_discard(struct table_writer *writer)
{
    if (!writer)
        return;
    if (writer->txn)
        mdb_txn_abort(writer->txn);
    if (writer->env)
        mdb_env_close(writer->env);
    if (writer->new_path && writer->new_path[0])
        unlink(writer->new_path);
    if (writer->lock >= 0)
        close(writer->lock);
    free(writer->new_path);
    free(writer->path);
    free(writer);
}
