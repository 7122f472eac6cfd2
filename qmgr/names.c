/* SPDX-License-Identifier: BSD-2-Clause */
/* Listing the queue directory, which may be long, on a disk thread. */
#include "qmgr/names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void names_add(struct names *names, struct str id)
{
    if (names->count == names->room) {
        names->room = names->room ? names->room * 2 : 256;
        names->at = memory_resize(names->at, names->room, sizeof *names->at);
    }
    struct queue_id *place = &names->at[names->count++];
    memcpy(place->text, id.at, QUEUE_ID_LENGTH);
    place->text[QUEUE_ID_LENGTH] = '\0';
}

void names_free(struct names *names)
{
    free(names->at);
    *names = (struct names){NULL, 0, 0};
}

struct listing_job {
    int directory;
    struct str prefix;
    struct names *names;
    int error;
};

static void list(void *arg)
{
    struct listing_job *job = arg;
    int fd = openat(job->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *entry;
    if (!directory) {
        job->error = errno;
        return;
    }
    while ((entry = readdir(directory))) {
        struct str name = str_of(entry->d_name), id = str_from(name, job->prefix.len);
        if (str_starts(name, job->prefix) && queue_id_parse(id, NULL))
            names_add(job->names, id);
    }
    closedir(directory);
}

bool names_list(struct manager *manager, const char *prefix, struct names *names)
{
    struct listing_job job = {.directory = manager->directory, .prefix = str_of(prefix), .names = names};
    thread_pool_run(manager->disk, list, &job);
    if (job.error)
        log_say(manager->log, LOG_ERROR_LEVEL, STR(""), "queue directory cannot be listed: %s",
                strerror(job.error));
    return job.error == 0;
}
