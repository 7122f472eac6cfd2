/* SPDX-License-Identifier: BSD-2-Clause */
/* A Dovecot Maildir++ is taken over in place. */
#include <sys/stat.h>
#include <unistd.h>

#include "store/mailbox.h"
#include "unit/test.h"

static struct verdict verdict;
static char home[100];

static void make(const char *path)
{
    char whole[300];
    snprintf(whole, sizeof whole, "%s/%s", home, path);
    CHECK(mkdir(whole, 0700) == 0);
}

static void put(const char *path, const char *text)
{
    char whole[300];
    snprintf(whole, sizeof whole, "%s/%s", home, path);
    FILE *file = fopen(whole, "w");
    fputs(text, file);
    fclose(file);
}

static void make_maildir(const char *path)
{
    static const char *const parts[] = {"", "/cur", "/new", "/tmp"};
    char part[200];
    for (size_t i = 0; i < 4; i++) {
        snprintf(part, sizeof part, "%s%s", path, parts[i]);
        make(part);
    }
}

TEST(uids_uidvalidity_keywords_and_subscriptions_are_kept)
{
    struct store *store;
    struct mailbox *mailbox;
    struct mailbox_status status;
    snprintf(home, sizeof home, "%s", test_directory());
    make_maildir("Maildir");
    make_maildir("Maildir/.Work.Old");
    put("Maildir/dovecot-uidlist", "3 V1275660208 N25022 G3085f01b\n"
                                   "25017 W14 :1276533073.M242911P3632.h,S=12\n"
                                   "25006 :1276528487.M364837P9451.h\n"
                                   "25017 :twice.h\n"
                                   "junk\n");
    put("Maildir/cur/twice.h", "A: b\r\n\r\n");
    put("Maildir/dovecot-keywords", "0 $Forwarded\n1 NonJunk\n99 x\n");
    put("Maildir/subscriptions", "V\t2\n\nWork\tOld\nINBOX\n&AOk-\n");
    put("Maildir/cur/1276528487.M364837P9451.h:2,RSb", "A: b\n\n");
    put("Maildir/cur/1276533073.M242911P3632.h,S=12:2,a", "A: bcdef\n\nx\n");
    put("Maildir/cur/9999999999.unlisted.h:2,S", "A: b\r\n\r\n");
    put("Maildir/.Work.Old/cur/1.a.h:2,", "A: b\r\n\r\n");

    struct store_options options = {.create = true};
    CHECK(store_open(home, &options, &store, &verdict) == STORE_OK);
    CHECK(mailbox_open(store, STR("INBOX"), true, &mailbox, &verdict) == STORE_OK);
    CHECK_INT(mailbox_count(mailbox), 4); /* one whose UID is named twice comes last */
    const struct message *message = mailbox_message(mailbox, 0);
    CHECK_INT(message->uid, 25006);
    CHECK_INT(message->flags, MESSAGE_SEEN | MESSAGE_ANSWERED);
    CHECK_STR(store_keyword_name(store, 1), "NonJunk");
    CHECK_INT(message->keywords, 2);
    CHECK_INT(message->size, 8);
    CHECK_INT(mailbox_message(mailbox, 1)->uid, 25017);
    CHECK_INT(mailbox_message(mailbox, 1)->keywords, 1);
    CHECK_INT(mailbox_message(mailbox, 2)->uid, 25022);
    mailbox_close(mailbox);
    CHECK(store_status(store, STR("INBOX"), &status, &verdict) == STORE_OK);
    CHECK_INT(status.uidvalidity, 1275660208);
    CHECK_INT(status.uidnext, 25024);
    CHECK_INT(status.unseen, 2);
    CHECK(store_status(store, STR("Work/Old"), &status, &verdict) == STORE_OK);
    CHECK_INT(status.messages, 1);

    struct arena *arena = arena_create(1 << 20);
    struct mailbox_list list;
    CHECK(store_list(store, arena, &list, &verdict) == STORE_OK);
    CHECK_INT(list.count, 4);
    CHECK_INT(list.at[0].attributes, MAILBOX_SUBSCRIBED);
    CHECK_STR(list.at[2].name, "Work/Old");
    CHECK_INT(list.at[2].attributes, MAILBOX_SUBSCRIBED);
    CHECK_STR(list.at[3].name, "\xc3\xa9");
    arena_destroy(arena);
    store_close(store);

    CHECK(store_open(home, &options, &store, &verdict) == STORE_OK);
    CHECK(store_status(store, STR("INBOX"), &status, &verdict) == STORE_OK);
    CHECK_INT(status.messages, 4);
    CHECK_INT(status.uidnext, 25024);
    store_close(store);
}
