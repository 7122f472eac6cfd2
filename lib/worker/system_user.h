/* SPDX-License-Identifier: BSD-2-Clause */
/* A user of this system who comes over a socket or with a file, and what the administrator lets users do. */
#ifndef WORKER_SYSTEM_USER_H
#define WORKER_SYSTEM_USER_H

#include <sys/types.h>

#include "base/verdict.h"
#include "map/match.h"

enum { SYSTEM_USER_NAME_LIMIT = 255 };

struct system_user {
    uid_t uid;
    bool known;                            /* has an account */
    char name[SYSTEM_USER_NAME_LIMIT + 1]; /* its login name, or "uid1000" */
};

/* Asks for the account of a uid; other tasks go on meanwhile. */
struct system_user system_user_find(uid_t uid);
/* Whether the list (authorized_submit_users and its like) names the caller; who has no account is "unknown".
 * False with 554 5.7.1 "User ann(1000) is not allowed to <do>", or 4yz when a table cannot be asked. */
bool system_user_may(const struct system_user *caller, struct match_list *users, const char *what,
                     struct verdict *verdict);

#endif
