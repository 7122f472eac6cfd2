/* SPDX-License-Identifier: BSD-2-Clause */
/* The journal under damage, compaction and a machine that stopped; the pieces it is made of. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file.h"
#include "store/line_ends.h"
#include "store/parts.h"
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

static struct store *reopen_with(uint64_t compact_size)
{
    struct store *store = NULL;
    struct store_options options = {.create = true, .compact_size = compact_size};
    OK(store_open(home, &options, &store, &verdict));
    return store;
}

static struct store *fresh_with(uint64_t compact_size)
{
    snprintf(home, sizeof home, "%s/home%d", test_directory(), homes++);
    if (!arena)
        arena = arena_create(64 << 20);
    arena_reset(arena);
    return reopen_with(compact_size);
}

static uint32_t add(struct store *store)
{
    struct append *append;
    struct uid_pairs pairs;
    OK(append_begin(store, STR("INBOX"), &append, &verdict));
    OK(append_write(append, STR("A: b\r\n\r\n"), &verdict));
    OK(append_message(append, &(struct append_about){0}, &verdict));
    OK(append_commit(append, &pairs, &verdict));
    uint32_t uid = pairs.to[0];
    uid_pairs_finish(&pairs);
    return uid;
}

static void flag(struct mailbox *mailbox, uint32_t uid, uint8_t flags)
{
    struct uid_range range = {uid, uid};
    struct flags_result result;
    struct flags_change change = {.how = FLAGS_REPLACE, .flags = flags, .unchanged_since = UINT64_MAX};
    OK(mailbox_store_flags(mailbox, (struct uid_ranges){&range, 1}, &change, arena, &result, &verdict));
}

static size_t read_file(const char *path, char *into, size_t room)
{
    int fd = open(path, O_RDONLY);
    ssize_t got = read(fd, into, room);
    close(fd);
    return got > 0 ? (size_t)got : 0;
}

static void write_file(const char *path, const char *from, size_t len)
{
    int fd = open(path, O_WRONLY | O_TRUNC);
    CHECK(write(fd, from, len) == (ssize_t)len);
    close(fd);
}

TEST(uid_ranges_come_back_as_they_were_put)
{
    struct buf out;
    uint32_t last = 0;
    struct uid_range range;
    buf_init(&out, 100);
    uids_put(&out, &last, (struct uid_range){1, 1});
    uids_put(&out, &last, (struct uid_range){5, 500});
    uids_put(&out, &last, (struct uid_range){UINT32_MAX, UINT32_MAX});
    struct cursor cursor = cursor_over(buf_str(&out));
    last = 0;
    CHECK(uids_take(&cursor, &last, &range) && range.first == 1 && range.last == 1);
    CHECK(uids_take(&cursor, &last, &range) && range.first == 5 && range.last == 500);
    CHECK(uids_take(&cursor, &last, &range) && range.last == UINT32_MAX);
    CHECK(!uids_take(&cursor, &last, &range) && cursor_ok(&cursor));
    cursor = cursor_over(STR("\xff\xff\xff\xff\xff\x01\x01"));
    last = 0;
    CHECK(!uids_take(&cursor, &last, &range) && !cursor_ok(&cursor));
    buf_finish(&out);
}

TEST(bare_line_ends_become_crlf_however_the_pieces_fall)
{
    static const char text[] = "a\nb\r\n\n\r\r\nc\rd\n";
    struct buf out;
    buf_init(&out, 100);
    for (size_t cut = 0; cut < sizeof text; cut++) {
        struct line_ends ends = {0}, sizes = {0};
        struct str whole = str_make(text, sizeof text - 1);
        buf_clear(&out);
        line_ends_to_crlf(&ends, str_sub(whole, 0, cut), &out);
        line_ends_to_crlf(&ends, str_from(whole, cut), &out);
        CHECK_STR(buf_str(&out), "a\r\nb\r\n\r\n\r\r\nc\rd\r\n");
        uint64_t size = line_ends_size(&sizes, str_sub(whole, 0, cut));
        CHECK_INT(size + line_ends_size(&sizes, str_from(whole, cut)), out.len);
    }
    buf_finish(&out);
}

/* What is before the damaged record stays; the message whose record was lost comes back from its file. */
TEST(damage_at_each_octet_of_the_last_record_is_survived)
{
    static char good[1 << 16], bad[1 << 16];
    char path[200];
    struct stat status;
    struct store *store = fresh_with(0);
    add(store);
    snprintf(path, sizeof path, "%s/index/journal", home);
    CHECK(stat(path, &status) == 0);
    size_t before = (size_t)status.st_size;
    add(store);
    store_close(store);
    size_t len = read_file(path, good, sizeof good);
    CHECK(len > before);
    for (size_t at = before; at < len; at++) {
        struct mailbox *mailbox;
        struct mailbox_status counts;
        memcpy(bad, good, len);
        bad[at] = (char)(bad[at] ^ 0x40);
        write_file(path, bad, len);
        store = reopen_with(0);
        OK(store_status(store, STR("INBOX"), &counts, &verdict));
        uint32_t uid = add(store);
        CHECK(uid > 2);
        OK(mailbox_open(store, STR("INBOX"), false, &mailbox, &verdict));
        CHECK_INT(mailbox_count(mailbox), 3);
        CHECK_INT(mailbox_message(mailbox, 0)->uid, 1);
        struct uid_range range = {uid, uid};
        OK(mailbox_expunge(mailbox, (struct uid_ranges){&range, 1}, true, &verdict));
        mailbox_close(mailbox);
        store_close(store);
    }
}

TEST(a_journal_cut_anywhere_in_its_last_record_is_survived)
{
    static char good[1 << 16];
    char path[200];
    struct stat status;
    struct store *store = fresh_with(0);
    add(store);
    snprintf(path, sizeof path, "%s/index/journal", home);
    CHECK(stat(path, &status) == 0);
    size_t before = (size_t)status.st_size;
    struct mailbox *mailbox;
    OK(mailbox_open(store, STR("INBOX"), false, &mailbox, &verdict));
    CHECK(stat(path, &status) == 0);
    before = (size_t)status.st_size;
    flag(mailbox, 1, MESSAGE_SEEN);
    mailbox_close(mailbox);
    store_close(store);
    size_t len = read_file(path, good, sizeof good);
    for (size_t cut = before; cut <= len; cut++) {
        write_file(path, good, cut);
        store = reopen_with(0);
        OK(mailbox_open(store, STR("INBOX"), false, &mailbox, &verdict));
        CHECK_INT(mailbox_message(mailbox, 0)->flags, cut == len ? MESSAGE_SEEN : 0);
        flag(mailbox, 1, MESSAGE_FLAGGED);
        mailbox_close(mailbox);
        store_close(store);
        store = reopen_with(0);
        OK(mailbox_open(store, STR("INBOX"), false, &mailbox, &verdict));
        CHECK_INT(mailbox_message(mailbox, 0)->flags, MESSAGE_FLAGGED);
        mailbox_close(mailbox);
        store_close(store);
    }
}

TEST(a_damaged_header_is_an_error_and_not_an_empty_mailbox)
{
    static char good[1 << 16];
    char path[200];
    struct store *store = fresh_with(0);
    add(store);
    store_close(store);
    snprintf(path, sizeof path, "%s/index/journal", home);
    size_t len = read_file(path, good, sizeof good);
    good[3] ^= 1;
    write_file(path, good, len);
    struct store_options options = {.create = true};
    CHECK_INT(store_open(home, &options, &store, &verdict), STORE_FAILED);
    write_file(path, good, 10);
    CHECK_INT(store_open(home, &options, &store, &verdict), STORE_FAILED);
}

TEST(sessions_follow_over_one_and_over_many_compactions)
{
    enum { SMALL = 2000 };
    struct store *store = fresh_with(SMALL), *other = reopen_with(SMALL);
    struct mailbox *mine, *theirs;
    struct mailbox_changes changes;
    for (int i = 0; i < 10; i++)
        add(store);
    OK(mailbox_open(store, STR("INBOX"), false, &mine, &verdict));
    OK(mailbox_open(other, STR("INBOX"), false, &theirs, &verdict));
    uint64_t generation = store->generation;
    uint32_t next = 1;
    for (int round = 0; round < 60; round++) {
        add(store);
        flag(mine, next + 1, MESSAGE_FLAGGED);
        struct uid_range range = {next, next};
        OK(mailbox_expunge(mine, (struct uid_ranges){&range, 1}, true, &verdict));
        OK(mailbox_sync(mine, true, arena, &changes, &verdict));
        next++;
        if (round % 3 && round < 40)
            continue; /* now and then, and after many replacements at once */
        OK(mailbox_sync(theirs, true, arena, &changes, &verdict));
        CHECK_INT(mailbox_count(theirs), mailbox_count(mine));
        for (size_t i = 0; i < mailbox_count(theirs); i++) {
            const struct message *a = mailbox_message(mine, i), *b = mailbox_message(theirs, i);
            CHECK(a->uid == b->uid && a->flags == b->flags && a->modseq == b->modseq);
            CHECK(str_eq(a->name, b->name));
        }
    }
    CHECK(store->generation > generation + 3);
    mailbox_close(mine);
    mailbox_close(theirs);
    store_close(store);
    store_close(other);
}

TEST(after_a_compaction_all_is_as_before)
{
    struct store *store = fresh_with(0);
    struct mailbox *mailbox;
    struct mailbox_status before, after;
    OK(store_create_mailbox(store, STR("A/B"), MAILBOX_SENT, &verdict));
    OK(store_subscribe(store, STR("A/B"), true, &verdict));
    CHECK_INT(store_keyword(store, STR("Junk"), true), 0);
    for (int i = 0; i < 5; i++)
        add(store);
    OK(mailbox_open(store, STR("INBOX"), false, &mailbox, &verdict));
    flag(mailbox, 2, MESSAGE_SEEN);
    struct uid_range range = {5, 5};
    OK(mailbox_expunge(mailbox, (struct uid_ranges){&range, 1}, true, &verdict));
    mailbox_close(mailbox);
    OK(store_status(store, STR("INBOX"), &before, &verdict));
    OK(store_lock(store, &verdict));
    CHECK(store_compact(store));
    store_unlock(store);
    store_close(store);
    store = reopen_with(0);
    OK(store_status(store, STR("INBOX"), &after, &verdict));
    CHECK_INT(after.messages, before.messages);
    CHECK_INT(after.unseen, before.unseen);
    CHECK_INT(after.recent, before.recent);
    CHECK_INT(after.uidnext, before.uidnext);
    CHECK_INT(after.uidvalidity, before.uidvalidity);
    CHECK_INT(after.size, before.size);
    CHECK(after.highestmodseq == before.highestmodseq && after.object_id == before.object_id);
    CHECK(state_is_subscribed(&store->state, STR("A/B")));
    CHECK_STR(store_keyword_name(store, 0), "Junk");
    CHECK_INT(add(store), 6);
    struct mailbox_list list;
    OK(store_list(store, arena, &list, &verdict));
    CHECK_INT(list.count, 3);
    CHECK_INT(list.at[2].attributes, MAILBOX_SENT | MAILBOX_SUBSCRIBED);
    store_close(store);
}

/* As if the machine had stopped: another start is recorded than this one, and unsynced records are lost. */
TEST(after_a_stop_of_the_machine_uids_go_on_at_the_ceiling)
{
    static char good[1 << 16];
    char path[200];
    struct store *store = fresh_with(0);
    add(store);
    OK(store_lock(store, &verdict));
    store_add(store, &(struct entry){.kind = ENTRY_MACHINE, .machine = 1, .machine_start = 1});
    OK(store_write(store, WRITE_SYNC, &verdict));
    store_unlock(store);
    snprintf(path, sizeof path, "%s/index/journal", home);
    size_t len = read_file(path, good, sizeof good);
    uint64_t modseq = store->state.modseq_ceiling;
    CHECK_INT(add(store), 2); /* seen by a client, then its record is lost */
    store_close(store);
    write_file(path, good, len);

    struct mailbox *mailbox;
    store = reopen_with(0);
    OK(mailbox_open(store, STR("INBOX"), false, &mailbox, &verdict));
    CHECK_INT(mailbox_count(mailbox), 2);
    CHECK_INT(mailbox_message(mailbox, 0)->uid, 1);
    CHECK(mailbox_message(mailbox, 1)->uid > 2);
    CHECK(mailbox_message(mailbox, 1)->uid >= UID_STEP);
    CHECK(mailbox_message(mailbox, 1)->modseq > modseq);
    mailbox_close(mailbox);
    store_close(store);
}

/* Room and length of a file may be on disk before its octets are. */
TEST(after_a_stop_of_the_machine_a_file_without_its_octets_is_no_message)
{
    char path[400];
    struct store *store = fresh_with(0);
    struct mailbox *mailbox;
    add(store);
    add(store);
    OK(mailbox_open(store, STR("INBOX"), false, &mailbox, &verdict));
    const struct message *message = mailbox_message(mailbox, 0);
    snprintf(path, sizeof path, "%s/Maildir/cur/" STR_FMT, home, STR_ARG(message->name));
    int fd = open(path, O_WRONLY);
    CHECK(ftruncate(fd, 0) == 0 && ftruncate(fd, (off_t)message->file_size) == 0);
    bool told = file_lacks_octets(fd); /* not on every file system */
    close(fd);
    mailbox_close(mailbox);
    OK(store_lock(store, &verdict));
    store_add(store, &(struct entry){.kind = ENTRY_MACHINE, .machine = 1, .machine_start = 1});
    OK(store_write(store, WRITE_SYNC, &verdict));
    store_unlock(store);
    store_close(store);

    store = reopen_with(0);
    OK(mailbox_open(store, STR("INBOX"), false, &mailbox, &verdict));
    CHECK_INT(mailbox_count(mailbox), told ? 1 : 2);
    CHECK_INT(mailbox_message(mailbox, mailbox_count(mailbox) - 1)->uid, 2);
    CHECK((access(path, F_OK) != 0) == told);
    mailbox_close(mailbox);
    store_close(store);
}

TEST(an_expunge_whose_files_were_not_removed_does_not_come_back)
{
    char path[400], saved[400];
    struct store *store = fresh_with(0);
    struct mailbox *mailbox;
    struct mailbox_status status;
    add(store);
    OK(mailbox_open(store, STR("INBOX"), false, &mailbox, &verdict));
    snprintf(path, sizeof path, "%s/Maildir/cur/" STR_FMT, home, STR_ARG(mailbox_message(mailbox, 0)->name));
    snprintf(saved, sizeof saved, "%s/saved", home);
    CHECK(link(path, saved) == 0);
    struct uid_range range = {1, 1};
    OK(mailbox_expunge(mailbox, (struct uid_ranges){&range, 1}, true, &verdict));
    mailbox_close(mailbox);
    CHECK(rename(saved, path) == 0);
    OK(store_lock(store, &verdict));
    OK(folder_compare(store, state_folder_named(&store->state, STR("INBOX")), &verdict));
    store_unlock(store);
    OK(store_status(store, STR("INBOX"), &status, &verdict));
    CHECK_INT(status.messages, 0);
    CHECK(access(path, F_OK) != 0);
    store_close(store);
}

TEST(a_damaged_snapshot_is_rebuilt_under_a_new_uidvalidity)
{
    static char bytes[1 << 16];
    char path[200];
    struct store *store = fresh_with(0);
    struct mailbox *mailbox;
    struct mailbox_status before, after;
    for (int i = 0; i < 3; i++)
        add(store);
    OK(store_status(store, STR("INBOX"), &before, &verdict));
    OK(store_lock(store, &verdict));
    CHECK(store_compact(store));
    store_unlock(store);
    add(store);
    store_close(store);
    snprintf(path, sizeof path, "%s/index/00000001.snap", home);
    size_t len = read_file(path, bytes, sizeof bytes);
    CHECK(len > 200);
    bytes[100] ^= 4;
    write_file(path, bytes, len);
    store = reopen_with(0);
    for (int round = 0; round < 2; round++) {
        OK(mailbox_open(store, STR("INBOX"), false, &mailbox, &verdict));
        CHECK_INT(mailbox_count(mailbox), 4);
        CHECK_INT(mailbox_message(mailbox, 3)->uid, 4);
        mailbox_close(mailbox);
        OK(store_status(store, STR("INBOX"), &after, &verdict));
        CHECK(after.uidvalidity > before.uidvalidity);
        CHECK_INT(after.messages, 4);
        store_close(store);
        store = reopen_with(0);
    }
    CHECK_INT(add(store), 5);
    store_close(store);
}
