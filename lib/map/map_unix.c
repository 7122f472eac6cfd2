/* SPDX-License-Identifier: BSD-2-Clause */
/* unix:passwd.byname and unix:group.byname: the system's accounts, through the C library's name service. A
 * value is the entry as a line of passwd(5) or group(5). */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/memory.h"
#include "map/map.h"

enum { ENTRY_LIMIT = 1024 * 1024, NAME_LIMIT = 256 };

/* Prints the entry of `name` to *out, using `space` for the C library; 0, ENOENT or another errno. */
typedef int entry_lookup(const char *name, char *space, size_t size, struct buf *out);

static int passwd_entry(const char *name, char *space, size_t size, struct buf *out)
{
    struct passwd entry, *found;
    int error = getpwnam_r(name, &entry, space, size, &found);
    if (error || !found)
        return error ? error : ENOENT;
    buf_printf(out, "%s:%s:%u:%u:%s:%s:%s", entry.pw_name, entry.pw_passwd, (unsigned)entry.pw_uid,
               (unsigned)entry.pw_gid, entry.pw_gecos, entry.pw_dir, entry.pw_shell);
    return 0;
}

static int group_entry(const char *name, char *space, size_t size, struct buf *out)
{
    struct group entry, *found;
    int error = getgrnam_r(name, &entry, space, size, &found);
    if (error || !found)
        return error ? error : ENOENT;
    buf_printf(out, "%s:%s:%u:", entry.gr_name, entry.gr_passwd, (unsigned)entry.gr_gid);
    for (char **member = entry.gr_mem; *member; member++)
        buf_printf(out, "%s%s", member == entry.gr_mem ? "" : ",", *member);
    return 0;
}

static entry_lookup *const lookups[] = {passwd_entry, group_entry};

static bool unix_load(const struct map_source *source, void **contents, struct verdict *verdict)
{
    bool passwd = str_eq(source->name, STR("passwd.byname"));
    if (!passwd && !str_eq(source->name, STR("group.byname")))
        return verdict_set(verdict, 451, "3.5", "unknown table unix:" STR_FMT, STR_ARG(source->name));
    *contents = (void *)(uintptr_t)&lookups[passwd ? 0 : 1];
    return true;
}

static void unix_unload(void *contents)
{
    (void)contents;
}

/* Gives the C library more room until it is enough. */
static int look_up(entry_lookup *lookup, const char *name, struct buf *out)
{
    int error = ERANGE;
    for (size_t size = 2048; error == ERANGE && size <= ENTRY_LIMIT; size *= 4) {
        char *space = memory_get(size);
        error = lookup(name, space, size, out);
        free(space);
    }
    return error;
}

/* getpwnam(3) lists what "not found" may look like. */
static bool means_not_found(int error)
{
    return error == ENOENT || error == ESRCH || error == EBADF || error == EPERM;
}

static enum map_result unix_find(void *contents, struct str key, struct arena *arena, struct str *value,
                                 struct verdict *verdict)
{
    entry_lookup *const *lookup = contents;
    char name[NAME_LIMIT];
    if (!key.len || key.len >= sizeof name || memchr(key.at, 0, key.len))
        return MAP_NOT_FOUND;
    memcpy(name, key.at, key.len);
    name[key.len] = '\0';
    struct buf line;
    buf_init(&line, ENTRY_LIMIT);
    int error = look_up(*lookup, name, &line);
    enum map_result result = MAP_NOT_FOUND;
    if (error == 0) {
        result = map_give(arena, buf_str(&line), value, verdict);
    } else if (!means_not_found(error)) {
        verdict_system(verdict, "system accounts", error);
        result = MAP_ERROR;
    }
    buf_finish(&line);
    return result;
}

const struct map_type map_unix = {
    .name = "unix",
    .flags = MAP_BLOCKING,
    .load = unix_load,
    .unload = unix_unload,
    .find = unix_find,
};
