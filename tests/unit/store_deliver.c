/* SPDX-License-Identifier: BSD-2-Clause */
/* Delivery, done once however often it is asked for; files of other programs; the time to open 10 000
 * messages. */
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/mailbox.h"
#include "unit/test.h"

static struct verdict verdict;
static struct arena *arena;
static int homes;
static char home[128];

#define OK(call) test_ok((call), __LINE__)
static void test_ok(enum store_result result, int line)
{
    if (result != STORE_OK)
        test_failed(__FILE__, line, "result %d: %s", result, verdict.text);
}

static struct store *reopen(void)
{
    struct store *store = NULL;
    struct store_options options = {.create = true};
    OK(store_open(home, &options, &store, &verdict));
    return store;
}

static struct store *fresh(void)
{
    snprintf(home, sizeof home, "%s/home%d", test_directory(), homes++);
    if (!arena)
        arena = arena_create(64 << 20);
    arena_reset(arena);
    return reopen();
}

/* A file that stands for a queue file: some octets, then the message. */
static int queue_file(const char *message)
{
    char path[160];
    snprintf(path, sizeof path, "%s/queue", test_directory());
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK(pwrite(fd, "envelope", 8, 0) == 8);
    CHECK(pwrite(fd, message, strlen(message), 8) == (ssize_t)strlen(message));
    return fd;
}

static struct delivery_result deliver(struct store *store, const char *queue_id, uint64_t recipient,
                                      const char *message)
{
    struct delivery_result delivered;
    struct delivery delivery = {
        .mailbox = STR("INBOX"),
        .queue_id = str_of(queue_id),
        .recipient = recipient,
        .prefix = STR("Return-Path: <a@b>\r\n"),
        .fd = queue_file(message),
        .offset = 8,
        .size = strlen(message),
    };
    OK(store_deliver(store, &delivery, &delivered, &verdict));
    close(delivery.fd);
    return delivered;
}

static void put_file(const char *part, const char *name, const char *text)
{
    char path[400];
    snprintf(path, sizeof path, "%s/Maildir/%s/%s", home, part, name);
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
}

/* Names in the mailbox's directory. */
static void only_file(char *path, size_t room)
{
    struct store *store = reopen();
    struct mailbox *mailbox;
    OK(mailbox_open(store, STR("INBOX"), true, &mailbox, &verdict));
    CHECK_INT(mailbox_count(mailbox), 1);
    snprintf(path, room, "%s/Maildir/cur/" STR_FMT, home, STR_ARG(mailbox_message(mailbox, 0)->name));
    mailbox_close(mailbox);
    store_close(store);
}

static size_t count_messages(struct store *store)
{
    struct mailbox_status status;
    OK(store_status(store, STR("INBOX"), &status, &verdict));
    return status.messages;
}

TEST(a_delivered_message_has_its_prefix_and_is_reported_unsynced)
{
    struct store *store = fresh();
    struct mailbox *mailbox;
    struct message_file file;
    char text[200];
    struct delivery_result delivered = deliver(store, "4Xyz", 0, "Subject: x\r\n\r\nHello\r\n");
    CHECK_INT(delivered.uid, 1);
    CHECK(!delivered.already);
    CHECK(store_is_unsynced(store));
    CHECK(store_group_sync(home, &verdict));
    OK(mailbox_open(store, STR("INBOX"), false, &mailbox, &verdict));
    OK(message_open(mailbox, mailbox_message(mailbox, 0), &file, &verdict));
    ssize_t got = read(file.fd, text, sizeof text);
    CHECK_STR(str_make(text, (size_t)got), "Return-Path: <a@b>\r\nSubject: x\r\n\r\nHello\r\n");
    message_close(&file);
    mailbox_close(mailbox);
    store_close(store);
}

TEST(a_repeated_delivery_is_done_once)
{
    struct store *store = fresh(), *other = reopen();
    CHECK_INT(deliver(store, "4Xyz", 3, "A: b\r\n\r\n").uid, 1);
    struct delivery_result again = deliver(other, "4Xyz", 3, "A: b\r\n\r\n");
    CHECK(again.already);
    CHECK_INT(again.uid, 1);
    CHECK_INT(deliver(other, "4Xyz", 4, "A: b\r\n\r\n").uid, 2);
    CHECK_INT(deliver(store, "4Xyy", 3, "A: b\r\n\r\n").uid, 3);
    CHECK_INT(count_messages(store), 3);
    store_close(other);
    store_close(store);
}

TEST(a_delivery_that_died_before_its_record_is_recorded_by_the_next_attempt)
{
    struct store *store = fresh();
    char path[400], lost[400];
    deliver(store, "4Xyz", 0, "A: b\r\n\r\n");
    store_close(store);
    only_file(path, sizeof path);
    store_close(fresh()); /* the same file in a store that has no record of it */
    const char *name = strrchr(path, '/') + 1;
    snprintf(lost, sizeof lost, "%s/Maildir/cur/%s", home, name);
    CHECK(link(path, lost) == 0);
    store = reopen();
    struct delivery_result delivered = deliver(store, "4Xyz", 0, "A: b\r\n\r\n");
    CHECK(!delivered.already);
    CHECK_INT(count_messages(store), 1);
    store_close(store);
}

TEST(a_torn_file_of_an_earlier_attempt_is_overwritten)
{
    struct store *store = fresh();
    char path[400];
    struct stat status;
    deliver(store, "4Xyz", 0, "A: b\r\n\r\n");
    store_close(store);
    only_file(path, sizeof path);
    CHECK(truncate(path, 5) == 0);
    store = reopen();
    CHECK(deliver(store, "4Xyz", 0, "A: b\r\n\r\n").already);
    CHECK(stat(path, &status) == 0 && status.st_size == 28);
    CHECK_INT(count_messages(store), 1);
    store_close(store);
}

TEST(a_strange_queue_id_is_refused)
{
    struct store *store = fresh();
    struct delivery_result delivered;
    struct delivery delivery = {.mailbox = STR("INBOX"), .queue_id = STR("../x"), .fd = -1};
    CHECK_INT(store_deliver(store, &delivery, &delivered, &verdict), STORE_FAILED);
    delivery.queue_id = STR("4Xyz");
    delivery.mailbox = STR("nowhere");
    CHECK_INT(store_deliver(store, &delivery, &delivered, &verdict), STORE_NONEXISTENT);
    store_close(store);
}

TEST(files_of_other_programs_are_picked_up)
{
    struct store *store = fresh();
    struct mailbox *mailbox;
    struct message_file file;
    char text[100];
    put_file("new", "1700000000.1.host", "A: b\n\nx\n");
    put_file("cur", "1700000001.2.host,S=8,W=11:2,FS", "A: b\n\ny\n");
    OK(mailbox_open(store, STR("INBOX"), false, &mailbox, &verdict));
    CHECK_INT(mailbox_count(mailbox), 2);
    for (size_t i = 0; i < mailbox_count(mailbox); i++) {
        const struct message *message = mailbox_message(mailbox, i);
        CHECK_INT(message->size, 11);
        CHECK_INT(message->file_size, 8);
        OK(message_open(mailbox, message, &file, &verdict));
        ssize_t got = pread(file.fd, text, sizeof text, 0);
        CHECK_INT(got, 11);
        CHECK(memcmp(text, "A: b\r\n\r\n", 8) == 0);
        message_close(&file);
        bool flagged = strchr(message->name.at, ':') != NULL;
        CHECK_INT(message->flags, flagged ? MESSAGE_FLAGGED | MESSAGE_SEEN : 0);
    }
    mailbox_close(mailbox);
    store_close(store);
}

TEST(a_maildir_that_was_there_before_is_taken_in)
{
    char path[400];
    struct mailbox_status status;
    store_close(fresh());
    snprintf(path, sizeof path, "%s/index/journal", home);
    CHECK(unlink(path) == 0);
    snprintf(path, sizeof path, "%s/Maildir/.Old&AC4-1.Sub", home);
    CHECK(mkdir(path, 0700) == 0);
    put_file("cur", "1.a:2,S", "A: b\n\n");
    const char *const parts[] = {"cur", "new", "tmp"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/Maildir/.Old&AC4-1.Sub/%s", home, parts[i]);
        CHECK(mkdir(path, 0700) == 0);
    }
    put_file(".Old&AC4-1.Sub/new", "2.b", "A: b\r\n\r\n");
    struct store *store = reopen();
    OK(store_status(store, STR("INBOX"), &status, &verdict));
    CHECK_INT(status.messages, 1);
    CHECK_INT(status.unseen, 0);
    OK(store_status(store, STR("Old.1/Sub"), &status, &verdict));
    CHECK_INT(status.messages, 1);
    store_close(store);
}

TEST(a_file_that_was_taken_away_is_expunged_when_it_is_missed)
{
    struct store *store = fresh();
    struct mailbox *mailbox;
    struct message_file file;
    struct mailbox_changes changes;
    char path[400];
    deliver(store, "4Xyz", 0, "A: b\r\n\r\n");
    only_file(path, sizeof path);
    OK(mailbox_open(store, STR("INBOX"), false, &mailbox, &verdict));
    CHECK(unlink(path) == 0);
    CHECK_INT(message_open(mailbox, mailbox_message(mailbox, 0), &file, &verdict), STORE_EXPUNGED);
    OK(mailbox_sync(mailbox, true, arena, &changes, &verdict));
    CHECK_INT(changes.expunged_count, 1);
    mailbox_close(mailbox);
    store_close(store);
}

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1000 + (double)now.tv_nsec / 1e6;
}

TEST(ten_thousand_messages_open_quickly)
{
    enum { MANY = 10000 };
    struct store *store = fresh();
    struct mailbox *mailbox;
    char id[32];
    double start = now_ms();
    int fd = queue_file("A: b\r\n\r\n");
    for (int i = 0; i < MANY; i++) {
        struct delivery_result delivered;
        snprintf(id, sizeof id, "Q%d", i);
        struct delivery delivery = {
            .mailbox = STR("INBOX"), .queue_id = str_of(id), .fd = fd, .offset = 8, .size = 8};
        OK(store_deliver(store, &delivery, &delivered, &verdict));
    }
    close(fd);
    double delivered = now_ms();
    store_close(store);
    store = reopen();
    double opened = now_ms();
    OK(mailbox_open(store, STR("INBOX"), false, &mailbox, &verdict));
    double done = now_ms();
    CHECK_INT(mailbox_count(mailbox), MANY);
    printf("       %d deliveries: %.3f ms each; opening the store: %.2f ms, the mailbox: %.2f ms\n", MANY,
           (delivered - start) / MANY, opened - delivered, done - opened);
    mailbox_close(mailbox);
    store_close(store);
}
