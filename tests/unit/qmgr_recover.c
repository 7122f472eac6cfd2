/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of commit journals whose writer has ended: after a power cut each message is in the queue once
 * and whole; what is whole stays as it is. */
#include "unit/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc.h"
#include "io/file.h"
#include "mail/commit_journal.h"
#include "mail/queuefile.h"
#include "qmgr/manager.h"

static const char this_boot[] = "0f1c2d3e-0000-4000-8000-00000000beef";
static const char other_boot[] = "0f1c2d3e-0000-4000-8000-0000000000ff";

enum { LIMIT = 1 << 20 };

struct yard {
    char directory[200];
    struct manager manager;
    struct queue_id_maker ids;
    struct buf journal;
    char name[64]; /* of the journal */
};

static struct str text = STR("Subject: x\r\n\r\nbody\r\n");

/* The octets of a queue file. */
static void build(struct buf *file)
{
    struct recipient rcpt = {.address = STR("b@lyon.example")};
    struct envelope envelope = {
        .sender = STR("a@paris.example"), .rcpts = &rcpt, .rcpts_count = 1, .arrival_us = 1};
    struct buf tail;
    buf_init(file, LIMIT);
    buf_init(&tail, QUEUEFILE_ENVELOPE_LIMIT + QUEUEFILE_BLOCK);
    CHECK(queuefile_start(&envelope, crc32c(0, text), text.len, file, &tail));
    buf_add(file, text);
    buf_finish(&tail);
}

static void begin_journal(struct yard *yard, const char *boot, bool failed)
{
    struct commit_journal_head head = {.failed = failed};
    struct queue_id id = queue_id_next(&yard->ids, 1700000000000000);
    snprintf(yard->name, sizeof yard->name, COMMIT_JOURNAL_PREFIX "%s", id.text);
    memcpy(head.boot, boot, sizeof head.boot);
    buf_clear(&yard->journal);
    commit_journal_put_head(&head, &yard->journal);
    while (yard->journal.len < COMMIT_JOURNAL_START)
        buf_add_char(&yard->journal, '\0');
}

static void yard_open(struct yard *yard, const char *name, const char *boot)
{
    char damaged[220];
    *yard = (struct yard){.manager = {.mail = -1}};
    snprintf(yard->directory, sizeof yard->directory, "%s/%s", test_directory(), name);
    snprintf(damaged, sizeof damaged, "%s/damaged", yard->directory);
    CHECK(file_make_dirs(damaged, 0700));
    yard->manager.directory = open(yard->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    memcpy(yard->manager.boot, this_boot, sizeof this_boot);
    yard->manager.log =
        log_to_fd(open("/dev/null", O_WRONLY | O_CLOEXEC), LOG_FORMAT_POSTFIX, "test", "host");
    queue_id_init(&yard->ids, 7, 12345);
    buf_init(&yard->journal, LIMIT);
    begin_journal(yard, boot, false);
}

static void yard_close(struct yard *yard)
{
    buf_finish(&yard->journal);
    log_destroy(yard->manager.log);
    close(yard->manager.directory);
}

static bool exists(const struct yard *yard, const char *name)
{
    return faccessat(yard->manager.directory, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void write_file(const struct yard *yard, const char *name, struct str octets)
{
    CHECK(file_replace(yard->manager.directory, name, octets, 0660));
}

static struct queue_id record(struct yard *yard)
{
    struct queue_id id = queue_id_next(&yard->ids, 1700000000000000);
    struct buf file;
    build(&file);
    const struct iovec part = {file.at, file.len};
    commit_journal_put(str_of(id.text), 1, &part, 1, &yard->journal);
    buf_finish(&file);
    return id;
}

static void recover(struct yard *yard)
{
    write_file(yard, yard->name, buf_str(&yard->journal));
    journals_recover(&yard->manager, SCAN_ALL);
}

static void check_whole(const struct yard *yard, const struct queue_id *id)
{
    struct buf wanted, got;
    build(&wanted);
    buf_init(&got, LIMIT);
    CHECK(file_read_whole(yard->manager.directory, id->text, &got));
    CHECK(str_eq(buf_str(&got), buf_str(&wanted)));
    buf_finish(&got);
    buf_finish(&wanted);
}

TEST(after_a_power_cut_what_is_missing_is_made_again)
{
    struct yard yard;
    yard_open(&yard, "missing", other_boot);
    struct queue_id first = record(&yard), second = record(&yard);
    recover(&yard);
    check_whole(&yard, &first);
    check_whole(&yard, &second);
    CHECK(!exists(&yard, yard.name));
    yard_close(&yard);
}

TEST(after_a_power_cut_an_empty_or_torn_or_damaged_file_is_made_again)
{
    struct yard yard;
    struct buf file;
    yard_open(&yard, "torn", other_boot);
    struct queue_id empty = record(&yard), torn = record(&yard), damaged = record(&yard);
    build(&file);
    write_file(&yard, empty.text, STR(""));
    write_file(&yard, torn.text, str_sub(buf_str(&file), 0, file.len - 3));
    file.at[file.len - 3] ^= 1;
    write_file(&yard, damaged.text, buf_str(&file));
    recover(&yard);
    check_whole(&yard, &empty);
    check_whole(&yard, &torn);
    check_whole(&yard, &damaged);
    CHECK(!exists(&yard, yard.name));
    buf_finish(&file);
    yard_close(&yard);
}

TEST(a_file_that_is_whole_keeps_what_was_recorded_in_it)
{
    struct yard yard;
    struct buf file, got;
    struct queue_record retry = {.kind = QUEUE_RETRY, .time_us = 1, .next_us = 2, .attempts = 3};
    yard_open(&yard, "whole", other_boot);
    struct queue_id id = record(&yard);
    build(&file);
    while (file.len % 8)
        buf_add_char(&file, '\0');
    CHECK(queuefile_record(&retry, &file));
    write_file(&yard, id.text, buf_str(&file));
    recover(&yard);
    buf_init(&got, LIMIT);
    CHECK(file_read_whole(yard.manager.directory, id.text, &got));
    CHECK(str_eq(buf_str(&got), buf_str(&file)));
    buf_finish(&got);
    buf_finish(&file);
    yard_close(&yard);
}

TEST(without_a_power_cut_a_message_that_is_gone_stays_gone)
{
    struct yard yard;
    yard_open(&yard, "same", this_boot);
    struct queue_id id = record(&yard);
    recover(&yard);
    CHECK(!exists(&yard, id.text));
    CHECK(!exists(&yard, yard.name));
    yard_close(&yard);
}

TEST(a_journal_whose_writer_lives_is_left_alone)
{
    struct yard yard;
    yard_open(&yard, "lives", other_boot);
    struct queue_id id = record(&yard);
    write_file(&yard, yard.name, buf_str(&yard.journal));
    int fd = openat(yard.manager.directory, yard.name, O_WRONLY | O_CLOEXEC);
    CHECK(file_try_lock(fd));
    CHECK(!journals_recover(&yard.manager, 7));
    CHECK(journals_recover(&yard.manager, 8)); /* not that one's */
    CHECK(exists(&yard, yard.name));
    CHECK(!exists(&yard, id.text));
    close(fd);
    CHECK(journals_recover(&yard.manager, 7));
    CHECK(!exists(&yard, yard.name));
    check_whole(&yard, &id);
    yard_close(&yard);
}

TEST(one_without_a_head_is_removed_when_it_is_old)
{
    struct yard yard;
    yard_open(&yard, "headless", other_boot);
    memset(yard.journal.at, 0, COMMIT_JOURNAL_HEAD);
    recover(&yard);
    CHECK(!exists(&yard, yard.name));
    struct queue_id now = queue_id_next(&yard.ids, now_us());
    snprintf(yard.name, sizeof yard.name, COMMIT_JOURNAL_PREFIX "%s", now.text);
    recover(&yard);
    CHECK(exists(&yard, yard.name));
    yard_close(&yard);
}

TEST(one_that_is_not_understood_or_not_to_be_trusted_is_set_aside)
{
    struct yard yard;
    char aside[100];
    yard_open(&yard, "aside", other_boot);
    yard.journal.at[20] ^= 1;
    recover(&yard);
    snprintf(aside, sizeof aside, "damaged/%s", yard.name);
    CHECK(!exists(&yard, yard.name) && exists(&yard, aside));
    begin_journal(&yard, this_boot, true);
    struct queue_id id = record(&yard);
    recover(&yard);
    snprintf(aside, sizeof aside, "damaged/%s", yard.name);
    CHECK(!exists(&yard, yard.name) && exists(&yard, aside));
    CHECK(!exists(&yard, id.text));
    yard_close(&yard);
}

TEST(what_cannot_be_made_again_now_is_later_and_nothing_twice)
{
    struct yard yard;
    yard_open(&yard, "later", other_boot);
    struct queue_id good = record(&yard), hindered = record(&yard);
    CHECK(mkdirat(yard.manager.directory, hindered.text, 0700) == 0); /* in its place */
    recover(&yard);
    check_whole(&yard, &good);
    CHECK(exists(&yard, yard.name));
    CHECK(unlinkat(yard.manager.directory, good.text, 0) == 0); /* delivered */
    CHECK(unlinkat(yard.manager.directory, hindered.text, AT_REMOVEDIR) == 0);
    journals_recover(&yard.manager, SCAN_ALL);
    CHECK(!exists(&yard, good.text));
    check_whole(&yard, &hindered);
    CHECK(!exists(&yard, yard.name));
    yard_close(&yard);
}

TEST(a_link_in_the_place_of_a_journal_is_not_followed)
{
    struct yard yard;
    yard_open(&yard, "link", other_boot);
    struct queue_id id = record(&yard);
    write_file(&yard, "elsewhere", buf_str(&yard.journal));
    CHECK(symlinkat("elsewhere", yard.manager.directory, yard.name) == 0);
    journals_recover(&yard.manager, SCAN_ALL);
    CHECK(!exists(&yard, id.text));
    CHECK(exists(&yard, "elsewhere"));
    yard_close(&yard);
}

/* Without /proc nobody knows; better twice than never. */
TEST(when_the_start_of_the_machine_is_not_known_messages_are_made_again)
{
    struct yard yard;
    char blank[BOOT_ID_LENGTH + 1];
    memset(blank, ' ', BOOT_ID_LENGTH);
    blank[BOOT_ID_LENGTH] = '\0';
    yard_open(&yard, "unknown", blank);
    memcpy(yard.manager.boot, blank, sizeof blank);
    struct queue_id id = record(&yard);
    recover(&yard);
    check_whole(&yard, &id);
    yard_close(&yard);
}
