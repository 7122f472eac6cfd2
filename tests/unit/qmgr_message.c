/* SPDX-License-Identifier: BSD-2-Clause */
/* Recipients that stand in for others: who gets a copy, in whose name, and what of the sender's wishes goes
 * on with it (RFC 3461 5.2.7). */
#include "mail/dsn.h"
#include "qmgr/manager.h"
#include "unit/test.h"

static struct message *message;

static void set_up(const char *address, uint64_t notify)
{
    struct recipient rcpt = {
        .address = str_of(address), .notify = notify, .orcpt = STR("rfc822;it@x.example")};
    struct envelope envelope = {.sender = STR("from@x.example"), .rcpts = &rcpt, .rcpts_count = 1};
    struct buf octets;
    buf_init(&octets, 10000);
    CHECK(wire_encode(&envelope_message, &envelope, &octets));
    message = message_from_envelope(STR("4jbPFp23tkz00ZCcsx"), 100, buf_str(&octets));
    CHECK(message != NULL);
    buf_finish(&octets);
}

/* Recipient `index` is forwarded to up to two addresses and a destination of its own. */
static void forward(size_t index, const char *first, const char *second, const char *part, const char *owner)
{
    struct str addresses[2] = {str_of(first), str_of(second)}, own = str_of(part);
    const struct outcome outcome = {
        .index = index,
        .class = VERDICT_OK,
        .forward = {addresses, (size_t)(first != NULL) + (second != NULL)},
        .parts = {&own, part != NULL},
        .forwarder = STR("up@x.example"),
        .forward_sender = str_of(owner),
        .dsn_passed = !owner,
    };
    message_note_outcome(message, &message->rcpts[index], &outcome);
    message_add_recipients(message, &outcome);
}

static const struct recipient *rcpt(size_t index)
{
    CHECK(index < message->rcpt_count);
    return &message->rcpts[index].rcpt;
}

TEST(an_alias_for_one_address_passes_all_on_and_is_no_delivery)
{
    set_up("one@x.example", DSN_NOTIFY_SUCCESS | DSN_NOTIFY_FAILURE);
    forward(0, "a@y.example", NULL, NULL, NULL);
    CHECK_INT(message->rcpt_count, 2);
    CHECK_STR(rcpt(1)->address, "a@y.example");
    CHECK_STR(rcpt(1)->original, "one@x.example");
    CHECK_STR(rcpt(1)->orcpt, "rfc822;it@x.example");
    CHECK_STR(rcpt(1)->delivered_to, "up@x.example");
    CHECK_INT(rcpt(1)->notify, DSN_NOTIFY_SUCCESS | DSN_NOTIFY_FAILURE);
    CHECK(!message->rcpts[0].report_success);
    message_free(message);
}

TEST(an_alias_for_several_is_expanded_and_each_has_a_destination)
{
    set_up("two@x.example", DSN_NOTIFY_SUCCESS);
    forward(0, "a@y.example", "\\b@x.example", "|cat", NULL);
    CHECK_INT(message->rcpt_count, 5);
    CHECK(!message->rcpts[0].report_success);
    CHECK(rcpt(4)->expanded && rcpt(4)->notify == DSN_NOTIFY_SUCCESS);
    CHECK_STR(rcpt(4)->address, "two@x.example");
    CHECK_INT(rcpt(1)->notify, DSN_NOTIFY_NEVER);
    CHECK_STR(rcpt(1)->address, "two@x.example");
    CHECK_STR(rcpt(1)->destination, "|cat");
    CHECK_STR(rcpt(1)->delivered_to, ""); /* it has not left the alias */
    CHECK_STR(rcpt(2)->address, "a@y.example");
    CHECK_STR(rcpt(2)->orcpt, "rfc822;it@x.example");
    CHECK_STR(rcpt(3)->address, "b@x.example");
    CHECK_STR(rcpt(3)->destination, "\\");
    message_free(message);
}

TEST(copies_of_a_mailing_list_are_its_owners)
{
    set_up("list@x.example", DSN_NOTIFY_SUCCESS);
    forward(0, "a@y.example", NULL, NULL, "owner-list@x.example");
    CHECK(message->rcpts[0].report_success); /* delivered, to the list */
    CHECK_INT(rcpt(1)->notify, 0);
    CHECK_STR(rcpt(1)->orcpt, "");
    CHECK_STR(message_sender_for(message, rcpt(1)), "owner-list@x.example");
    CHECK_STR(message_sender_for(message, rcpt(0)), "from@x.example");
    forward(1, "b@y.example", NULL, NULL, NULL); /* an alias in it stays the list's */
    CHECK_STR(message_sender_for(message, rcpt(2)), "owner-list@x.example");
    message_free(message);
}

TEST(who_gets_the_message_already_is_not_added_again)
{
    set_up("two@x.example", 0);
    forward(0, "a@y.example", "b@y.example", NULL, NULL);
    forward(1, "b@Y.EXAMPLE", "B@y.example", NULL, NULL); /* who knows whether b and B are one at y */
    CHECK_INT(message->rcpt_count, 4);
    CHECK_STR(rcpt(3)->address, "B@y.example");
    forward(2, "c@y.example", NULL, NULL, "owner-b@x.example");
    forward(3, "c@y.example", NULL, NULL, NULL); /* in another's name it is another copy */
    CHECK_INT(message->rcpt_count, 6);
    message_free(message);
}

TEST(an_alias_that_leads_back_is_delivered_to_again_so_that_the_loop_is_found)
{
    set_up("here@x.example", 0);
    forward(0, "there@x.example", NULL, NULL, NULL);
    forward(1, "here@x.example", NULL, NULL, NULL);
    CHECK_INT(message->rcpt_count, 3);
    CHECK_STR(rcpt(2)->address, "here@x.example");
    message_free(message);
}
