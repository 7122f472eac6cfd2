/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom a sandbox knows: the system users that its programs become (roles.def, as root only), the accounts in
 * its user database, with which the table of its mailboxes comes.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "account/name.h"
#include "account/password.h"
#include "account/users.h"
#include "base/clock.h"
#include "tools/sandbox.h"

enum { GROUPS_OF_A_ROLE = 64, GROUP_NAME_ROOM = 64 };

/* --- system users --- */

static const struct role {
    const char *user, *groups;
} roles[] = {
#define ROLE(user, groups) {user, groups},
#include "worker/roles.def"
#undef ROLE
};

static bool run_program(char *const *argv, struct verdict *verdict)
{
    static char *const environment[] = {(char *)(uintptr_t) "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
    pid_t pid;
    int status = 0;
    int error = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environment);
    if (error)
        return verdict_system(verdict, argv[0], error);
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return verdict_system(verdict, argv[0], errno);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    return verdict_set(verdict, 550, "3.5", "%s %s: did not succeed", argv[0], argv[1]);
}

#define WORD(text) ((char *)(uintptr_t)(text))

/* Whether the user is in each of the groups named. */
static bool is_member(const struct passwd *user, const char *groups)
{
    gid_t ids[GROUPS_OF_A_ROLE];
    int count = GROUPS_OF_A_ROLE;
    struct str rest = str_of(groups), part;
    if (getgrouplist(user->pw_name, user->pw_gid, ids, &count) < 0)
        return false;
    while (str_word(&rest, ",", &part)) {
        char name[GROUP_NAME_ROOM];
        snprintf(name, sizeof name, STR_FMT, STR_ARG(part));
        const struct group *group = getgrnam(name);
        bool member = false;
        for (int i = 0; group && i < count; i++)
            member = member || ids[i] == group->gr_gid;
        if (!member)
            return false;
    }
    return true;
}

static bool make_role(const struct role *role, struct verdict *verdict)
{
    char *const add[] = {WORD("useradd"),           WORD("--system"),         WORD("--user-group"),
                         WORD("--groups"),          WORD(role->groups),       WORD("--home-dir"),
                         WORD("/nonexistent"),      WORD("--no-create-home"), WORD("--shell"),
                         WORD("/usr/sbin/nologin"), WORD(role->user),         NULL};
    char *const change[] = {WORD("usermod"),    WORD("--append"), WORD("--groups"),
                            WORD(role->groups), WORD(role->user), NULL};
    const struct passwd *user = getpwnam(role->user);
    if (!user)
        return run_program(add, verdict);
    return is_member(user, role->groups) || run_program(change, verdict);
}

bool sandbox_make_roles(struct verdict *verdict)
{
    char *const group[] = {WORD("groupadd"), WORD("--system"), WORD("relais"), NULL};
    bool good = geteuid() != 0 || getgrnam("relais") || run_program(group, verdict);
    for (size_t i = 0; good && geteuid() == 0 && i < sizeof roles / sizeof roles[0]; i++)
        good = make_role(&roles[i], verdict);
    return good;
}

/* --- accounts --- */

struct adding {
    const struct sandbox *sandbox;
    struct users_change *change;
};

/* What main.cf of a sandbox says too. */
static const struct password_cost low_cost = {.memory_kib = 64, .passes = 1, .iterations = 4096};

static bool make_record(struct str password, struct arena *arena, struct user_record *record,
                        struct verdict *verdict)
{
    *record = (struct user_record){.changed_us = (uint64_t)clock_now_us()};
    if (!password_is_usable(password))
        return verdict_set(verdict, 550, "3.5", "that is no usable password");
    if (password_hash(password, &low_cost, arena, &record->password) &&
        scram_make(SCRAM_SHA_256, password, low_cost.iterations, arena, &record->scram_sha256) &&
        scram_make(SCRAM_SHA_1, password, low_cost.iterations, arena, &record->scram_sha1))
        return true;
    return verdict_set(verdict, 451, "3.0", "a password could not be hashed");
}

static bool add_account(struct adding *adding, struct str given, const struct user_record *record,
                        struct verdict *verdict)
{
    struct str name;
    if (!account_name(given, STR(""), adding->sandbox->arena, &name) || !str_contains(name, '@'))
        return verdict_set(verdict, 550, "3.5", "not a name of a user: " STR_FMT, STR_ARG(given));
    return users_put(adding->change, name, record, verdict);
}

/* The numbered ones share one record, for they share one password. */
static bool add_numbered(struct adding *adding, struct verdict *verdict)
{
    const struct sandbox *sandbox = adding->sandbox;
    struct user_record record;
    if (sandbox->numbered_users && !make_record(STR("secret"), sandbox->arena, &record, verdict))
        return false;
    for (size_t i = 1; i <= sandbox->numbered_users; i++) {
        struct str name = arena_printf(sandbox->arena, "user%zu@" STR_FMT, i, STR_ARG(sandbox->domains[0]));
        if (!add_account(adding, name, &record, verdict))
            return false;
    }
    return true;
}

static bool add_all(struct adding *adding, struct verdict *verdict)
{
    const struct sandbox *sandbox = adding->sandbox;
    for (size_t i = 0; i < sandbox->account_count; i++) {
        const struct sandbox_account *account = &sandbox->accounts[i];
        struct user_record record;
        if (!make_record(account->password, sandbox->arena, &record, verdict) ||
            !add_account(adding, account->name, &record, verdict))
            return false;
    }
    return add_numbered(adding, verdict);
}

static bool give_mail(const struct sandbox *sandbox, struct verdict *verdict)
{
    const struct passwd *owner = geteuid() == 0 ? getpwnam("relais-mail") : NULL;
    const char *mail = sandbox_path(sandbox, "mail");
    return !owner || chown(mail, owner->pw_uid, owner->pw_gid) == 0 || verdict_system(verdict, mail, errno);
}

bool sandbox_make_accounts(const struct sandbox *sandbox, struct verdict *verdict)
{
    struct adding adding = {.sandbox = sandbox};
    const struct passwd *role = geteuid() == 0 ? getpwnam("relais-auth") : NULL;
    uid_t owner = role ? role->pw_uid : (uid_t)-1;
    gid_t group = role ? role->pw_gid : (gid_t)-1;
    struct str data = str_of(sandbox_path(sandbox, "data"));
    adding.change = users_begin(data, owner, group, verdict);
    bool good = adding.change && add_all(&adding, verdict);
    if (good)
        good = users_commit(adding.change, verdict);
    else
        users_discard(adding.change);
    return good && give_mail(sandbox, verdict);
}
