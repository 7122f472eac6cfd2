/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lmdb:/file (also hash:, btree:, dbm:): /file.lmdb as postmap makes it. Such files are only ever replaced by
 * rename, so they are opened without locks; each lookup is a read transaction of its own. Keys and values
 * with a NUL at the end, as Postfix writes them, are understood.
 */
#include <lmdb.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "map/map.h"

enum { LMDB_KEY_LIMIT = 511 }; /* of the library as everybody builds it */

struct lmdb {
    MDB_env *env;
    MDB_txn *reader; /* reset between lookups: holds no snapshot */
    MDB_dbi table;
    char *path; /* for messages */
};

static bool lmdb_trouble(struct verdict *verdict, const char *path, int error)
{
    return verdict_set(verdict, 451, "3.0", "%s: %s", path, mdb_strerror(error));
}

static void lmdb_unload(void *contents)
{
    struct lmdb *lmdb = contents;
    if (lmdb->reader)
        mdb_txn_abort(lmdb->reader);
    if (lmdb->env)
        mdb_env_close(lmdb->env);
    free(lmdb->path);
    free(lmdb);
}

static int open_reader(struct lmdb *lmdb)
{
    int error = mdb_env_create(&lmdb->env);
    if (!error)
        error = mdb_env_set_mapsize(lmdb->env, 1); /* as small as the file: the library corrects it */
    if (!error)
        error = mdb_env_open(lmdb->env, lmdb->path, MDB_RDONLY | MDB_NOLOCK | MDB_NOTLS | MDB_NOSUBDIR, 0);
    if (!error)
        error = mdb_txn_begin(lmdb->env, NULL, MDB_RDONLY, &lmdb->reader);
    if (!error)
        error = mdb_dbi_open(lmdb->reader, NULL, 0, &lmdb->table);
    if (!error)
        mdb_txn_reset(lmdb->reader);
    return error;
}

static bool lmdb_load(const struct map_source *source, void **contents, struct verdict *verdict)
{
    struct lmdb *lmdb = memory_get(sizeof *lmdb);
    size_t size = strlen(source->path) + 1;
    lmdb->path = memory_get(size);
    memcpy(lmdb->path, source->path, size);
    int error = open_reader(lmdb);
    if (!error) {
        *contents = lmdb;
        return true;
    }
    lmdb_unload(lmdb);
    return lmdb_trouble(verdict, source->path, error);
}

static struct str value_of(MDB_val data)
{
    struct str value = str_make(data.mv_data, data.mv_size);
    if (value.len && value.at[value.len - 1] == '\0')
        value.len--;
    return value;
}

/* Looks for the key, then for the key with the NUL that Postfix adds. */
static int get(struct lmdb *lmdb, struct str key, MDB_val *data)
{
    char terminated[LMDB_KEY_LIMIT + 1];
    memcpy(terminated, key.at, key.len);
    terminated[key.len] = '\0';
    int error = MDB_NOTFOUND;
    for (size_t len = key.len; len <= key.len + 1 && error == MDB_NOTFOUND; len++) {
        MDB_val wanted = {len, terminated};
        if (len > 0 && len <= LMDB_KEY_LIMIT)
            error = mdb_get(lmdb->reader, lmdb->table, &wanted, data);
    }
    return error;
}

static enum map_result lmdb_find(void *contents, struct str key, struct arena *arena, struct str *value,
                                 struct verdict *verdict)
{
    struct lmdb *lmdb = contents;
    if (key.len == 0 || key.len > LMDB_KEY_LIMIT)
        return MAP_NOT_FOUND; /* no such key can be stored */
    int error = mdb_txn_renew(lmdb->reader);
    if (error) {
        lmdb_trouble(verdict, lmdb->path, error);
        return MAP_ERROR;
    }
    MDB_val data;
    enum map_result result = MAP_NOT_FOUND;
    error = get(lmdb, key, &data);
    if (!error) {
        result = map_give(arena, value_of(data), value, verdict);
    } else if (error != MDB_NOTFOUND) {
        lmdb_trouble(verdict, lmdb->path, error);
        result = MAP_ERROR;
    }
    mdb_txn_reset(lmdb->reader);
    return result;
}

static bool lmdb_each(void *contents, map_entry_fn *fn, void *arg, struct verdict *verdict)
{
    struct lmdb *lmdb = contents;
    MDB_cursor *cursor = NULL;
    MDB_val key, data;
    int error = mdb_txn_renew(lmdb->reader);
    if (error)
        return lmdb_trouble(verdict, lmdb->path, error);
    error = mdb_cursor_open(lmdb->reader, lmdb->table, &cursor);
    while (!error && !(error = mdb_cursor_get(cursor, &key, &data, MDB_NEXT)))
        if (!fn(arg, value_of(key), value_of(data)))
            break;
    if (cursor)
        mdb_cursor_close(cursor);
    mdb_txn_reset(lmdb->reader);
    return !error || error == MDB_NOTFOUND || lmdb_trouble(verdict, lmdb->path, error);
}

const struct map_type map_lmdb = {
    .name = "lmdb",
    .flags = MAP_HAS_FILE | MAP_BY_RENAME,
    .suffix = ".lmdb",
    .load = lmdb_load,
    .unload = lmdb_unload,
    .find = lmdb_find,
    .each = lmdb_each,
};
