/* SPDX-License-Identifier: BSD-2-Clause */
/* One table: its type, its contents, and the file they came from. See the header for the promises. */
#include "map/map.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/buf.h"
#include "base/memory.h"
#include "io/task.h"
#include "map/watch.h"

enum { NOTES_LIMIT = 32 * 1024, FOLD_ON_STACK = 512 };

struct map {
    char *spec; /* owned, "type:name" */
    struct str name;
    const struct map_type *type;
    char *path;     /* owned; NULL without a file */
    void *contents; /* owned; NULL when nothing could be loaded yet */
    struct watch watch;
    struct verdict trouble; /* why the last load failed */
    bool failed;            /* the last load failed */
    bool loading;
    struct gate loaded; /* who waits for the end of loading */
    unsigned depth;
    struct buf notes; /* each ends in a newline */
};

/* --- types --- */

#define MAP_TYPE(name) extern const struct map_type map_##name;
#define MAP_NAME(other, name)
#include "map/types.def"
#undef MAP_TYPE
#undef MAP_NAME

static const struct {
    const char *name;
    const struct map_type *type;
} types[] = {
#define MAP_TYPE(name)        {#name, &map_##name},
#define MAP_NAME(other, name) {#other, &map_##name},
#include "map/types.def"
#undef MAP_TYPE
#undef MAP_NAME
};

const struct map_type *map_type_find(struct str name)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_eq(name, str_of(types[i].name)))
            return types[i].type;
    return NULL;
}

/* --- notes --- */

void map_note(const struct map_source *source, size_t line, const char *format, ...)
{
    if (!source->notes)
        return;
    struct buf text;
    buf_init(&text, 2048);
    if (source->path)
        buf_printf(&text, "%s, ", source->path);
    if (line)
        buf_printf(&text, "line %zu: ", line);
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    source->notes->fn(source->notes->arg, buf_str(&text));
    buf_finish(&text);
}

static void keep_note(void *arg, struct str note)
{
    struct buf *notes = arg;
    if (note.len + 1 > notes->limit - notes->len)
        return;
    buf_add(notes, note);
    buf_add_char(notes, '\n');
}

void map_take_notes(struct map *map, map_note_fn *fn, void *arg)
{
    struct str rest = buf_str(&map->notes), note;
    while (rest.len && str_cut(&rest, '\n', &note))
        fn(arg, note);
    buf_clear(&map->notes);
    struct map *part;
    for (size_t i = 0; (part = map_part(map, i)); i++)
        map_take_notes(part, fn, arg);
}

/* --- loading --- */

/* What a loading thread works on; it shares nothing with the table until it is done. */
struct load_job {
    const struct map_type *type;
    struct map_source source;
    struct buf notes;
    void *contents;
    bool done;
    struct verdict trouble;
};

static void run_load(void *arg)
{
    struct load_job *job = arg;
    job->done = job->type->load(&job->source, &job->contents, &job->trouble);
}

/* Says once that new contents were refused. */
static void note_trouble(struct map *map, const struct verdict *trouble)
{
    if (map->contents && (!map->failed || strcmp(map->trouble.text, trouble->text) != 0)) {
        struct map_source source = {.notes = &(struct map_notes){keep_note, &map->notes}};
        map_note(&source, 0, "%s: the old contents of %s stay in use", trouble->text, map->spec);
    }
}

/* seen: the file as it was before loading. */
static bool map_load(struct map *map, const struct file_mark *seen)
{
    map->watch.mark = *seen;
    map->watch.mark.fresh = !(map->type->flags & MAP_BY_RENAME) && !watch_at_rest(&map->watch, seen);
    struct load_job job = {.type = map->type};
    buf_init(&job.notes, NOTES_LIMIT);
    struct map_notes notes = {keep_note, &job.notes};
    job.source = (struct map_source){map->name, map->path, &notes, map->depth};
    map->loading = true;
    task_blocking(run_load, &job);
    map->loading = false;
    gate_wake_all(&map->loaded);
    if (job.done)
        buf_clear(&map->notes);
    struct str rest = buf_str(&job.notes), note;
    while (rest.len && str_cut(&rest, '\n', &note))
        keep_note(&map->notes, note);
    buf_finish(&job.notes);
    if (!job.done) {
        note_trouble(map, &job.trouble);
        map->trouble = job.trouble;
        map->failed = true;
        return false;
    }
    if (map->contents)
        map->type->unload(map->contents);
    map->contents = job.contents;
    map->failed = false;
    return true;
}

/* Takes new contents over when the file changed and is at rest; whether it did. */
static bool take_over(struct map *map)
{
    struct file_mark seen;
    watch_look(map->path, &seen);
    if (map->contents && !map->failed && file_mark_same(&seen, &map->watch.mark))
        return false;
    if (map->contents && !(map->type->flags & MAP_BY_RENAME) && !watch_at_rest(&map->watch, &seen))
        return false;
    return map_load(map, &seen);
}

static void map_refresh(struct map *map)
{
    if (map->path && !map->loading && watch_is_due(&map->watch))
        take_over(map);
}

/* --- opening --- */

static bool split_spec(struct str spec, struct str *type, struct str *name)
{
    struct str proxy = STR("proxy:");
    if (str_starts(spec, proxy))
        spec = str_from(spec, proxy.len);
    size_t colon = str_find(spec, ':');
    if (colon == SIZE_MAX || colon == 0)
        return false;
    *type = str_sub(spec, 0, colon);
    *name = str_from(spec, colon + 1);
    return true;
}

static struct map *map_create(struct str spec, const struct map_type *type, unsigned depth)
{
    struct map *map = memory_get(sizeof *map);
    map->spec = memory_get(spec.len + 1);
    memcpy(map->spec, spec.at, spec.len);
    struct str type_name;
    split_spec(str_make(map->spec, spec.len), &type_name, &map->name);
    map->type = type;
    map->depth = depth;
    buf_init(&map->notes, NOTES_LIMIT);
    watch_init(&map->watch);
    if ((type->flags & MAP_HAS_FILE) && !str_starts(map->name, STR("{"))) {
        size_t size = map->name.len + strlen(type->suffix) + 1;
        map->path = memory_get(size);
        snprintf(map->path, size, STR_FMT "%s", STR_ARG(map->name), type->suffix);
    }
    return map;
}

static struct map *open_at_depth(struct str spec, unsigned depth, struct verdict *verdict)
{
    struct str type_name, name;
    if (spec.len > MAP_NAME_LIMIT || memchr(spec.at ? spec.at : "", 0, spec.len)) {
        verdict_set(verdict, 451, "3.5", "table name too long or with NUL");
        return NULL;
    }
    if (!split_spec(spec, &type_name, &name)) {
        verdict_set(verdict, 451, "3.5", "table \"" STR_FMT "\" is not of the form type:name", STR_ARG(spec));
        return NULL;
    }
    const struct map_type *type = map_type_find(type_name);
    if (!type || depth > MAP_NESTING_LIMIT) {
        verdict_set(verdict, 451, "3.5",
                    type ? "table \"" STR_FMT "\" is nested too deeply"
                         : "table \"" STR_FMT "\" is of an unknown type",
                    STR_ARG(spec));
        return NULL;
    }
    struct map *map = map_create(spec, type, depth);
    watch_is_due(&map->watch);
    struct file_mark seen = {0};
    if (map->path)
        watch_look(map->path, &seen);
    if (!map_load(map, &seen) && !map->path) {
        *verdict = map->trouble;
        map_close(map);
        return NULL;
    }
    return map;
}

struct map *map_open(struct str spec, struct verdict *verdict)
{
    return open_at_depth(spec, 0, verdict);
}

struct map *map_open_part(const struct map_source *parent, struct str spec, struct verdict *verdict)
{
    return open_at_depth(spec, parent->depth + 1, verdict);
}

void map_close(struct map *map)
{
    if (!map)
        return;
    assert(!map->loading);
    if (map->contents)
        map->type->unload(map->contents);
    buf_finish(&map->notes);
    free(map->path);
    free(map->spec);
    free(map);
}

/* --- asking --- */

struct find_job {
    struct map *map;
    struct str key;
    struct arena *arena;
    struct str *value;
    struct verdict *verdict;
    enum map_result result;
};

static void run_find(void *arg)
{
    struct find_job *job = arg;
    job->result = job->map->type->find(job->map->contents, job->key, job->arena, job->value, job->verdict);
}

static void lower(char *out, struct str key)
{
    for (size_t i = 0; i < key.len; i++)
        out[i] = char_lower(key.at[i]);
}

/* Whether what was not found may be in contents that came since: a file that is replaced whole is looked at
 * again before the answer is "no", so that who was added a moment ago is known. */
static bool has_newer(struct map *map)
{
    if (!map->path || !(map->type->flags & MAP_BY_RENAME))
        return false;
    if (map->loading)
        return gate_wait(&map->loaded, DEADLINE_NEVER);
    return take_over(map);
}

static enum map_result find_once(struct map *map, struct str key, struct arena *arena, struct str *value,
                                 struct verdict *verdict)
{
    if (!map->contents) {
        *verdict = map->trouble;
        return MAP_ERROR;
    }
    char small[FOLD_ON_STACK], *folded = NULL;
    if (!(map->type->flags & MAP_WHOLE_KEY)) {
        folded = key.len <= sizeof small ? small : memory_get(key.len);
        lower(folded, key);
        key.at = folded;
    }
    struct find_job job = {map, key, arena, value, verdict, MAP_ERROR};
    if (map->type->flags & MAP_BLOCKING)
        task_blocking(run_find, &job);
    else
        run_find(&job);
    if (folded != small)
        free(folded);
    return job.result;
}

enum map_result map_find(struct map *map, struct str key, struct arena *arena, struct str *value,
                         struct verdict *verdict)
{
    map_refresh(map);
    enum map_result result = find_once(map, key, arena, value, verdict);
    if (result == MAP_NOT_FOUND && has_newer(map))
        result = find_once(map, key, arena, value, verdict);
    return result;
}

enum map_result map_give(struct arena *arena, struct str found, struct str *value, struct verdict *verdict)
{
    if (arena_try_copy(arena, found, value))
        return MAP_FOUND;
    verdict_set(verdict, 451, "3.1", "no room for the value of a table");
    return MAP_ERROR;
}

bool map_probe(struct map *map, struct verdict *verdict)
{
    map_refresh(map);
    if (!map->contents || map->failed) {
        *verdict = map->trouble;
        return false;
    }
    struct map *part;
    for (size_t i = 0; (part = map_part(map, i)); i++)
        if (!map_probe(part, verdict))
            return false;
    return true;
}

bool map_each(struct map *map, map_entry_fn *fn, void *arg, struct verdict *verdict)
{
    map_refresh(map);
    if (!map->contents) {
        *verdict = map->trouble;
        return false;
    }
    if (!map->type->each)
        return verdict_set(verdict, 550, "3.3", "tables of type %s do not list their entries",
                           map->type->name);
    return map->type->each(map->contents, fn, arg, verdict);
}

struct str map_spec(const struct map *map)
{
    return str_of(map->spec);
}

struct str map_path(const struct map *map)
{
    return str_of(map->path);
}

void map_each_path(struct map *map, map_note_fn *fn, void *arg)
{
    if (map->path)
        fn(arg, map_path(map));
    struct map *part;
    for (size_t i = 0; (part = map_part(map, i)); i++)
        map_each_path(part, fn, arg);
}

struct map *map_part(struct map *map, size_t index)
{
    return map->contents && map->type->part ? map->type->part(map->contents, index) : NULL;
}

bool map_wants_whole_key(struct map *map)
{
    if (!map->type->part)
        return map->type->flags & MAP_WHOLE_KEY;
    struct map *part;
    for (size_t i = 0; (part = map_part(map, i)); i++)
        if (map_wants_whole_key(part))
            return true;
    return false;
}

void map_set_recheck(struct map *map, int64_t recheck_ms)
{
    watch_set_recheck(&map->watch, recheck_ms);
    struct map *part;
    for (size_t i = 0; (part = map_part(map, i)); i++)
        map_set_recheck(part, recheck_ms);
}

static void take_owner(void *arg, struct str path)
{
    struct stat status;
    uid_t *owner = arg;
    char name[PATH_MAX];
    if (*owner || path.len >= sizeof name)
        return;
    memcpy(name, path.at, path.len);
    name[path.len] = '\0';
    if (stat(name, &status) == 0)
        *owner = status.st_uid;
}

uid_t map_owner(struct map *map)
{
    uid_t owner = 0;
    map_each_path(map, take_owner, &owner);
    return owner;
}
