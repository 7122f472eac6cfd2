/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System users: aliases, then the user's own mailbox, written by a child that has become the user. The child
 * reports one verdict over a pipe; dying without one, or taking too long, is a failure to be tried again.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/task.h"
#include "local/local.h"
#include "mail/address.h"

/* --- who it is --- */

enum { ACCOUNT_ROOM = 16 * 1024, GROUPS = 1024 };

struct account {
    const char *name;
    struct passwd entry;
    char *room; /* owned: the entry's texts */
    int error;
    bool found;
};

static void account_look_up(void *arg)
{
    struct account *account = arg;
    struct passwd *result = NULL;
    account->error = getpwnam_r(account->name, &account->entry, account->room, ACCOUNT_ROOM, &result);
    account->found = result != NULL;
}

static bool account_find(struct account *account, const char *name, struct verdict *verdict)
{
    *account = (struct account){.name = name, .room = memory_get(ACCOUNT_ROOM)};
    task_blocking(account_look_up, account);
    if (account->found)
        return true;
    bool unknown = account->error == 0 || account->error == ENOENT || account->error == ESRCH;
    return unknown ? verdict_set(verdict, 550, "1.1", "unknown user: \"%s\"", name)
                   : verdict_system(verdict, "looking up the user", account->error);
}

/* --- the child --- */

/* One delivery by a child. */
struct errand {
    const struct passwd *user;
    const struct target *target;
    const struct letter *letter;
    const struct recipient *rcpt;
    const char *spool; /* the directory of all users' mailboxes; NULL where it is in the home */
    struct str prefix;
    int64_t timeout_ms;
};

/* The user's groups. A directory of mailboxes that its group may write to gives that group for the delivery
 * (Debian Policy 11.6: /var/mail is root's and the group mail's, mode 2775); root's it never is. */
static bool take_groups(const struct errand *errand)
{
    gid_t groups[GROUPS + 1];
    struct stat spool;
    int count = GROUPS;
    if (getgrouplist(errand->user->pw_name, errand->user->pw_gid, groups, &count) < 0) {
        errno = E2BIG;
        return false;
    }
    if (errand->spool && stat(errand->spool, &spool) == 0 && spool.st_gid != 0 && spool.st_mode & S_IWGRP)
        groups[count++] = spool.st_gid;
    return setgroups((size_t)count, groups) == 0;
}

static bool become(const struct errand *errand, struct verdict *verdict)
{
    const struct passwd *user = errand->user;
    if (geteuid() == user->pw_uid)
        return true;
    /* Under master as root the saved uid is still 0, kept for this. Where it is not, the calls below say so.
     */
    if (geteuid() != 0)
        (void)!seteuid(0);
    if (user->pw_uid == 0)
        return verdict_set(verdict, 550, "7.1", "no delivery as the superuser: give root an alias");
    bool done = take_groups(errand) && setresgid(user->pw_gid, user->pw_gid, user->pw_gid) == 0 &&
                setresuid(user->pw_uid, user->pw_uid, user->pw_uid) == 0;
    return done || verdict_system(verdict, "becoming the recipient", errno);
}

/* The parent may not be allowed to end a process of the user, so the child sees to it itself. */
static _Noreturn void run_child(const struct errand *errand, int report)
{
    struct verdict verdict = {0};
    signal(SIGTERM, SIG_DFL);
    signal(SIGALRM, SIG_DFL);
    alarm((unsigned)(errand->timeout_ms / 1000) + 1);
    if (become(errand, &verdict) &&
        mailbox_write(errand->target, errand->letter, errand->rcpt, errand->prefix, &verdict))
        verdict_set(&verdict, 250, "0.0", "delivered to %s", errand->target->maildir ? "maildir" : "mailbox");
    ssize_t written = write(report, &verdict, sizeof verdict);
    _exit(written == sizeof verdict ? 0 : 1);
}

static bool read_verdict(int fd, int64_t deadline, struct verdict *verdict)
{
    struct verdict said;
    enum io_result ready = io_wait(fd, IO_READ, deadline);
    ssize_t got = ready == IO_READY ? read(fd, &said, sizeof said) : -1;
    if (ready == IO_TIMEOUT)
        return verdict_set(verdict, 451, "3.0", "delivery to the mailbox took too long");
    if (got != sizeof said || said.text[sizeof said.text - 1] != '\0')
        return verdict_set(verdict, 451, "3.0", "delivery to the mailbox failed");
    *verdict = said;
    return verdict_is_ok(&said);
}

static bool errand_run(const struct errand *errand, struct verdict *verdict)
{
    enum { GRACE_MS = 5000 };
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return verdict_system(verdict, "pipe", errno);
    pid_t child = fork();
    if (child == 0)
        run_child(errand, ends[1]);
    int error = errno;
    close(ends[1]);
    bool done = child > 0 ? read_verdict(ends[0], deadline_in(errand->timeout_ms + GRACE_MS), verdict)
                          : verdict_system(verdict, "fork", error);
    io_close(ends[0]);
    if (child > 0) {
        kill(child, SIGKILL); /* it has said what it had to say, or never will */
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    return done;
}

/* --- where it goes --- */

static bool target_of(struct local *local, const struct passwd *user, struct arena *arena,
                      struct target *target)
{
    struct str home = str_of(user->pw_dir), place = local->params->home_mailbox;
    struct str spool = local->params->mail_spool_directory, name = str_of(user->pw_name);
    struct str path;
    bool in_home = place.len > 0;
    if (in_home)
        path = arena_printf(arena, STR_FMT "/" STR_FMT, STR_ARG(home), STR_ARG(place));
    else if (str_ends(spool, STR("/")))
        path = arena_printf(arena, STR_FMT STR_FMT "/", STR_ARG(spool), STR_ARG(name));
    else
        path = arena_printf(arena, STR_FMT "/" STR_FMT, STR_ARG(spool), STR_ARG(name));
    *target = (struct target){.maildir = str_ends(path, STR("/")),
                              .size_limit = (uint64_t)local->params->mailbox_size_limit};
    target->path = arena_cstr(arena, target->maildir ? str_sub(path, 0, path.len - 1) : path);
    return path.len > 1 && path.at[0] == '/' && !str_contains(name, '/');
}

static bool user_deliver(struct local *local, const struct letter *letter, const struct recipient *rcpt,
                         struct str user, struct str mailbox, struct verdict *verdict)
{
    struct account account;
    struct target target;
    bool done = account_find(&account, arena_cstr(letter->arena, user), verdict);
    if (done && !target_of(local, &account.entry, letter->arena, &target))
        done = verdict_set(verdict, 451, "3.5", "the mailbox path is not absolute");
    struct errand errand = {.user = &account.entry,
                            .target = &target,
                            .letter = letter,
                            .rcpt = rcpt,
                            .timeout_ms = local->params->mailbox_timeout};
    if (local->params->home_mailbox.len == 0)
        errand.spool = arena_cstr(letter->arena, local->params->mail_spool_directory);
    if (done) {
        errand.prefix = prefix_make(letter, rcpt, mailbox);
        done = errand_run(&errand, verdict);
    }
    free(account.room);
    return done;
}

/* --- a recipient --- */

/* What the sender wants to hear of goes along with the copies (RFC 3461 5.2.7). */
static bool forward(const struct recipient *rcpt, struct str mailbox, struct texts list, struct arena *arena,
                    struct outcome *outcome, struct verdict *verdict)
{
    outcome->forward = list;
    outcome->dsn_passed = true;
    outcome->forwarder = forwarders_with(rcpt, mailbox, arena);
    return verdict_set(verdict, 250, "0.0", "forwarded to %zu address%s", list.count,
                       list.count == 1 ? "" : "es");
}

static bool is_unknown(const struct verdict *verdict)
{
    return verdict->class == VERDICT_REJECT && verdict->subject == 1 && verdict->detail == 1;
}

bool system_deliver(struct local *local, const struct letter *letter, const struct recipient *rcpt,
                    struct outcome *outcome, struct verdict *verdict)
{
    struct arena *arena = letter->arena;
    struct str local_part, domain, user, extension;
    struct expansion expansion;
    address_cut(arena_lower(arena, rcpt->address), &local_part, &domain);
    address_split_extension(local_part, local->conf->recipient_delimiter, &user, &extension);
    struct str mailbox = arena_printf(arena, STR_FMT "@" STR_FMT, STR_ARG(user), STR_ARG(domain));
    if (letter_was_at(letter, rcpt, mailbox))
        return verdict_set(verdict, 554, "4.6", "mail forwarding loop for " STR_FMT, STR_ARG(mailbox));
    if (!aliases_expand(local, user, domain, arena, &expansion, verdict))
        return false;
    if (expansion.found && !expansion.self && expansion.list.count == 0)
        return verdict_set(verdict, 550, "1.1", "the alias " STR_FMT " has no address", STR_ARG(user));
    if (expansion.found && !expansion.self)
        return forward(rcpt, mailbox, expansion.list, arena, outcome, verdict);
    bool done = user_deliver(local, letter, rcpt, user, mailbox, verdict);
    if (!done && !expansion.found && is_unknown(verdict) && local->params->luser_relay.len) {
        struct texts relay = {arena_array(arena, 1, sizeof *relay.at), 1};
        relay.at[0] = local->params->luser_relay;
        return forward(rcpt, mailbox, relay, arena, outcome, verdict);
    }
    if (done && expansion.list.count) {
        forward(rcpt, mailbox, expansion.list, arena, outcome, verdict);
        outcome->dsn_passed = false; /* one copy is in a mailbox of that name */
    }
    return done;
}
