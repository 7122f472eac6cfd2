/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole delivery requests: virtual mailboxes, aliases, system users' files, loops, and what is reported. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "local/local.h"
#include "store/mailbox.h"
#include "unit/test.h"

static struct conf_params conf;
static struct local_params params;
static struct store_params store_params;
static struct local local;
static struct arena *arena;
static struct verdict verdict;
static int rounds;
static char base[100];

static const char *const letter_text =
    "Received: x\r\nSubject: hello\r\n\r\nFrom here\r\n>From\r\n.\r\nlast\r\n";

static void set_up(const char *aliases)
{
    snprintf(base, sizeof base, "%s/run%d", test_directory(), rounds++);
    mkdir(base, 0700);
    arena_destroy(arena);
    arena = arena_create(16 << 20);
    conf = (struct conf_params){
        .recipient_delimiter = STR("+"),
        .mail_home = arena_printf(arena, "%s/mail/%%d/%%n", base),
    };
    params = (struct local_params){.owner_request_special = true, .agent_limit = 1};
    store_params = (struct store_params){.lock_timeout = 5000, .compact_size = 262144};
    local = (struct local){
        .conf = &conf,
        .params = &params,
        .store = &store_params,
        .service = "local",
        .alias_maps = maps_open(str_of(aliases), &verdict),
        .mailbox_maps = maps_open(STR("inline:{ann@virtual.example=x, bob@virtual.example=x}"), &verdict),
        .mailbox_domains = match_list_open(STR("virtual.example"), false, &verdict),
        .destinations = match_list_open(STR("host.example"), false, &verdict),
        .stores = stores_create(2),
        .master.fd = -1,
    };
    CHECK(local.alias_maps && local.mailbox_maps && local.mailbox_domains && local.destinations);
}

static void tear_down(void)
{
    maps_close(local.alias_maps);
    maps_close(local.mailbox_maps);
    match_list_close(local.mailbox_domains);
    match_list_close(local.destinations);
    stores_destroy(local.stores);
}

static int queue_file(const char *text)
{
    int fd = open(arena_printf(arena, "%s/queue", base).at, O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK(write(fd, "envelope", 8) == 8);
    CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    return fd;
}

static struct outcome deliver_text(const char *text, struct recipient rcpt)
{
    struct delivered answer;
    struct deliver request = {
        .request = 7,
        .queue_id = STR("4Abc"),
        .sender = STR("from@else.example"),
        .offset = 8,
        .size = strlen(text),
        .rcpts = &rcpt,
        .rcpts_count = 1,
    };
    int fd = queue_file(text);
    request_run(&local, &request, fd, arena, &answer);
    close(fd);
    CHECK_INT(answer.request, 7);
    CHECK_INT(answer.outcomes_count, 1);
    CHECK_INT(answer.outcomes[0].index, rcpt.index);
    return answer.outcomes[0];
}

static struct outcome deliver_for(const char *address)
{
    return deliver_text(letter_text, (struct recipient){.index = 3, .address = str_of(address)});
}

TEST(a_virtual_mailbox_gets_the_message_once)
{
    set_up("");
    struct outcome outcome = deliver_for("Ann+list@virtual.example");
    CHECK_INT(outcome.class, VERDICT_OK);
    CHECK(outcome.unsynced);
    CHECK_STR(outcome.text, "delivered to mailbox");
    CHECK_INT(deliver_for("Ann+list@virtual.example").class, VERDICT_OK); /* repeated */
    stores_destroy(local.stores);
    local.stores = stores_create(2);
    struct store *store;
    struct mailbox *mailbox;
    struct message_file file;
    struct store_options options = {0};
    CHECK(store_open(arena_printf(arena, "%s/mail/virtual.example/ann", base).at, &options, &store,
                     &verdict) == STORE_OK);
    CHECK(mailbox_open(store, STR("INBOX"), true, &mailbox, &verdict) == STORE_OK);
    CHECK_INT(mailbox_count(mailbox), 1);
    CHECK(message_open(mailbox, mailbox_message(mailbox, 0), &file, &verdict) == STORE_OK);
    char text[500];
    ssize_t got = pread(file.fd, text, sizeof text, 0);
    struct str whole = str_make(text, (size_t)got);
    CHECK(
        str_starts(whole, STR("Return-Path: <from@else.example>\r\nDelivered-To: ann@virtual.example\r\n")));
    CHECK(str_ends(whole, str_of(letter_text)));
    message_close(&file);
    mailbox_close(mailbox);
    store_close(store);
    tear_down();
}

TEST(the_original_recipient_is_named_when_it_differs)
{
    set_up("");
    struct recipient rcpt = {.address = STR("ann@virtual.example"), .original = STR("sales@virtual.example")};
    struct deliver request = {.sender = STR("")};
    struct letter letter = {&request, -1, STR(""), arena};
    CHECK_STR(
        prefix_make(&letter, &rcpt, STR("ann@virtual.example")),
        "Return-Path: <>\r\nX-Original-To: sales@virtual.example\r\nDelivered-To: ann@virtual.example\r\n");
    tear_down();
}

TEST(an_unknown_virtual_user_is_refused)
{
    set_up("");
    struct outcome outcome = deliver_for("carl@virtual.example");
    CHECK_INT(outcome.class, VERDICT_REJECT);
    CHECK(outcome.code == 550 && outcome.subject == 1 && outcome.detail == 1);
    CHECK(access(arena_printf(arena, "%s/mail", base).at, F_OK) != 0);
    outcome = deliver_for("x@foreign.example");
    CHECK_INT(outcome.class, VERDICT_REJECT);
    tear_down();
}

TEST(a_letter_that_was_here_before_is_a_loop)
{
    set_up("");
    struct recipient rcpt = {.address = STR("ann@virtual.example")};
    struct outcome outcome = deliver_text("Delivered-To: ANN@virtual.example\r\n\r\nx\r\n", rcpt);
    CHECK_INT(outcome.class, VERDICT_REJECT);
    CHECK(outcome.subject == 4 && outcome.detail == 6);
    rcpt.delivered_to = STR("x@y.example, ann@virtual.example");
    CHECK_INT(deliver_for("ann@virtual.example").class, VERDICT_OK);
    CHECK_INT(deliver_text(letter_text, rcpt).class, VERDICT_REJECT);
    CHECK_INT(deliver_text("A: b\r\n\r\nDelivered-To: ann@virtual.example\r\n",
                           (struct recipient){.address = STR("ann@virtual.example")})
                  .class,
              VERDICT_OK); /* only the header counts */
    tear_down();
}

TEST(an_alias_is_forwarded_and_tells_who_forwarded)
{
    set_up("inline:{{team=ann@virtual.example, bob, ann@virtual.example}}");
    struct recipient rcpt = {.address = STR("Team@host.example"), .delivered_to = STR("up@host.example")};
    struct outcome outcome = deliver_text(letter_text, rcpt);
    CHECK_INT(outcome.class, VERDICT_OK);
    CHECK_INT(outcome.forward.count, 2);
    CHECK_STR(outcome.forward.at[0], "ann@virtual.example");
    CHECK_STR(outcome.forward.at[1], "bob@host.example");
    CHECK_STR(outcome.forwarder, "up@host.example, team@host.example");
    CHECK(outcome.dsn_passed);
    CHECK(!outcome.unsynced);
    tear_down();
}

TEST(an_alias_that_needs_more_than_addresses_is_an_errand_that_waits_for_master)
{
    set_up("inline:{{list=:include:/tmp/none-of-that-name}, {cmd=\"|/bin/true\", ann@virtual.example}, "
           "file=/tmp/x}");
    static const char *const names[] = {"list@host.example", "cmd@host.example", "file@host.example"};
    for (size_t i = 0; i < 3; i++) {
        struct outcome outcome = deliver_for(names[i]);
        CHECK_INT(outcome.class, VERDICT_DEFER);
        CHECK_INT(outcome.forward.count, 0);
        CHECK(str_find_str(outcome.text, STR("without master")) != SIZE_MAX);
    }
    tear_down();
}

TEST(a_name_in_its_own_alias_is_a_destination_of_its_own)
{
    set_up("inline:{{bob=bob, \\bob, bob+x, \\carl, ann@virtual.example}, {lone=\\lone}}");
    struct outcome outcome = deliver_for("bob@host.example");
    CHECK_INT(outcome.class, VERDICT_OK);
    CHECK_INT(outcome.parts.count, 2);
    CHECK_STR(outcome.parts.at[0], "=");
    CHECK_STR(outcome.parts.at[1], "\\");
    CHECK_INT(outcome.forward.count, 3);
    CHECK_STR(outcome.forward.at[0], "bob+x@host.example");
    CHECK_STR(outcome.forward.at[1], "\\carl@host.example");
    CHECK_STR(outcome.text, "forwarded to 5 destinations");
    /* Past the alias there is the user, and this one is none. */
    outcome = deliver_text(letter_text, (struct recipient){.address = STR("no-such-user-here@host.example"),
                                                           .destination = STR("=")});
    CHECK(outcome.class == VERDICT_REJECT && outcome.subject == 1 && outcome.detail == 1);
    CHECK_INT(deliver_for("lone@host.example").class, VERDICT_REJECT);
    tear_down();
}

TEST(an_alias_is_found_with_its_extension_first)
{
    set_up("inline:{{team=a@x.example}, {team+night=b@x.example}}");
    CHECK_STR(deliver_for("team+night@host.example").forward.at[0], "b@x.example");
    CHECK_STR(deliver_for("Team+day@host.example").forward.at[0], "a@x.example");
    tear_down();
}

TEST(a_list_with_an_owner_sends_its_copies_in_the_owners_name)
{
    set_up("inline:{{list=a@x.example, b@x.example}, {owner-list=ann@virtual.example}, {plain=a@x.example}, "
           "{two=a@x.example}, {owner-two=a@x.example, b@x.example}}");
    struct outcome outcome = deliver_for("list@host.example");
    CHECK_INT(outcome.forward.count, 2);
    CHECK_STR(outcome.forward_sender, "owner-list@host.example");
    CHECK_STR(deliver_for("plain@host.example").forward_sender, "");
    CHECK_STR(deliver_for("owner-list@host.example").forward_sender, "");
    params.expand_owner_alias = true;
    CHECK_STR(deliver_for("list@host.example").forward_sender, "ann@virtual.example");
    CHECK_STR(deliver_for("two@host.example").forward_sender, "owner-two@host.example");
    params.owner_request_special = false;
    CHECK_STR(deliver_for("list@host.example").forward_sender, "");
    tear_down();
}

TEST(the_superuser_gets_no_mail_of_its_own)
{
    set_up("");
    struct outcome outcome = deliver_for("root@host.example");
    CHECK_INT(outcome.class, VERDICT_REJECT);
    CHECK(outcome.subject == 7 && outcome.detail == 1);
    tear_down();
}

TEST(an_unknown_system_user_is_refused_or_relayed)
{
    set_up("");
    struct outcome outcome = deliver_for("no-such-user-here@host.example");
    CHECK_INT(outcome.class, VERDICT_REJECT);
    CHECK(outcome.subject == 1 && outcome.detail == 1);
    params.luser_relay = STR("catch@virtual.example");
    outcome = deliver_for("no-such-user-here@host.example");
    CHECK_INT(outcome.class, VERDICT_OK);
    CHECK_INT(outcome.forward.count, 1);
    CHECK_STR(outcome.forward.at[0], "catch@virtual.example");
    params.luser_relay = STR("catch+$user${extension?{-$extension}}@virtual.example");
    CHECK_STR(deliver_for("no-such-$user+x@host.example").forward.at[0],
              "catch+no-such-$user-x@virtual.example");
    params.luser_relay = STR("catch+$local");
    CHECK_STR(deliver_for("no-such-user-here+x@host.example").forward.at[0],
              "catch+no-such-user-here+x@host.example");
    params.luser_relay = STR("${user");
    CHECK_INT(deliver_for("no-such-user-here@host.example").class, VERDICT_DEFER);
    tear_down();
}

TEST(a_table_that_cannot_be_asked_defers)
{
    set_up("fail:broken");
    CHECK_INT(deliver_for("team@host.example").class, VERDICT_DEFER);
    tear_down();
}
