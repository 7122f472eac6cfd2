/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs the registered tests and prints one line for each; the exit status is 1 when any check failed. */
#include "unit/test.h"

#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>

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
