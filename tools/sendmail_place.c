/* SPDX-License-Identifier: BSD-2-Clause */
/* Where we are and who calls. */
#include "tools/sendmail_place.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "conf/conf.h"
#include "conf/installed.h"
#include "conf/params.h"

static const struct param_set *const rows[] = {&conf_param_set, NULL};

static const char *first_fatal(const struct complaints *complaints)
{
    for (const struct complaint *one = complaints->first; one; one = one->next)
        if (one->fatal)
            return one->text.at;
    return NULL;
}

static bool load_configuration(struct arena *arena, struct place *place, const char **why)
{
    struct complaints complaints;
    struct conf_params params;
    const char *directory = getenv("MAIL_CONFIG");
    complaints_init(&complaints, arena);
    struct conf *conf = conf_load(directory ? directory : INSTALLED_CONFIGURATION, rows, arena, &complaints);
    if (!complaints.fatal_count)
        conf_load_set(conf, NULL, &conf_param_set, arena, &complaints, &params);
    bool good = !complaints.fatal_count;
    if (good) {
        place->queue_directory = params.queue_directory;
        place->drop_directory = params.drop_directory;
        place->origin = params.myorigin;
        place->submitters = params.submit_users;
        place->message_size_limit = (uint64_t)params.message_size_limit;
        place->drop_size_limit = (uint64_t)params.drop_size_limit;
    }
    const char *fatal = first_fatal(&complaints);
    *why = fatal ? fatal : "the configuration cannot be read";
    conf_free(conf);
    return good;
}

/* Without an account there is no user, and the caller must name the sender. */
static void load_caller(struct arena *arena, struct place *place)
{
    const struct passwd *caller = getpwuid(getuid());
    if (!caller)
        return;
    struct str gecos = str_of(caller->pw_gecos);
    struct str name = str_sub(gecos, 0, str_find(gecos, ','));
    place->user = arena_copy(arena, str_of(caller->pw_name));
    place->full_name = arena_copy(arena, str_contains(name, '&') ? STR("") : name);
}

const char *place_socket(const struct place *place, const char *service, struct arena *arena)
{
    return arena_printf(arena, STR_FMT "/public/%s", STR_ARG(place->queue_directory), service).at;
}

bool place_load(struct arena *arena, struct place *place, const char **why)
{
    *place = (struct place){0};
    load_caller(arena, place);
    return load_configuration(arena, place, why);
}
