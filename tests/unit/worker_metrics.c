/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters shared by processes, and the table of programs. */
#include "unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "worker/metrics.h"
#include "worker/programs.h"

enum { PROCESSES = 6, TIMES = 20000 };

static const char *path_of(const char *name)
{
    static char path[200];
    snprintf(path, sizeof path, "%s/%s", test_directory(), name);
    return path;
}

TEST(counters_begin_at_zero_and_are_added_to)
{
    struct metrics *metrics = metrics_open(path_of("begin"), true);
    CHECK(metrics != NULL);
    for (int i = 0; i < METRICS; i++)
        CHECK_INT(metrics_read(metrics, (enum metric)i), 0);
    metrics_add(metrics, METRIC_smtp_octets, 40);
    metrics_add(metrics, METRIC_smtp_octets, 2);
    CHECK_INT(metrics_read(metrics, METRIC_smtp_octets), 42);
    CHECK_INT(metrics_read(metrics, METRIC_smtp_messages), 0);
}

TEST(only_the_owner_may_open_the_file)
{
    struct stat status;
    mode_t before = umask(0);
    CHECK(metrics_open(path_of("mode"), true) != NULL);
    umask(before);
    CHECK(stat(path_of("mode"), &status) == 0 && (status.st_mode & 0777) == 0600);
}

static void add_many(const char *path)
{
    struct metrics *metrics = metrics_open(path, false);
    for (int i = 0; metrics && i < TIMES; i++)
        metrics_add(metrics, METRIC_queue_attempts, 1);
    _exit(metrics ? 0 : 1);
}

TEST(no_count_of_several_processes_is_lost)
{
    const char *path = path_of("many");
    struct metrics *metrics = metrics_open(path, true);
    int status;
    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0)
            add_many(path);
    for (int i = 0; i < PROCESSES; i++)
        CHECK(wait(&status) > 0 && status == 0);
    CHECK_INT(metrics_read(metrics, METRIC_queue_attempts), PROCESSES * TIMES);
}

TEST(what_is_made_anew_leaves_those_of_before_with_what_they_have)
{
    const char *path = path_of("anew");
    struct metrics *old = metrics_open(path, true);
    metrics_add(old, METRIC_smtp_sessions, 5);
    struct metrics *new = metrics_open(path, true);
    CHECK(new &&metrics_read(new, METRIC_smtp_sessions) == 0);
    metrics_add(old, METRIC_smtp_sessions, 1); /* and no fault for its file being gone */
    CHECK_INT(metrics_read(old, METRIC_smtp_sessions), 6);
    CHECK_INT(metrics_read(new, METRIC_smtp_sessions), 0);
}

TEST(a_file_that_is_missing_short_long_or_of_another_version_is_not_taken)
{
    const char *path = path_of("bad");
    CHECK(metrics_open(path, false) == NULL);
    CHECK(metrics_open(path, true) != NULL);
    struct stat status;
    CHECK(stat(path, &status) == 0);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    uint64_t another = METRICS + 1;
    CHECK(ftruncate(fd, status.st_size - 8) == 0);
    CHECK(metrics_open(path, false) == NULL);
    CHECK(ftruncate(fd, status.st_size + 8) == 0);
    CHECK(metrics_open(path, false) == NULL);
    CHECK(ftruncate(fd, status.st_size) == 0 && pwrite(fd, &another, 8, 0) == 8);
    CHECK(metrics_open(path, false) == NULL);
    close(fd);
}

TEST(a_link_is_not_followed)
{
    char target[200], link[200];
    snprintf(target, sizeof target, "%s", path_of("target"));
    snprintf(link, sizeof link, "%s", path_of("link"));
    CHECK(metrics_open(target, true) != NULL && symlink(target, link) == 0);
    CHECK(metrics_open(link, false) == NULL);
    struct metrics *metrics = metrics_open(link, true); /* the link goes, its target stays */
    struct stat status;
    CHECK(metrics && lstat(link, &status) == 0 && S_ISREG(status.st_mode) && stat(target, &status) == 0);
    CHECK(metrics_open(path_of("missing/metrics"), true) == NULL);
}

TEST(without_a_file_nothing_is_counted_and_nothing_breaks)
{
    metrics_add(NULL, METRIC_smtp_sessions, 1);
}

TEST(every_counter_has_a_name_of_its_own_and_help)
{
    for (int i = 0; i < METRICS; i++) {
        CHECK(metrics_name((enum metric)i)[0] && metrics_help((enum metric)i)[0]);
        for (int k = 0; k < i; k++)
            CHECK(strcmp(metrics_name((enum metric)i), metrics_name((enum metric)k)) != 0);
    }
}

/* --- programs --- */

TEST(programs_are_known_by_their_exact_name)
{
    CHECK(program_find(STR("smtpd")) != NULL);
    CHECK(program_find(STR("SMTPD")) == NULL);
    CHECK(program_find(STR("smtp")) != program_find(STR("smtpd")));
    CHECK(program_find(STR("smtpd ")) == NULL);
    CHECK(program_find(STR("")) == NULL);
    CHECK(program_find(STR("../bin/sh")) == NULL);
    CHECK(program_find(STR("smtpd\0x")) == NULL);
}

TEST(a_program_is_started_or_somebody_does_its_work)
{
    static const char *const stock[] = {
        "smtpd", "qmgr",   "smtp",    "lmtp",     "local",  "virtual",         "bounce",
        "login", "pickup", "cleanup", "proxymap", "tlsmgr", "trivial-rewrite", "anvil"};
    for (size_t i = 0; i < sizeof stock / sizeof stock[0]; i++) {
        const struct program *program = program_find(str_of(stock[i]));
        CHECK(program && (program->program != NULL) == (program->instead == NULL));
    }
}

TEST(who_owns_the_queue_and_who_asks_the_world_for_names_run_once)
{
    CHECK_INT(program_find(STR("qmgr"))->most, 1);
    CHECK_INT(program_find(STR("resolver"))->most, 1);
    CHECK_INT(program_find(STR("smtpd"))->most, 0);
    CHECK(program_find(STR("imapd"))->session && program_find(STR("pop3d"))->session);
    CHECK(!program_find(STR("login"))->session);
    CHECK_INT(program_find(STR("smtpd"))->socket_kind, SOCK_STREAM);
    CHECK_INT(program_find(STR("qmgr"))->socket_kind, SOCK_SEQPACKET);
}
