/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs the registered tests and prints one line for each; the exit status is 1 when any check failed. */
#include "unit/test.h"

#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct test *first_test, **last_link = &first_test;
static int failures;
static char directory[64];

void test_register(struct test *test)
{
    *last_link = test;
    last_link = &test->next;
}

void test_failed(const char *file, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s:%d: ", file, line);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    failures++;
}

void test_check_str(const char *file, int line, struct str got, struct str wanted)
{
    if (!str_eq(got, wanted))
        test_failed(file, line, "got \"" STR_FMT "\", wanted \"" STR_FMT "\"", STR_ARG(got), STR_ARG(wanted));
}

const char *test_directory(void)
{
    if (!directory[0]) {
        snprintf(directory, sizeof directory, "/tmp/relais-unit-XXXXXX");
        if (!mkdtemp(directory))
            abort();
    }
    return directory;
}

static int run_child(void (*fn)(void *arg), void *arg, bool quiet)
{
    int status = 0;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        failures = 0;
        alarm(60);
        if (quiet && !freopen("/dev/null", "w", stderr))
            _exit(2);
        fn(arg);
        fflush(NULL);
        _exit(failures ? 1 : 0);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        abort();
    return status;
}

int test_child(void (*fn)(void *arg), void *arg)
{
    return run_child(fn, arg, false);
}

bool test_child_aborts(void (*fn)(void *arg), void *arg)
{
    int status = run_child(fn, arg, true);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* as every program of ours does */
    for (struct test *test = first_test; test; test = test->next) {
        if (argc > 1 && !strstr(test->name, argv[1]))
            continue;
        int before = failures;
        test->run();
        printf("%s %s\n", failures == before ? "ok    " : "FAILED", test->name);
    }
    if (directory[0] && failures == 0)
        nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return failures ? 1 : 0;
}
