/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frame of unit tests. A test is a sentence:
 *
 *     TEST(no_prefix_of_a_message_is_a_message) { CHECK(...); CHECK_STR(got, "wanted"); }
 *
 * A failed check prints where and what and lets the test go on. Each file is one program; TEST registers, the
 * frame's main runs all, or those whose name contains argv[1].
 */
#ifndef UNIT_TEST_H
#define UNIT_TEST_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

struct test {
    const char *name;
    void (*run)(void);
    struct test *next;
};
void test_register(struct test *test);
void test_failed(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));
void test_check_str(const char *file, int line, struct str got, struct str wanted);
/* A fresh directory that is removed when the program ends well; the caller does not free it. */
const char *test_directory(void);
/* Runs fn(arg) in a child process that exits 0 when fn returns and no check in it failed; what waitpid(2)
 * says of it. For what ends or changes a process: limits, confinement, asserts. A child that aborts is quiet.
 */
int test_child(void (*fn)(void *arg), void *arg);
bool test_child_aborts(void (*fn)(void *arg), void *arg);
/* Writes a self-signed certificate for a name, with its key, into a file; common_name may be NULL. */
void test_certificate(const char *path, const char *common_name, const char *dns_name);

#define TEST(name_)                                                                                          \
    static void name_(void);                                                                                 \
    static struct test test_of_##name_ = {#name_, name_, NULL};                                              \
    __attribute__((constructor)) static void register_##name_(void)                                          \
    {                                                                                                        \
        test_register(&test_of_##name_);                                                                     \
    }                                                                                                        \
    static void name_(void)

#define CHECK(condition)       ((condition) ? (void)0 : test_failed(__FILE__, __LINE__, "not true: %s", #condition))
#define CHECK_STR(got, wanted) test_check_str(__FILE__, __LINE__, (got), str_of(wanted))
#define CHECK_INT(got, wanted)                                                                               \
    ((int64_t)(got) == (int64_t)(wanted)                                                                     \
         ? (void)0                                                                                           \
         : test_failed(__FILE__, __LINE__, "%s is %" PRId64 ", wanted %" PRId64, #got, (int64_t)(got),       \
                       (int64_t)(wanted)))

#endif
