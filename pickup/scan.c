/* SPDX-License-Identifier: BSD-2-Clause */
/* Looking through drop_directory: what is a message is taken in, what never was one goes, and what might have
 * been one is set aside for a while. Whatever users put there, a look ends, and says each thing once. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "pickup/pickup.h"

enum { FILE_MEMORY = 256 * 1024 * 1024, STUCK_LIMIT = 1000 };

/* One look. */
struct look {
    struct pickup *pickup;
    struct drop_terms terms;
    struct arena *arena;
    size_t later, stuck;
};

bool scan_hard_links_are_kept(int descriptor)
{
    char digit = '0';
    return descriptor >= 0 && pread(descriptor, &digit, 1, 0) == 1 && digit != '0';
}

/* --- what is no message --- */

/* Can be neither taken nor removed: a directory with something in it. Said once, while it is there. */
static void note_stuck(struct look *look, const char *name, const char *why)
{
    struct pickup *pickup = look->pickup;
    look->stuck++;
    if (hash_count(pickup->stuck) >= STUCK_LIMIT || hash_get(pickup->stuck, str_of(name)))
        return;
    hash_put(pickup->stuck, str_of(name), pickup);
    log_say(pickup->log, LOG_WARNING_LEVEL, STR(""), "drop/%s: %s; it stays there until somebody removes it",
            name, why);
}

static void remove_junk(struct look *look, const char *name, const struct drop_file *file)
{
    struct pickup *pickup = look->pickup;
    if (unlinkat(pickup->drop, name, 0) == 0 ||
        (errno == EISDIR && unlinkat(pickup->drop, name, AT_REMOVEDIR) == 0))
        log_say(pickup->log, LOG_WARNING_LEVEL, STR(""), "drop/%s, of uid %lu: %s; removed", name,
                (unsigned long)file->uid, file->why);
    else
        note_stuck(look, name, file->why);
}

static void set_aside(struct look *look, const char *name, uid_t uid, const char *why)
{
    struct pickup *pickup = look->pickup;
    char target[64];
    struct queue_id id = queue_id_next(&pickup->ids, clock_now_us());
    snprintf(target, sizeof target, "damaged/%s", id.text);
    if (renameat2(pickup->drop, name, pickup->taken, target, RENAME_NOREPLACE) == 0)
        log_say(pickup->log, LOG_WARNING_LEVEL, STR("NOQUEUE"), "drop/%s, of uid %lu: %s; moved to taken/%s",
                name, (unsigned long)uid, why, target);
    else
        note_stuck(look, name, why);
}

/* --- a message --- */

static void take_message(struct look *look, const char *name, const struct drop_file *file)
{
    struct pickup *pickup = look->pickup;
    struct verdict verdict;
    enum take_result result = take_in(pickup, name, file, look->arena, &verdict);
    if (result == TAKE_REFUSED)
        set_aside(look, name, file->uid, verdict.text);
    if (result == TAKE_LATER && look->later++ == 0)
        log_say(pickup->log, LOG_WARNING_LEVEL, STR(""), "drop/%s waits: %s", name, verdict.text);
}

static void look_at(struct look *look, const char *name)
{
    struct drop_file file;
    arena_reset(look->arena);
    switch (drop_open(look->pickup->drop, name, &look->terms, look->arena, &file)) {
    case DROP_MESSAGE:
        take_message(look, name, &file);
        close(file.fd);
        break;
    case DROP_BROKEN:
        set_aside(look, name, file.uid, file.why);
        break;
    case DROP_JUNK:
        remove_junk(look, name, &file);
        break;
    case DROP_ERROR:
        if (look->later++ == 0)
            log_say(look->pickup->log, LOG_WARNING_LEVEL, STR(""), "drop/%s waits: %s", name, file.why);
        break;
    case DROP_UNFINISHED:
    case DROP_GONE:
        break;
    }
}

/* --- the directories --- */

static DIR *list(int directory, const char *name)
{
    int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd >= 0 ? fdopendir(fd) : NULL;
}

static void clean_damaged(struct pickup *pickup)
{
    DIR *directory = list(pickup->taken, "damaged");
    struct dirent *entry;
    struct stat status;
    int64_t now_s = clock_now_us() / 1000000;
    while (directory && (entry = readdir(directory)))
        if (queue_id_parse(str_of(entry->d_name), NULL) &&
            fstatat(dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
            now_s - status.st_ctime > pickup->params->keep_time / 1000)
            unlinkat(dirfd(directory), entry->d_name, 0);
    if (directory)
        closedir(directory);
}

static bool may_look(struct pickup *pickup)
{
    bool kept = scan_hard_links_are_kept(pickup->hard_links);
    if (!kept && !pickup->refused_before)
        log_say(pickup->log, LOG_ERROR_LEVEL, STR(""),
                "fs.protected_hardlinks is off: nothing is taken from drop_directory, for a file's owner "
                "need not "
                "be who put it there");
    pickup->refused_before = !kept;
    return kept;
}

void scan_drop(struct pickup *pickup)
{
    struct look look = {.pickup = pickup,
                        .terms = {.size_limit = (uint64_t)pickup->conf->drop_size_limit,
                                  .unfinished_s = pickup->params->unfinished_time / 1000,
                                  .now_s = clock_now_us() / 1000000}};
    struct dirent *entry;
    pickup->unfinished = !take_finish_all(pickup);
    clean_damaged(pickup);
    if (pickup->unfinished || !may_look(pickup))
        return;
    DIR *directory = list(pickup->drop, ".");
    if (!directory) {
        log_say(pickup->log, LOG_ERROR_LEVEL, STR(""), "drop_directory cannot be listed: %s",
                strerror(errno));
        return;
    }
    look.arena = arena_create(FILE_MEMORY);
    while ((entry = readdir(directory)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            look_at(&look, entry->d_name);
    arena_destroy(look.arena);
    closedir(directory);
    if (look.later > 1)
        log_say(pickup->log, LOG_WARNING_LEVEL, STR(""), "%zu messages wait in drop_directory", look.later);
    if (!look.stuck)
        hash_clear(pickup->stuck);
}
