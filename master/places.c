/* SPDX-License-Identifier: BSD-2-Clause */
/* The directories below queue_directory and data_directory: who owns them, who may do what in them. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file.h"
#include "master/master.h"

struct place {
    const char *below; /* "" : the directory itself */
    const char *user;  /* NULL: root */
    const char *group; /* NULL: root's; "": mail_owner's */
    mode_t mode;
};

/* Who may create in queue/ is in its group; files inherit that group, so that qmgr can read what smtpd wrote.
 * The sticky bit keeps who may create from removing and renaming what is qmgr's: notifications, the index,
 * damaged/.
 * Likewise what everybody may leave in drop/ is of pickup's group, which alone can list it and, being its
 * owner, remove what is others'; and what pickup makes of it in taken/ is of the queue's group already. */
static const struct place queue_places[] = {
    {"", NULL, "", 0751},
    {"/queue", "relais-queue", "relais-queue", 03730},
    {"/queue/damaged", "relais-queue", "relais-queue", 0700},
    {"/drop", "relais-pickup", "relais-pickup", 03733},
    {"/taken", "relais-pickup", "relais-queue", 02700},
    {"/taken/damaged", "relais-pickup", "relais-pickup", 0700},
    {"/private", NULL, "", 0750},
    {"/public", NULL, NULL, 0755},
    {"/pid", NULL, NULL, 0755},
};
static const struct place data_places[] = {
    {"", NULL, "", 0751},
    {"/users", "relais-auth", NULL, 0700},
};

static bool find_ids(const struct place *place, struct str mail_owner, uid_t *uid, gid_t *gid,
                     struct log *log)
{
    char shared[64];
    snprintf(shared, sizeof shared, STR_FMT, STR_ARG(mail_owner));
    const char *group_name = place->group && place->group[0] == '\0' ? shared : place->group;
    const struct passwd *user = place->user ? getpwnam(place->user) : NULL;
    *uid = user ? user->pw_uid : 0;
    const struct group *group = group_name ? getgrnam(group_name) : NULL;
    *gid = group ? group->gr_gid : 0;
    if ((!place->user || user) && (!group_name || group))
        return true;
    log_say(log, LOG_FATAL_LEVEL, STR(""), "user or group %s does not exist",
            place->user && !user ? place->user : group_name);
    return false;
}

/* Below, a link is never followed: a role that was taken over could have put it where its directory was, and
 * root would give away what it points to. */
static bool give_away(const char *path, const struct place *place, uid_t uid, gid_t gid)
{
    int follow = place->below[0] ? O_NOFOLLOW : 0;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | follow);
    if (fd < 0)
        return false;
    bool done = fchown(fd, uid, gid) == 0 && fchmod(fd, place->mode) == 0;
    int error = errno;
    close(fd);
    errno = error;
    return done;
}

static bool make_place(struct str base, const struct place *place, const struct conf_params *params,
                       bool root, struct log *log)
{
    char path[4096];
    uid_t uid;
    gid_t gid;
    snprintf(path, sizeof path, STR_FMT "%s", STR_ARG(base), place->below);
    if (!file_make_dirs(path, root ? 0755 : 0700)) {
        log_say(log, LOG_FATAL_LEVEL, STR(""), "%s: %s", path, strerror(errno));
        return false;
    }
    if (!root)
        return true;
    if (!find_ids(place, params->mail_owner, &uid, &gid, log))
        return false;
    if (give_away(path, place, uid, gid))
        return true;
    log_say(log, LOG_FATAL_LEVEL, STR(""), "%s: %s", path, strerror(errno));
    return false;
}

bool places_make(const struct conf_params *params, bool root, struct log *log)
{
    bool made = true;
    for (size_t i = 0; made && i < sizeof queue_places / sizeof queue_places[0]; i++)
        made = make_place(params->queue_directory, &queue_places[i], params, root, log);
    for (size_t i = 0; made && i < sizeof data_places / sizeof data_places[0]; i++)
        made = make_place(params->data_directory, &data_places[i], params, root, log);
    return made;
}
