/* SPDX-License-Identifier: BSD-2-Clause */
/* What other programs put into new/ is found, and who looks does not hold writers up. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file.h"
#include "store/mailbox.h"
#include "unit/test.h"

enum { LONG_AGO = 1700000000, LESS_LONG_AGO = LONG_AGO + 60 };

static struct verdict verdict;
static char directory[200], message[300];

static void age(time_t seconds)
{
    struct timespec times[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};
    CHECK(utimensat(AT_FDCWD, directory, times, 0) == 0);
}

/* What a session finds in INBOX that waits for no lock. */
static enum store_result look(const char *home, size_t *count)
{
    struct store *store;
    struct mailbox *mailbox;
    struct store_options options = {.lock_ms = 1};
    CHECK(store_open(home, &options, &store, &verdict) == STORE_OK);
    enum store_result result = mailbox_open(store, STR("INBOX"), true, &mailbox, &verdict);
    if (result == STORE_OK) {
        *count = mailbox_count(mailbox);
        mailbox_close(mailbox);
    }
    store_close(store);
    return result;
}

TEST(an_empty_directory_is_looked_into_once)
{
    struct store *store;
    struct store_options options = {.create = true};
    size_t count = 1;
    char lock[300];
    snprintf(directory, sizeof directory, "%s/Maildir/new", test_directory());
    snprintf(message, sizeof message, "%s/1.a.host", directory);
    snprintf(lock, sizeof lock, "%s/index/lock", test_directory());
    CHECK(store_open(test_directory(), &options, &store, &verdict) == STORE_OK);
    store_close(store);

    age(LONG_AGO);
    CHECK(look(test_directory(), &count) == STORE_OK && count == 0);
    int fd = open(lock, O_RDWR | O_CLOEXEC);
    CHECK(file_lock(fd, 0));
    CHECK(look(test_directory(), &count) == STORE_OK && count == 0);

    FILE *file = fopen(message, "w");
    fputs("A: b\r\n\r\n", file);
    fclose(file);
    age(LESS_LONG_AGO);
    CHECK(look(test_directory(), &count) == STORE_BUSY);
    file_unlock(fd);
    CHECK(look(test_directory(), &count) == STORE_OK && count == 1);
    close(fd);
}
