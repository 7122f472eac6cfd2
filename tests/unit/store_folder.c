/* SPDX-License-Identifier: BSD-2-Clause */
/* Mailboxes themselves: RFC 3501 6.3.3 to 6.3.5 and LIST. */
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
    struct store_options options = {.create = true, .default_folders = STR("Drafts \\Drafts, Sent \\Sent")};
    OK(store_open(home, &options, &store, &verdict));
    return store;
}

static struct store *fresh(void)
{
    snprintf(home, sizeof home, "%s/home%d", test_directory(), homes++);
    if (!arena)
        arena = arena_create(1 << 20);
    arena_reset(arena);
    return reopen();
}

static uint32_t add(struct store *store, const char *mailbox)
{
    struct append *append;
    struct uid_pairs pairs;
    OK(append_begin(store, str_of(mailbox), &append, &verdict));
    OK(append_write(append, STR("A: b\r\n\r\n"), &verdict));
    OK(append_message(append, &(struct append_about){0}, &verdict));
    OK(append_commit(append, &pairs, &verdict));
    uint32_t uid = pairs.to[0];
    uid_pairs_finish(&pairs);
    return uid;
}

/* "name(attributes)..." of the whole list. */
static struct str listed(struct store *store)
{
    static char text[1000];
    struct mailbox_list list;
    size_t len = 0;
    OK(store_list(store, arena, &list, &verdict));
    for (size_t i = 0; i < list.count; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s" STR_FMT ":%x", i ? " " : "",
                                STR_ARG(list.at[i].name), list.at[i].attributes);
    return str_make(text, len);
}

TEST(a_new_store_has_inbox_and_the_default_folders)
{
    struct store *store = fresh();
    CHECK_STR(listed(store), "INBOX:0 Drafts:12 Sent:22");
    store_close(store);
    store = reopen();
    CHECK_STR(listed(store), "INBOX:0 Drafts:12 Sent:22");
    store_close(store);
}

TEST(creating_makes_superior_levels_appear)
{
    struct store *store = fresh();
    OK(store_create_mailbox(store, STR("A/B/C"), 0, &verdict));
    CHECK_STR(listed(store), "INBOX:0 A:5 A/B:5 A/B/C:0 Drafts:12 Sent:22");
    OK(store_create_mailbox(store, STR("A/"), 0, &verdict));
    CHECK_INT(store_create_mailbox(store, STR("A"), 0, &verdict), STORE_ALREADY_EXISTS);
    CHECK_INT(store_create_mailbox(store, STR("inbox"), 0, &verdict), STORE_ALREADY_EXISTS);
    CHECK_INT(store_create_mailbox(store, STR("A//B"), 0, &verdict), STORE_BAD_NAME);
    CHECK_STR(listed(store), "INBOX:0 A:4 A/B:5 A/B/C:0 Drafts:12 Sent:22");
    struct mailbox *mailbox;
    CHECK_INT(mailbox_open(store, STR("A/B"), false, &mailbox, &verdict), STORE_NONEXISTENT);
    store_close(store);
}

TEST(deleting_keeps_inferiors_and_a_new_mailbox_of_the_name_has_a_new_uidvalidity)
{
    struct store *store = fresh();
    struct mailbox_status before, after;
    OK(store_create_mailbox(store, STR("A"), 0, &verdict));
    OK(store_create_mailbox(store, STR("A/B"), 0, &verdict));
    add(store, "A");
    OK(store_status(store, STR("A"), &before, &verdict));
    OK(store_delete_mailbox(store, STR("A"), &verdict));
    CHECK_STR(listed(store), "INBOX:0 A:5 A/B:0 Drafts:12 Sent:22");
    CHECK_INT(store_delete_mailbox(store, STR("A"), &verdict), STORE_HAS_CHILDREN);
    CHECK_INT(store_delete_mailbox(store, STR("INBOX"), &verdict), STORE_BAD_NAME);
    CHECK_INT(store_delete_mailbox(store, STR("none"), &verdict), STORE_NONEXISTENT);
    OK(store_create_mailbox(store, STR("A"), 0, &verdict));
    OK(store_status(store, STR("A"), &after, &verdict));
    CHECK(after.uidvalidity > before.uidvalidity);
    CHECK_INT(after.messages, 0);
    store_close(store);
}

TEST(a_session_learns_that_its_mailbox_was_deleted)
{
    struct store *store = fresh(), *other = reopen();
    struct mailbox *mailbox;
    struct mailbox_changes changes;
    OK(store_create_mailbox(store, STR("A"), 0, &verdict));
    OK(mailbox_open(other, STR("A"), false, &mailbox, &verdict));
    OK(store_delete_mailbox(store, STR("A"), &verdict));
    CHECK_INT(mailbox_sync(mailbox, true, arena, &changes, &verdict), STORE_NONEXISTENT);
    CHECK(mailbox_is_deleted(mailbox));
    mailbox_close(mailbox);
    store_close(other);
    store_close(store);
}

TEST(renaming_takes_inferiors_along_and_keeps_messages)
{
    struct store *store = fresh();
    struct mailbox *mailbox;
    struct message_file file;
    struct mailbox_changes changes;
    OK(store_create_mailbox(store, STR("A"), 0, &verdict));
    OK(store_create_mailbox(store, STR("A/B"), 0, &verdict));
    add(store, "A/B");
    OK(mailbox_open(store, STR("A/B"), false, &mailbox, &verdict));
    CHECK_INT(store_rename_mailbox(store, STR("A"), STR("A/X"), &verdict), STORE_BAD_NAME);
    CHECK_INT(store_rename_mailbox(store, STR("A"), STR("Sent"), &verdict), STORE_ALREADY_EXISTS);
    CHECK_INT(store_rename_mailbox(store, STR("none"), STR("new"), &verdict), STORE_NONEXISTENT);
    OK(store_rename_mailbox(store, STR("A"), STR("Z.1"), &verdict));
    CHECK_STR(listed(store), "INBOX:0 Drafts:12 Sent:22 Z.1:4 Z.1/B:0");
    OK(message_open(mailbox, mailbox_message(mailbox, 0), &file, &verdict));
    message_close(&file);
    OK(mailbox_sync(mailbox, true, arena, &changes, &verdict));
    CHECK_STR(mailbox_name(mailbox), "Z.1/B");
    mailbox_close(mailbox);
    store_close(store);
    store = reopen();
    OK(mailbox_open(store, STR("Z.1/B"), true, &mailbox, &verdict));
    CHECK_INT(mailbox_count(mailbox), 1);
    mailbox_close(mailbox);
    store_close(store);
}

TEST(a_rename_that_was_cut_short_is_finished_by_who_finds_it)
{
    struct store *store = fresh();
    struct mailbox *mailbox;
    char from[300], to[300];
    OK(store_create_mailbox(store, STR("A"), 0, &verdict));
    add(store, "A");
    OK(store_rename_mailbox(store, STR("A"), STR("B"), &verdict));
    snprintf(from, sizeof from, "%s/Maildir/.B", home);
    snprintf(to, sizeof to, "%s/Maildir/.A", home);
    CHECK(rename(from, to) == 0); /* as if the program had died after the record */
    store_close(store);
    store = reopen();
    OK(mailbox_open(store, STR("B"), false, &mailbox, &verdict));
    CHECK_INT(mailbox_count(mailbox), 1);
    struct message_file file;
    OK(message_open(mailbox, mailbox_message(mailbox, 0), &file, &verdict));
    message_close(&file);
    CHECK(access(from, F_OK) == 0);
    mailbox_close(mailbox);
    store_close(store);
}

TEST(renaming_inbox_moves_its_messages_only)
{
    struct store *store = fresh();
    struct mailbox_status status;
    OK(store_create_mailbox(store, STR("INBOX/sub"), 0, &verdict));
    add(store, "INBOX");
    add(store, "INBOX");
    OK(store_rename_mailbox(store, STR("INBOX"), STR("old"), &verdict));
    OK(store_status(store, STR("old"), &status, &verdict));
    CHECK_INT(status.messages, 2);
    OK(store_status(store, STR("INBOX"), &status, &verdict));
    CHECK_INT(status.messages, 0);
    CHECK_INT(status.uidnext, 3);
    CHECK_STR(listed(store), "INBOX:4 INBOX/sub:0 Drafts:12 Sent:22 old:0");
    store_close(store);
}

TEST(subscriptions_outlive_mailboxes)
{
    struct store *store = fresh();
    OK(store_create_mailbox(store, STR("A"), 0, &verdict));
    OK(store_subscribe(store, STR("A"), true, &verdict));
    OK(store_subscribe(store, STR("A"), true, &verdict));
    OK(store_delete_mailbox(store, STR("A"), &verdict));
    CHECK_STR(listed(store), "INBOX:0 A:a Drafts:12 Sent:22");
    OK(store_subscribe(store, STR("A"), false, &verdict));
    OK(store_subscribe(store, STR("Sent"), false, &verdict));
    CHECK_STR(listed(store), "INBOX:0 Drafts:12 Sent:20");
    store_close(store);
}

TEST(without_create_a_missing_home_is_said_to_be_missing)
{
    struct store *store;
    char path[200];
    snprintf(path, sizeof path, "%s/nobody", test_directory());
    CHECK_INT(store_open(path, &(struct store_options){0}, &store, &verdict), STORE_NONEXISTENT);
    CHECK(access(path, F_OK) != 0);
}
