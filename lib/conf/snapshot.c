/* SPDX-License-Identifier: BSD-2-Clause */
/* The magic, then name and value of each row, as counted texts (base/cursor.h). */
#include "conf/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "conf/service_param.h"
#include "io/file.h"

enum { SNAPSHOT_LIMIT = 16 * 1024 * 1024, SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL };
static const struct str magic = STR_INIT("RELAISC1");

struct snapshot {
    struct hash *values; /* name -> struct str in the arena */
};

/* A program's own rows and those of the libraries; not another program's. */
static bool belongs(const struct param_set *set, struct str program)
{
    struct str owner = str_of(set->owner);
    return str_starts(owner, STR("lib/")) || str_eq(owner, program);
}

static bool put_value(const struct conf *conf, const struct service *service, struct str name,
                      struct complaints *complaints, struct buf *out)
{
    struct arena *arena = arena_create(SNAPSHOT_LIMIT);
    struct str value;
    bool sound = conf_value(conf, service, name, arena, complaints, &value);
    put_text(out, name);
    put_text(out, value);
    arena_destroy(arena);
    return sound;
}

/* The row's values for single services, under their names. */
static bool put_service_values(const struct conf *conf, const struct service *service, struct str row,
                               struct complaints *complaints, struct buf *out)
{
    const struct services *services = conf_services(conf);
    const struct service_param *param = service_param_for(row);
    bool sound = true;
    for (size_t i = 0; param && i < services->count; i++) {
        char name[256];
        snprintf(name, sizeof name, STR_FMT STR_FMT, STR_ARG(services->at[i].name), STR_ARG(param->ending));
        sound &= put_value(conf, service, str_of(name), complaints, out);
    }
    return sound;
}

static bool put_set(const struct conf *conf, const struct service *service, const struct param_set *set,
                    struct complaints *complaints, struct buf *out)
{
    bool sound = true;
    for (size_t i = 0; i < set->count; i++) {
        struct str name = str_of(set->rows[i].name);
        sound &= put_value(conf, service, name, complaints, out);
        sound &= put_service_values(conf, service, name, complaints, out);
    }
    return sound;
}

static int seal(const struct buf *bytes)
{
    int fd = memfd_create("relais-configuration", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return -1;
    if (file_write_all(fd, buf_str(bytes)) && fcntl(fd, F_ADD_SEALS, SEALS) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

int snapshot_make(const struct conf *conf, const struct service *service, struct str program,
                  struct complaints *complaints)
{
    struct buf bytes;
    bool sound = true;
    buf_init(&bytes, SNAPSHOT_LIMIT);
    buf_add(&bytes, magic);
    const struct param_set *const *sets = conf_sets(conf);
    for (size_t i = 0; sets[i]; i++)
        if (belongs(sets[i], program))
            sound &= put_set(conf, service, sets[i], complaints, &bytes);
    errno = EINVAL;
    int fd = sound && !bytes.over ? seal(&bytes) : -1;
    buf_finish(&bytes);
    return fd;
}

static bool read_values(struct snapshot *snapshot, struct str bytes, struct arena *arena)
{
    struct cursor cursor = cursor_over(bytes);
    if (!str_eq(cursor_bytes(&cursor, magic.len), magic))
        return false;
    while (cursor.rest.len) {
        struct str name = cursor_text(&cursor), value = cursor_text(&cursor);
        if (!cursor_ok(&cursor))
            return false;
        struct str *kept = arena_get(arena, sizeof *kept);
        *kept = arena_copy(arena, value);
        hash_put(snapshot->values, name, kept);
    }
    return true;
}

struct snapshot *snapshot_read(int fd, struct arena *arena)
{
    struct snapshot *snapshot = arena_get(arena, sizeof *snapshot);
    struct stat status;
    /* Without its seals somebody could shrink or change it while we read. */
    int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || (seals & SEALS) != SEALS)
        return NULL;
    if (fstat(fd, &status) != 0 || status.st_size <= 0 || status.st_size > SNAPSHOT_LIMIT)
        return NULL;
    size_t size = (size_t)status.st_size;
    char *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return NULL;
    snapshot->values = hash_create();
    bool sound = read_values(snapshot, str_make(bytes, size), arena);
    munmap(bytes, size);
    if (!sound)
        hash_destroy(snapshot->values);
    return sound ? snapshot : NULL;
}

void snapshot_free(struct snapshot *snapshot)
{
    if (snapshot)
        hash_destroy(snapshot->values);
}

bool snapshot_text(const struct snapshot *snapshot, struct str name, struct str *value)
{
    const struct str *kept = hash_get(snapshot->values, name);
    if (kept)
        *value = *kept;
    return kept != NULL;
}

bool snapshot_source(void *context, const struct param_row *row, struct arena *arena, struct str *value)
{
    (void)arena;
    return snapshot_text(context, str_of(row->name), value);
}

bool snapshot_service_source(void *context, const struct param_row *row, struct arena *arena,
                             struct str *value)
{
    const struct snapshot_service *of = context;
    const struct service_param *param = service_param_for(str_of(row->name));
    if (!param)
        return snapshot_text(of->snapshot, str_of(row->name), value);
    struct str own = arena_printf(arena, STR_FMT STR_FMT, STR_ARG(of->service), STR_ARG(param->ending));
    return snapshot_text(of->snapshot, own, value) || snapshot_text(of->snapshot, str_of(row->name), value);
}
