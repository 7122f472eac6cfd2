/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is worked on when there is too much mail. */
#include "unit/test.h"

#include <stdio.h>

#include "qmgr/crowd.h"
#include "qmgr/index.h"

enum { LIMIT = 100, MESSAGES = 1000 };

struct yard {
    struct qmgr_params params;
    struct manager manager;
    struct message messages[MESSAGES];
    struct queue_id_maker ids;
    size_t count;
};

static void yard_open(struct yard *yard)
{
    *yard = (struct yard){.params = {.active_limit = LIMIT}};
    yard->manager = (struct manager){.params = &yard->params,
                                     .waiting = hash_create(),
                                     .messages = hash_create(),
                                     .reserved = hash_create(),
                                     .leaving = hash_create(),
                                     .due = heap_create()};
    yard->manager.crowd.shares = hash_create();
    queue_id_init(&yard->ids, 1, 1);
}

static void yard_close(struct yard *yard)
{
    struct heap_node *first;
    while ((first = heap_first(yard->manager.due)))
        waiting_remove(&yard->manager, (struct waiting *)first);
    crowd_advance(&yard->manager); /* drops what stands in the ring for nothing */
    CHECK_INT(yard->manager.active, 0);
    CHECK_INT(hash_count(yard->manager.crowd.shares), 0);
    CHECK_INT(hash_count(yard->manager.waiting), 0);
    hash_destroy(yard->manager.crowd.shares);
    hash_destroy(yard->manager.waiting);
    hash_destroy(yard->manager.messages);
    hash_destroy(yard->manager.reserved);
    hash_destroy(yard->manager.leaving);
    heap_destroy(yard->manager.due);
}

/* As many of a tenant's messages as may enter. */
static size_t flood(struct yard *yard, const char *tenant)
{
    size_t entered = 0;
    while (crowd_has_room(&yard->manager, str_of(tenant)) && yard->count < MESSAGES) {
        struct message *message = &yard->messages[yard->count++];
        message->envelope.tenant = str_of(tenant);
        crowd_enter(&yard->manager, message);
        entered++;
    }
    return entered;
}

static struct waiting *wait_in_line(struct yard *yard, const char *tenant)
{
    struct queue_id id = queue_id_next(&yard->ids, 1000);
    struct waiting *waiting = waiting_add(&yard->manager, &id, 1000);
    crowd_wait(&yard->manager, waiting, str_of(tenant));
    return waiting;
}

static void leave_all(struct yard *yard)
{
    for (size_t i = 0; i < yard->count; i++)
        if (yard->messages[i].share)
            crowd_leave(&yard->manager, yard->messages[i].share);
    yard->count = 0;
}

/* The first active message of a tenant leaves. */
static void leave_one(struct yard *yard, const char *tenant)
{
    for (size_t i = 0; i < yard->count; i++) {
        struct message *message = &yard->messages[i];
        if (!message->share || !str_eq(message->envelope.tenant, str_of(tenant)))
            continue;
        crowd_leave(&yard->manager, message->share);
        message->share = NULL;
        return;
    }
}

TEST(one_tenant_alone_takes_half_and_who_comes_later_finds_room)
{
    static struct yard yard;
    yard_open(&yard);
    CHECK_INT(flood(&yard, "a"), 50);
    CHECK_INT(flood(&yard, "b"), 25);
    CHECK(crowd_has_room(&yard.manager, STR("c")));
    CHECK(!crowd_has_room(&yard.manager, STR("a")) && !crowd_has_room(&yard.manager, STR("b")));
    leave_all(&yard);
    yard_close(&yard);
}

TEST(never_more_are_active_than_may_be)
{
    static struct yard yard;
    static char names[300][16];
    yard_open(&yard);
    for (int i = 0; i < 300; i++) {
        snprintf(names[i], sizeof names[i], "t%d", i);
        flood(&yard, names[i]);
        CHECK(yard.manager.active <= LIMIT);
    }
    CHECK_INT(yard.manager.active, LIMIT);
    leave_all(&yard);
    yard_close(&yard);
}

TEST(what_stands_in_line_comes_in_one_tenant_after_the_other)
{
    static struct yard yard;
    yard_open(&yard);
    flood(&yard, "a");
    flood(&yard, "b");
    struct waiting *a1 = wait_in_line(&yard, "a"), *a2 = wait_in_line(&yard, "a");
    struct waiting *b1 = wait_in_line(&yard, "b"), *c1 = wait_in_line(&yard, "c");
    CHECK_INT(heap_count(yard.manager.due), 0);
    leave_one(&yard, "b"); /* 26 free: b, with 24, may have another, and c; a, with 50, may not */
    CHECK(a1->share && !b1->share && c1->share);
    CHECK_INT(heap_count(yard.manager.due), 1);
    leave_one(&yard, "b");
    CHECK(!c1->share);
    for (int i = 0; i < 20; i++)
        leave_one(&yard, "a");
    CHECK(!a1->share && !a2->share);
    CHECK_INT(heap_count(yard.manager.due), 4);
    leave_all(&yard);
    yard_close(&yard);
}

TEST(who_is_ordered_out_of_the_line_is_out_of_it)
{
    static struct yard yard;
    yard_open(&yard);
    flood(&yard, "a");
    struct waiting *lines[5];
    for (int i = 0; i < 5; i++)
        lines[i] = wait_in_line(&yard, "a");
    waiting_remove(&yard.manager, lines[2]);
    waiting_remove(&yard.manager, lines[0]);
    waiting_move(&yard.manager, lines[4], 77); /* into the heap */
    CHECK(!lines[4]->share && lines[4]->due_us == 77);
    CHECK_INT(heap_count(yard.manager.due), 1);
    leave_all(&yard);
    CHECK_INT(heap_count(yard.manager.due), 3);
    yard_close(&yard);
}

/* Its last active message leaves, and so it is not needed any more: because the last one in line comes in (it
 * is in the heap then), or was ordered out of it. */
static void leave_as_last(bool by_order)
{
    static struct yard yard;
    yard_open(&yard);
    size_t entered = flood(&yard, "a");
    while (--entered)
        leave_one(&yard, "a");
    struct waiting *one = wait_in_line(&yard, "a");
    if (by_order)
        waiting_remove(&yard.manager, one);
    leave_one(&yard, "a");
    CHECK_INT(heap_count(yard.manager.due), by_order ? 0 : 1);
    yard_close(&yard);
}

TEST(a_share_goes_once_when_its_last_in_line_comes_in)
{
    leave_as_last(false);
}

TEST(a_share_goes_once_when_its_line_was_emptied_by_order)
{
    leave_as_last(true);
}
