/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may call: by the user at the other end of a Unix socket. */
#include "worker/callers.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/fdpass.h"
#include "io/listen.h"
#include "unit/test.h"
#include "worker/run.h"

static const char *const nobody_else[] = {"relais-no-such-user", NULL};
static const char *const games_too[] = {"relais-no-such-user", "games", NULL};

enum { GAMES = 5, OTHERS = 65534 };

static bool may_call(const char *const *callers, int fd)
{
    const struct worker worker = {.name = "test", .callers = callers};
    struct run run = {.worker = &worker};
    run.log = log_to_fd(open("/dev/null", O_WRONLY | O_CLOEXEC), LOG_FORMAT_POSTFIX, "relais/test", "mx");
    callers_find(&run);
    bool may = callers_include(&run, fd);
    log_destroy(run.log);
    return may;
}

TEST(we_may_call_ourselves_and_whoever_is_unknown_to_the_kernel_may_not)
{
    int ends[2];
    CHECK(unix_pair(ends));
    CHECK(may_call(NULL, ends[0]));
    CHECK(may_call(nobody_else, ends[0]));
    CHECK(!may_call(nobody_else, -1));
    close(ends[0]);
    close(ends[1]);
}

/* The connection of a child that has become somebody. */
static int call_as(uid_t uid, int listener, const char *path)
{
    struct address peer;
    pid_t pid = fork();
    if (pid == 0) {
        bool done = setresuid(uid, uid, uid) == 0 && unix_connect(path) >= 0;
        _exit(done ? 0 : 1);
    }
    int fd = accept_one(listener, &peer, deadline_in(5000));
    waitpid(pid, NULL, 0);
    return fd;
}

TEST(users_of_other_roles_may_call_where_they_are_named)
{
    char path[100];
    if (geteuid() != 0)
        return;
    snprintf(path, sizeof path, "%s/socket", test_directory());
    CHECK(chmod(test_directory(), 0755) == 0);
    int listener = listen_unix(path, SOCK_SEQPACKET, 0666);
    for (int i = 0; i < 2; i++) {
        uid_t uid = i ? OTHERS : GAMES;
        int fd = call_as(uid, listener, path);
        CHECK(fd >= 0 && may_call(NULL, fd));
        CHECK(!may_call(nobody_else, fd));
        CHECK_INT(may_call(games_too, fd), uid == GAMES);
        close(fd);
    }
    close(listener);
}
