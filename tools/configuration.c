/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading the configuration for a tool. */
#include "tools/configuration.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "conf/installed.h"
#include "conf/registry.h"
#include "io/file.h"

enum { PID_FILE_LIMIT = 64 };

const char *configuration_directory(const char *given, struct arena *arena)
{
    const char *named = given ? given : getenv("MAIL_CONFIG");
    if (!named || !named[0])
        named = INSTALLED_CONFIGURATION;
    char *whole = realpath(named, NULL);
    const char *directory = arena_cstr(arena, str_of(whole ? whole : named));
    free(whole);
    return directory;
}

void complaints_print(const struct complaints *complaints, const char *name, bool warnings)
{
    for (const struct complaint *one = complaints->first; one; one = one->next)
        if (one->fatal || warnings)
            fprintf(stderr, "%s: %s: " STR_FMT "\n", name, one->fatal ? "fatal" : "warning",
                    STR_ARG(one->text));
}

bool configuration_open(struct configuration *configuration, const char *name, const char *given)
{
    configuration->arena = arena_create(CONFIGURATION_MEMORY);
    complaints_init(&configuration->complaints, configuration->arena);
    configuration->conf = conf_load(configuration_directory(given, configuration->arena), all_param_sets,
                                    configuration->arena, &configuration->complaints);
    conf_load_set(configuration->conf, NULL, &conf_param_set, configuration->arena,
                  &configuration->complaints, &configuration->params);
    complaints_print(&configuration->complaints, name, false);
    return configuration->complaints.fatal_count == 0;
}

void configuration_close(struct configuration *configuration)
{
    conf_free(configuration->conf);
    arena_destroy(configuration->arena);
}

struct str configuration_text(struct configuration *configuration, const char *name)
{
    struct str value;
    conf_value(configuration->conf, NULL, str_of(name), configuration->arena, &configuration->complaints,
               &value);
    return value;
}

/* master holds a lock on its pid file as long as it lives, so an old file says nothing wrong. */
pid_t configuration_master(struct configuration *configuration)
{
    struct str directory = configuration->params.queue_directory;
    const char *path = arena_printf(configuration->arena, STR_FMT "/pid/master.pid", STR_ARG(directory)).at;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct buf text;
    uint64_t pid = 0;
    int fd = file_open_regular(AT_FDCWD, path, O_RDONLY);
    buf_init(&text, PID_FILE_LIMIT);
    bool held = fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    if (!held || !file_read_whole(AT_FDCWD, path, &text) || !str_to_u64(str_trim(buf_str(&text)), &pid) ||
        pid > INT32_MAX)
        pid = 0;
    buf_finish(&text);
    if (fd >= 0)
        close(fd);
    return (pid_t)pid;
}
