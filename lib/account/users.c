/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading the user database. A value is the record's encoding, its CRC-32C, and the format's
 * letter. */
#include "account/users.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account/users_format.h"
#include "base/crc.h"
#include "base/cursor.h"
#include "base/memory.h"
#include "map/map.h"

struct users {
    struct map *map;
    char *path; /* owned */
};

/* Over the name too: a value under another key does not check. */
static uint32_t checksum(struct str name, struct str encoding)
{
    return crc32c(crc32c(crc32c(0, name), str_make("", 1)), encoding);
}

bool users_value_make(struct str name, const struct user_record *record, struct buf *value)
{
    buf_clear(value);
    if (!wire_encode(&user_record_message, record, value))
        return false;
    put_u32(value, checksum(name, buf_str(value)));
    put_u8(value, USERS_FORMAT);
    return !value->over;
}

bool users_value_read(struct str name, struct str value, struct arena *arena, struct user_record *record)
{
    if (value.len <= USERS_SUM_SIZE || value.at[value.len - 1] != USERS_FORMAT)
        return false;
    struct str encoding = str_sub(value, 0, value.len - 1 - USERS_SUM_SIZE);
    struct cursor sum = cursor_over(str_from(value, encoding.len));
    return cursor_u32(&sum) == checksum(name, encoding) &&
           wire_decode(&user_record_message, encoding, arena, record);
}

struct users *users_open(struct str data_directory)
{
    struct verdict verdict;
    struct users *users = memory_get(sizeof *users);
    struct buf path;
    buf_init(&path, 8192);
    buf_printf(&path, "lmdb:" STR_FMT "/users/users", STR_ARG(data_directory));
    users->map = map_open(buf_str(&path), &verdict);
    buf_add_text(&path, ".lmdb");
    size_t size = strlen(buf_cstr(&path) + 5) + 1;
    users->path = memory_get(size);
    memcpy(users->path, buf_cstr(&path) + 5, size);
    if (users->map)
        map_set_recheck(users->map, 0);
    buf_finish(&path);
    return users;
}

void users_close(struct users *users)
{
    if (!users)
        return;
    map_close(users->map);
    free(users->path);
    free(users);
}

static enum map_result find(struct users *users, struct str key, struct arena *arena, struct str *value,
                            struct verdict *verdict)
{
    if (!users->map) {
        verdict_set(verdict, 451, "3.0", "no user database");
        return MAP_ERROR;
    }
    if (access(users->path, F_OK) != 0 && errno == ENOENT)
        return MAP_NOT_FOUND;
    return map_find(users->map, key, arena, value, verdict);
}

enum users_result users_find(struct users *users, struct str name, struct arena *arena,
                             struct user_record *record, struct verdict *verdict)
{
    struct str value;
    if (name.len == 0 || name.at[0] == USERS_KEY_NAME[0])
        return USERS_NOT_FOUND;
    switch (find(users, name, arena, &value, verdict)) {
    case MAP_NOT_FOUND:
        return USERS_NOT_FOUND;
    case MAP_ERROR:
        return USERS_ERROR;
    case MAP_FOUND:
        break;
    }
    if (users_value_read(name, value, arena, record))
        return USERS_FOUND;
    verdict_set(verdict, 451, "3.0", "record of <" STR_FMT "> is damaged", STR_ARG(name));
    return USERS_ERROR;
}

struct str users_key(struct users *users, struct arena *arena)
{
    struct verdict verdict;
    struct str value;
    struct user_record record;
    struct str name = STR(USERS_KEY_NAME);
    if (find(users, name, arena, &value, &verdict) != MAP_FOUND ||
        !users_value_read(name, value, arena, &record))
        return STR("");
    return record.password;
}

struct each {
    users_fn *fn;
    void *arg;
    bool damaged;
};

static bool each_entry(void *arg, struct str key, struct str value)
{
    struct each *each = arg;
    struct user_record record;
    if (key.len > 0 && key.at[0] == USERS_KEY_NAME[0])
        return true;
    struct arena *arena = arena_create(64 * 1024);
    each->damaged = !users_value_read(key, value, arena, &record);
    bool more = !each->damaged && each->fn(each->arg, key, &record);
    arena_destroy(arena);
    return more;
}

bool users_each(struct users *users, users_fn *fn, void *arg, struct verdict *verdict)
{
    struct each each = {fn, arg, false};
    if (!users->map)
        return verdict_set(verdict, 451, "3.0", "no user database");
    if (access(users->path, F_OK) != 0 && errno == ENOENT)
        return true;
    if (!map_each(users->map, each_entry, &each, verdict))
        return false;
    return !each.damaged || verdict_set(verdict, 451, "3.0", "a record is damaged");
}
