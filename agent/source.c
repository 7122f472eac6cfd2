/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where destinations are written: an alias table, :include: files, a user's .forward file. All are read with
 * the user's rights.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/agent.h"
#include "io/file.h"
#include "map/maps.h"

enum { INCLUDE_SIZE = 1 << 20, FORWARD_SIZE = 64 * 1024 };

/* --- :include: --- */

static bool read_include(struct destinations *list, struct str path, struct verdict *verdict)
{
    struct buf text;
    const char *name = arena_cstr(list->arena, path);
    if (!str_starts(path, STR("/")))
        return verdict_set(verdict, 451, "3.5", ":include:%s: not an absolute path", name);
    buf_init(&text, INCLUDE_SIZE);
    bool done = file_read_whole(AT_FDCWD, name, &text);
    if (done)
        done = destinations_add_lines(list, arena_copy(list->arena, buf_str(&text)), true, verdict);
    else
        verdict_system(verdict, name, errno);
    buf_finish(&text);
    return done;
}

/* A file that includes itself is in the list already, so it is read once. */
static bool read_includes(struct destinations *list, struct verdict *verdict)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->at[i].kind == ALIAS_INCLUDE && !read_include(list, list->at[i].text, verdict))
            return false;
    for (size_t i = list->count; i-- > 0;)
        if (list->at[i].kind == ALIAS_INCLUDE)
            destinations_remove(list, i);
    return true;
}

/* --- aliases --- */

/* Nobody's commands are run with another's rights: local must have asked for the right user. */
static bool answer_for(const struct mail *mail, struct map *table)
{
    uid_t owner = map_owner(table);
    return owner ? owner == geteuid() : str_eq(mail->agent->conf->default_privs, str_of(mail->agent->name));
}

static bool find_alias(const struct mail *mail, struct maps *maps, struct str *value, struct verdict *verdict)
{
    for (size_t i = 0; i < maps_count(maps); i++) {
        struct map *table = maps_at(maps, i);
        switch (map_find(table, mail->errand->user, mail->arena, value, verdict)) {
        case MAP_FOUND:
            return answer_for(mail, table) ||
                   verdict_set(verdict, 451, "3.5", "the alias table belongs to another user than %s",
                               mail->agent->name);
        case MAP_ERROR:
            return false;
        case MAP_NOT_FOUND:
            break;
        }
    }
    return verdict_set(verdict, 451, "3.0", "the alias is gone");
}

bool source_alias(const struct mail *mail, struct destinations *list, struct verdict *verdict)
{
    struct str value;
    struct maps *maps = maps_open(mail->agent->conf->alias_maps, verdict);
    destinations_init(list, mail->errand->user, mail->errand->domain, mail->arena);
    bool done = maps && find_alias(mail, maps, &value, verdict) &&
                destinations_add(list, value, false, verdict) && read_includes(list, verdict);
    maps_close(maps);
    return done;
}

/* --- .forward --- */

/* What nobody else can have written. */
static const char *why_not(const struct stat *status)
{
    if (!S_ISREG(status->st_mode))
        return "is not a plain file";
    if (status->st_uid != geteuid() && status->st_uid != 0)
        return "belongs to another user";
    if (status->st_mode & (S_IWGRP | S_IWOTH))
        return "can be written to by others";
    return NULL;
}

static void warn(const struct mail *mail, const char *path, const char *why)
{
    log_say(mail->agent->log, LOG_WARNING_LEVEL, mail->errand->queue_id, "%s %s: not used", path, why);
}

enum forward_result { FORWARD_READ, FORWARD_NONE, FORWARD_UNUSED, FORWARD_ERROR };

static enum forward_result read_forward(const struct mail *mail, const char *path, struct buf *text)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && errno == ELOOP) {
        warn(mail, path, "is a symbolic link");
        return FORWARD_UNUSED;
    }
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? FORWARD_NONE : FORWARD_ERROR;
    const char *why = fstat(fd, &status) == 0 ? why_not(&status) : "cannot be looked at";
    if (why) {
        warn(mail, path, why);
        close(fd);
        return FORWARD_UNUSED;
    }
    char *room = buf_room(text, (size_t)status.st_size);
    bool done = room && (status.st_size == 0 || file_pread_all(fd, room, (size_t)status.st_size, 0));
    int error = room ? errno : EFBIG;
    if (done)
        text->len += (size_t)status.st_size;
    close(fd);
    errno = error;
    return done ? FORWARD_READ : FORWARD_ERROR;
}

static bool take_forward(struct destinations *list, struct str text, struct verdict *verdict)
{
    if (!destinations_add_lines(list, text, false, verdict) || !read_includes(list, verdict))
        return false;
    for (size_t i = 0; i < list->count; i++)
        list->at[i].mailbox |= list->at[i].self; /* the user named by himself is his mailbox */
    return true;
}

static bool expand_paths(const struct mail *mail, struct str *paths, struct verdict *verdict)
{
    struct rcpt_names names = names_of(mail, mail->agent->params->forward_filter);
    return rcpt_names_expand(&names, mail->agent->params->forward_path, mail->arena, paths, verdict);
}

bool source_forward(const struct mail *mail, struct destinations *list, bool *found, struct verdict *verdict)
{
    struct str paths, path;
    struct buf text;
    enum forward_result result = FORWARD_NONE;
    *found = false;
    destinations_init(list, mail->errand->user, mail->errand->domain, mail->arena);
    if (!expand_paths(mail, &paths, verdict))
        return false;
    buf_init(&text, FORWARD_SIZE);
    while (result == FORWARD_NONE && str_word(&paths, ", \t\r\n", &path)) {
        const char *name = arena_cstr(mail->arena, path);
        if (str_starts(path, STR("/")))
            result = read_forward(mail, name, &text);
        if (result == FORWARD_ERROR)
            verdict_system(verdict, name, errno);
    }
    *found = result == FORWARD_READ;
    bool done = result != FORWARD_ERROR;
    if (*found)
        done = take_forward(list, arena_copy(mail->arena, buf_str(&text)), verdict);
    buf_finish(&text);
    return done;
}
