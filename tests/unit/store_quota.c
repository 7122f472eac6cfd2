/* SPDX-License-Identifier: BSD-2-Clause */
/* The quota: what fits, what is refused by every way in, and that nothing of the refused stays. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "store/mailbox.h"
#include "unit/test.h"

enum { QUOTA = 100 };

static struct verdict verdict;
static int homes;

static struct store *fresh(void)
{
    char home[160];
    struct store *store = NULL;
    struct store_options options = {.create = true, .quota = QUOTA, .default_folders = STR("Box \\Archive")};
    snprintf(home, sizeof home, "%s/home%d", test_directory(), homes++);
    CHECK_INT(store_open(home, &options, &store, &verdict), STORE_OK);
    return store;
}

static enum store_result append(struct store *store, size_t size, size_t times)
{
    struct append *append;
    struct uid_pairs pairs;
    char text[QUOTA * 2];
    memset(text, 'x', sizeof text);
    enum store_result result = append_begin(store, STR("INBOX"), &append, &verdict);
    for (size_t i = 0; i < times && result == STORE_OK; i++) {
        result = append_write(append, str_make(text, size), &verdict);
        if (result == STORE_OK)
            result = append_message(append, &(struct append_about){0}, &verdict);
    }
    if (result != STORE_OK) {
        append_abort(append);
        return result;
    }
    result = append_commit(append, &pairs, &verdict);
    if (result == STORE_OK)
        uid_pairs_finish(&pairs);
    return result;
}

static enum store_result deliver(struct store *store, const char *queue_id, size_t size)
{
    char path[160], text[QUOTA * 2];
    struct delivery_result delivered;
    snprintf(path, sizeof path, "%s/queue", test_directory());
    memset(text, 'x', sizeof text);
    struct delivery delivery = {
        .mailbox = STR("INBOX"),
        .queue_id = str_of(queue_id),
        .fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600),
        .size = size,
    };
    CHECK(write(delivery.fd, text, size) == (ssize_t)size);
    enum store_result result = store_deliver(store, &delivery, &delivered, &verdict);
    close(delivery.fd);
    return result;
}

static uint32_t messages(struct store *store)
{
    struct mailbox_status status;
    CHECK_INT(store_status(store, STR("INBOX"), &status, &verdict), STORE_OK);
    return status.messages;
}

TEST(a_message_that_fills_the_quota_to_the_octet_fits_and_one_more_octet_does_not)
{
    struct store *store = fresh();
    CHECK_INT(append(store, QUOTA + 1, 1), STORE_OVER_QUOTA);
    CHECK_INT(verdict.code, 552);
    CHECK_INT(append(store, QUOTA, 1), STORE_OK);
    CHECK_INT(append(store, 1, 1), STORE_OVER_QUOTA);
    CHECK_INT(messages(store), 1);
    store_close(store);
}

TEST(messages_of_one_append_are_counted_together)
{
    struct store *store = fresh();
    CHECK_INT(append(store, 40, 3), STORE_OVER_QUOTA);
    CHECK_INT(messages(store), 0);
    CHECK_INT(append(store, 50, 2), STORE_OK);
    store_close(store);
}

TEST(a_delivery_over_quota_is_refused_for_good_and_a_repeated_one_is_not)
{
    struct store *store = fresh();
    CHECK_INT(deliver(store, "first", 80), STORE_OK);
    CHECK_INT(deliver(store, "first", 80), STORE_OK);
    CHECK_INT(deliver(store, "second", 21), STORE_OVER_QUOTA);
    CHECK_INT(verdict.class, VERDICT_REJECT);
    CHECK_INT(deliver(store, "third", 20), STORE_OK);
    CHECK_INT(messages(store), 2);
    store_close(store);
}

TEST(copies_count_and_moves_do_not)
{
    struct store *store = fresh();
    struct mailbox *inbox;
    struct uid_pairs pairs;
    struct uid_range all = {1, UINT32_MAX};
    struct uid_ranges every = {&all, 1};
    CHECK_INT(append(store, 60, 1), STORE_OK);
    CHECK_INT(mailbox_open(store, STR("INBOX"), false, &inbox, &verdict), STORE_OK);
    CHECK_INT(mailbox_copy(inbox, every, STR("Box"), &pairs, &verdict), STORE_OVER_QUOTA);
    CHECK_INT(mailbox_move(inbox, every, STR("Box"), &pairs, &verdict), STORE_OK);
    uid_pairs_finish(&pairs);
    mailbox_close(inbox);
    CHECK_INT(append(store, 60, 1), STORE_OVER_QUOTA);
    store_close(store);
}

TEST(a_quota_that_is_raised_or_taken_away_holds_from_then_on)
{
    struct store *store = fresh();
    store_set_quota(store, 150);
    CHECK_INT(append(store, 150, 1), STORE_OK);
    CHECK_INT(append(store, 1, 1), STORE_OVER_QUOTA);
    store_set_quota(store, 0);
    CHECK_INT(append(store, 150, 1), STORE_OK);
    store_close(store);
}
