/* SPDX-License-Identifier: BSD-2-Clause */
/* Accounts of callers, and lists of them. */
#include "worker/system_user.h"

#include <pwd.h>
#include <stdio.h>

#include "io/task.h"

static void find(void *arg)
{
    struct system_user *caller = arg;
    struct passwd entry, *found = NULL;
    char octets[4096];
    caller->known = getpwuid_r(caller->uid, &entry, octets, sizeof octets, &found) == 0 && found;
    if (caller->known)
        snprintf(caller->name, sizeof caller->name, "%s", found->pw_name);
    else
        snprintf(caller->name, sizeof caller->name, "uid%lu", (unsigned long)caller->uid);
}

struct system_user system_user_find(uid_t uid)
{
    struct system_user caller = {.uid = uid};
    task_blocking(find, &caller);
    return caller;
}

bool system_user_may(const struct system_user *caller, struct match_list *users, const char *what,
                     struct verdict *verdict)
{
    struct str name = caller->known ? str_of(caller->name) : STR("unknown");
    enum match_result result = match_string(users, name, verdict);
    if (result == MATCH_NO)
        verdict_set(verdict, 554, "7.1", "User " STR_FMT "(%lu) is not allowed to %s", STR_ARG(name),
                    (unsigned long)caller->uid, what);
    return result == MATCH_YES;
}
