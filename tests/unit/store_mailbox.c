/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages in mailboxes: adding, flags, expunge, copy and move, seen from several sessions at once. */
#include "store/mailbox.h"

#include <unistd.h>

#include "unit/test.h"

static struct verdict verdict;
static struct arena *arena;
static int homes;

#define OK(call) test_ok((call), __LINE__)
static void test_ok(enum store_result result, int line)
{
    if (result != STORE_OK)
        test_failed(__FILE__, line, "result %d: %s", result, verdict.text);
}

static const char *new_home(void)
{
    static char home[128];
    snprintf(home, sizeof home, "%s/home%d", test_directory(), homes++);
    if (!arena)
        arena = arena_create(64 << 20);
    arena_reset(arena);
    return home;
}

static struct store *open_store(const char *home)
{
    struct store *store = NULL;
    struct store_options options = {.create = true, .default_folders = STR("Sent \\Sent, Trash \\Trash")};
    OK(store_open(home, &options, &store, &verdict));
    return store;
}

static uint32_t add(struct store *store, const char *mailbox, const char *text, uint8_t flags)
{
    struct append *append;
    struct uid_pairs pairs;
    OK(append_begin(store, str_of(mailbox), &append, &verdict));
    OK(append_write(append, str_of(text), &verdict));
    OK(append_message(append, &(struct append_about){.flags = flags, .internal_date = 1000000000}, &verdict));
    OK(append_commit(append, &pairs, &verdict));
    uint32_t uid = pairs.to[0];
    uid_pairs_finish(&pairs);
    return uid;
}

static struct mailbox *open_mailbox(struct store *store, const char *name)
{
    struct mailbox *mailbox = NULL;
    OK(mailbox_open(store, str_of(name), false, &mailbox, &verdict));
    return mailbox;
}

static struct str octets(struct mailbox *mailbox, size_t index)
{
    static char text[4096];
    struct message_file file;
    OK(message_open(mailbox, mailbox_message(mailbox, index), &file, &verdict));
    ssize_t got = pread(file.fd, text, sizeof text, 0);
    CHECK_INT(got, file.size);
    message_close(&file);
    return str_make(text, got > 0 ? (size_t)got : 0);
}

static struct mailbox_changes sync_of(struct mailbox *mailbox, bool may_expunge)
{
    struct mailbox_changes changes;
    OK(mailbox_sync(mailbox, may_expunge, arena, &changes, &verdict));
    return changes;
}

static struct flags_result change(struct mailbox *mailbox, uint32_t first, uint32_t last, enum flags_how how,
                                  uint8_t flags)
{
    struct uid_range range = {first, last};
    struct flags_result result;
    struct flags_change wanted = {.how = how, .flags = flags, .unchanged_since = UINT64_MAX};
    OK(mailbox_store_flags(mailbox, (struct uid_ranges){&range, 1}, &wanted, arena, &result, &verdict));
    return result;
}

static const struct uid_range everything = {1, UINT32_MAX};
static const struct uid_ranges all = {&everything, 1};

TEST(an_appended_message_is_there_with_its_octets_after_reopening)
{
    const char *home = new_home();
    struct store *store = open_store(home);
    CHECK_INT(add(store, "inbox", "Subject: one\r\n\r\nHello\r\n", MESSAGE_SEEN), 1);
    CHECK_INT(add(store, "INBOX", "Subject: two\n\nbare\n", 0), 2);
    store_close(store);

    store = open_store(home);
    struct mailbox *mailbox = open_mailbox(store, "INBOX");
    CHECK_INT(mailbox_count(mailbox), 2);
    CHECK_INT(mailbox_message(mailbox, 0)->flags, MESSAGE_SEEN);
    CHECK_INT(mailbox_message(mailbox, 0)->internal_date, 1000000000);
    CHECK_STR(octets(mailbox, 0), "Subject: one\r\n\r\nHello\r\n");
    CHECK_STR(octets(mailbox, 1), "Subject: two\r\n\r\nbare\r\n");
    CHECK_INT(mailbox_first_unseen(mailbox), 1);
    mailbox_close(mailbox);
    store_close(store);
}

TEST(several_messages_of_one_append_get_uids_in_order)
{
    struct store *store = open_store(new_home());
    struct append *append;
    struct uid_pairs pairs;
    OK(append_begin(store, STR("INBOX"), &append, &verdict));
    for (int i = 0; i < 3; i++) {
        OK(append_write(append, STR("A: b\r\n\r\n"), &verdict));
        OK(append_message(append, &(struct append_about){0}, &verdict));
    }
    OK(append_commit(append, &pairs, &verdict));
    CHECK_INT(pairs.count, 3);
    CHECK(pairs.to[0] == 1 && pairs.to[2] == 3);
    uid_pairs_finish(&pairs);
    CHECK_INT(append_begin(store, STR("nowhere"), &append, &verdict), STORE_NONEXISTENT);
    store_close(store);
}

TEST(a_thrown_away_append_leaves_nothing)
{
    struct store *store = open_store(new_home());
    struct append *append;
    struct mailbox_status status;
    OK(append_begin(store, STR("INBOX"), &append, &verdict));
    OK(append_write(append, STR("A: b\r\n\r\n"), &verdict));
    OK(append_message(append, &(struct append_about){0}, &verdict));
    append_abort(append);
    OK(store_status(store, STR("INBOX"), &status, &verdict));
    CHECK_INT(status.messages, 0);
    store_close(store);
}

TEST(status_counts_without_opening)
{
    struct store *store = open_store(new_home());
    struct mailbox_status status;
    add(store, "INBOX", "A: b\r\n\r\n12345\r\n", 0);
    add(store, "INBOX", "A: b\r\n\r\n", MESSAGE_SEEN);
    OK(store_status(store, STR("INBOX"), &status, &verdict));
    CHECK_INT(status.messages, 2);
    CHECK_INT(status.unseen, 1);
    CHECK_INT(status.recent, 2);
    CHECK_INT(status.uidnext, 3);
    CHECK_INT(status.size, 15 + 8);
    struct mailbox *mailbox = open_mailbox(store, "INBOX");
    change(mailbox, 1, 2, FLAGS_ADD, MESSAGE_SEEN);
    OK(store_status(store, STR("INBOX"), &status, &verdict));
    CHECK_INT(status.unseen, 0);
    CHECK_INT(status.recent, 0);
    change(mailbox, 1, 1, FLAGS_REPLACE, MESSAGE_DELETED);
    OK(store_status(store, STR("INBOX"), &status, &verdict));
    CHECK_INT(status.unseen, 1);
    OK(mailbox_expunge(mailbox, all, false, &verdict));
    OK(store_status(store, STR("INBOX"), &status, &verdict));
    CHECK_INT(status.messages, 1);
    CHECK_INT(status.unseen, 0);
    CHECK_INT(status.size, 8);
    mailbox_close(mailbox);
    store_close(store);
}

TEST(another_session_sees_new_changed_and_expunged_messages_in_order)
{
    const char *home = new_home();
    struct store *one = open_store(home), *two = open_store(home);
    for (int i = 0; i < 5; i++)
        add(one, "INBOX", "A: b\r\n\r\n", 0);
    struct mailbox *a = open_mailbox(one, "INBOX"), *b = open_mailbox(two, "INBOX");
    CHECK_INT(mailbox_count(b), 5);
    CHECK(!mailbox_changed(b));

    change(a, 2, 3, FLAGS_ADD, MESSAGE_DELETED);
    change(a, 5, 5, FLAGS_ADD, MESSAGE_FLAGGED);
    add(one, "INBOX", "C: d\r\n\r\n", 0);
    OK(mailbox_expunge(a, all, false, &verdict));
    CHECK(mailbox_changed(b));

    struct mailbox_changes changes = sync_of(b, false);
    CHECK_INT(changes.expunged_count, 0);
    CHECK_INT(changes.new_count, 1);
    CHECK_INT(changes.new_from, 5);
    CHECK_INT(mailbox_count(b), 6);
    CHECK(mailbox_message(b, 1)->gone);
    CHECK_INT(changes.changed_count, 1); /* what is gone is not reported as changed */
    CHECK_INT(changes.changed[0], 4);
    changes = sync_of(b, true);
    CHECK_INT(changes.expunged_count, 2);
    CHECK_INT(changes.expunged[0].sequence, 3);
    CHECK_INT(changes.expunged[0].uid, 3);
    CHECK_INT(changes.expunged[1].sequence, 2);
    CHECK_INT(mailbox_count(b), 4);
    CHECK_INT(mailbox_message(b, 1)->uid, 4);
    CHECK_INT(mailbox_message(b, 2)->flags, MESSAGE_FLAGGED);
    CHECK(!mailbox_changed(b));

    changes = sync_of(a, true); /* a's own: expunges and the new one, no flag changes */
    CHECK_INT(changes.expunged_count, 2);
    CHECK_INT(changes.changed_count, 0);
    CHECK_INT(changes.new_count, 1);
    mailbox_close(a);
    mailbox_close(b);
    store_close(one);
    store_close(two);
}

TEST(new_messages_do_not_show_before_a_sync)
{
    struct store *store = open_store(new_home());
    struct mailbox *mailbox = open_mailbox(store, "INBOX");
    add(store, "INBOX", "A: b\r\n\r\n", 0);
    struct flags_result result = change(mailbox, 1, UINT32_MAX, FLAGS_ADD, MESSAGE_SEEN);
    CHECK_INT(result.matched_count, 0);
    CHECK_INT(mailbox_count(mailbox), 0);
    CHECK_INT(sync_of(mailbox, true).new_count, 1);
    CHECK_INT(mailbox_count(mailbox), 1);
    mailbox_close(mailbox);
    store_close(store);
}

TEST(recent_is_for_the_first_session_only)
{
    const char *home = new_home();
    struct store *one = open_store(home), *two = open_store(home);
    struct mailbox *look;
    add(one, "INBOX", "A: b\r\n\r\n", 0);
    OK(mailbox_open(two, STR("INBOX"), true, &look, &verdict));
    CHECK(mailbox_message(look, 0)->recent); /* EXAMINE does not take it away */
    mailbox_close(look);
    struct mailbox *a = open_mailbox(one, "INBOX"), *b = open_mailbox(two, "INBOX");
    CHECK(mailbox_message(a, 0)->recent);
    CHECK(!mailbox_message(b, 0)->recent);
    add(one, "INBOX", "A: b\r\n\r\n", 0);
    sync_of(b, true);
    sync_of(a, true);
    CHECK(mailbox_message(b, 1)->recent);
    CHECK(!mailbox_message(a, 1)->recent);
    mailbox_close(a);
    mailbox_close(b);
    store_close(one);
    store_close(two);
}

TEST(flags_change_conditionally_and_only_real_changes_get_a_new_modseq)
{
    struct store *store = open_store(new_home());
    for (int i = 0; i < 3; i++)
        add(store, "INBOX", "A: b\r\n\r\n", 0);
    struct mailbox *mailbox = open_mailbox(store, "INBOX");
    uint64_t since = mailbox_message(mailbox, 2)->modseq;
    change(mailbox, 2, 2, FLAGS_ADD, MESSAGE_SEEN);
    uint64_t second = mailbox_message(mailbox, 1)->modseq;
    CHECK(second > since);
    change(mailbox, 2, 2, FLAGS_ADD, MESSAGE_SEEN);
    CHECK(mailbox_message(mailbox, 1)->modseq == second);

    struct flags_result result;
    struct flags_change wanted = {.how = FLAGS_ADD, .flags = MESSAGE_FLAGGED, .unchanged_since = since};
    OK(mailbox_store_flags(mailbox, all, &wanted, arena, &result, &verdict));
    CHECK_INT(result.matched_count, 2);
    CHECK_INT(result.modified_count, 1);
    CHECK_INT(result.modified[0], 2);
    CHECK_INT(mailbox_message(mailbox, 1)->flags, MESSAGE_SEEN);
    CHECK_INT(mailbox_message(mailbox, 2)->flags, MESSAGE_FLAGGED);
    change(mailbox, 1, 3, FLAGS_REPLACE, MESSAGE_DRAFT);
    CHECK_INT(mailbox_message(mailbox, 1)->flags, MESSAGE_DRAFT);
    change(mailbox, 1, 3, FLAGS_REMOVE, MESSAGE_DRAFT | MESSAGE_SEEN);
    CHECK_INT(mailbox_message(mailbox, 0)->flags, 0);
    mailbox_close(mailbox);
    store_close(store);
}

TEST(keywords_are_remembered_by_name)
{
    const char *home = new_home();
    struct store *store = open_store(home);
    add(store, "INBOX", "A: b\r\n\r\n", 0);
    struct mailbox *mailbox = open_mailbox(store, "INBOX");
    int number = store_keyword(store, STR("$Label1"), true);
    CHECK_INT(number, 0);
    CHECK_INT(store_keyword(store, STR("$LABEL1"), false), 0);
    CHECK_INT(store_keyword(store, STR("other"), false), -1);
    CHECK_INT(store_keyword(store, STR("not an atom"), true), -1);
    CHECK_INT(store_keyword(store, STR("\\Odd"), true), -1);
    struct flags_change wanted = {.how = FLAGS_ADD, .keywords = 1, .unchanged_since = UINT64_MAX};
    struct flags_result result;
    OK(mailbox_store_flags(mailbox, all, &wanted, arena, &result, &verdict));
    CHECK(sync_of(mailbox, true).keywords_added);
    mailbox_close(mailbox);
    for (int i = 1; i < KEYWORD_LIMIT; i++) {
        char name[16];
        snprintf(name, sizeof name, "k%d", i);
        CHECK_INT(store_keyword(store, str_of(name), true), i);
    }
    CHECK_INT(store_keyword(store, STR("onemore"), true), -1);
    store_close(store);
    store = open_store(home);
    mailbox = open_mailbox(store, "INBOX");
    CHECK_STR(store_keyword_name(store, 0), "$Label1");
    CHECK_INT(mailbox_message(mailbox, 0)->keywords, 1);
    mailbox_close(mailbox);
    store_close(store);
}

TEST(a_copy_keeps_flags_date_and_object_id)
{
    struct store *store = open_store(new_home());
    struct uid_pairs pairs;
    add(store, "INBOX", "A: b\r\n\r\nx\r\n", MESSAGE_FLAGGED);
    struct mailbox *mailbox = open_mailbox(store, "INBOX");
    OK(mailbox_copy(mailbox, all, STR("Sent"), &pairs, &verdict));
    CHECK_INT(pairs.count, 1);
    CHECK_INT(pairs.from[0], 1);
    CHECK_INT(pairs.to[0], 1);
    uid_pairs_finish(&pairs);
    CHECK_INT(mailbox_copy(mailbox, all, STR("None"), &pairs, &verdict), STORE_NONEXISTENT);
    OK(mailbox_copy(mailbox, all, STR("INBOX"), &pairs, &verdict)); /* onto itself */
    CHECK_INT(pairs.to[0], 2);
    uid_pairs_finish(&pairs);
    sync_of(mailbox, true);
    CHECK_INT(mailbox_count(mailbox), 2);
    struct mailbox *sent = open_mailbox(store, "Sent");
    CHECK_INT(mailbox_message(sent, 0)->flags, MESSAGE_FLAGGED);
    CHECK_INT(mailbox_message(sent, 0)->internal_date, 1000000000);
    CHECK(mailbox_message(sent, 0)->object_id == mailbox_message(mailbox, 0)->object_id);
    OK(mailbox_expunge(mailbox, all, true, &verdict));
    CHECK_STR(octets(sent, 0), "A: b\r\n\r\nx\r\n");
    mailbox_close(sent);
    mailbox_close(mailbox);
    store_close(store);
}

TEST(a_moved_message_is_in_one_place)
{
    const char *home = new_home();
    struct store *store = open_store(home);
    struct uid_pairs pairs;
    for (int i = 0; i < 3; i++)
        add(store, "INBOX", "A: b\r\n\r\nx\r\n", 0);
    struct mailbox *mailbox = open_mailbox(store, "INBOX");
    struct uid_range two = {2, 3};
    OK(mailbox_move(mailbox, (struct uid_ranges){&two, 1}, STR("Trash"), &pairs, &verdict));
    CHECK_INT(pairs.count, 2);
    CHECK(pairs.from[1] == 3 && pairs.to[1] == 2);
    uid_pairs_finish(&pairs);
    CHECK_INT(sync_of(mailbox, true).expunged_count, 2);
    CHECK_INT(mailbox_count(mailbox), 1);
    mailbox_close(mailbox);
    store_close(store);
    store = open_store(home);
    mailbox = open_mailbox(store, "Trash");
    CHECK_INT(mailbox_count(mailbox), 2);
    CHECK_STR(octets(mailbox, 1), "A: b\r\n\r\nx\r\n");
    mailbox_close(mailbox);
    store_close(store);
}

TEST(a_read_only_mailbox_refuses_changes)
{
    struct store *store = open_store(new_home());
    struct mailbox *mailbox;
    struct flags_result result;
    struct uid_pairs pairs;
    struct flags_change wanted = {.how = FLAGS_ADD, .flags = MESSAGE_SEEN, .unchanged_since = UINT64_MAX};
    add(store, "INBOX", "A: b\r\n\r\n", 0);
    OK(mailbox_open(store, STR("INBOX"), true, &mailbox, &verdict));
    CHECK_INT(mailbox_store_flags(mailbox, all, &wanted, arena, &result, &verdict), STORE_READ_ONLY);
    CHECK_INT(mailbox_expunge(mailbox, all, true, &verdict), STORE_READ_ONLY);
    CHECK_INT(mailbox_move(mailbox, all, STR("Sent"), &pairs, &verdict), STORE_READ_ONLY);
    mailbox_close(mailbox);
    store_close(store);
}

TEST(the_cache_gives_back_what_was_put)
{
    const char *home = new_home();
    struct store *store = open_store(home);
    struct str blob;
    add(store, "INBOX", "A: b\r\n\r\n", 0);
    struct mailbox *mailbox = open_mailbox(store, "INBOX");
    CHECK(!cache_get(mailbox, 1, 1, &blob));
    cache_put(mailbox, 1, 1, STR("envelope"));
    cache_put(mailbox, 1, 2, STR("structure"));
    CHECK(cache_get(mailbox, 1, 1, &blob));
    CHECK_STR(blob, "envelope");
    mailbox_close(mailbox);
    store_close(store);
    store = open_store(home);
    mailbox = open_mailbox(store, "INBOX");
    CHECK(cache_get(mailbox, 1, 2, &blob));
    CHECK_STR(blob, "structure");
    CHECK(!cache_get(mailbox, 2, 1, &blob));
    for (uint32_t uid = 10; uid < 2000; uid++)
        cache_put(mailbox, uid, 1, STR("x"));
    CHECK(cache_get(mailbox, 1999, 1, &blob));
    mailbox_close(mailbox);
    store_close(store);
}
