/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Orders on messages. A message that is being worked on is marked and the order takes effect when it is
 * settled; one that waits is loaded, changed on disk, and put back.
 */
#include "qmgr/orders.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "qmgr/index.h"
#include "qmgr/nexthops.h"
#include "qmgr/site.h"
#include "wire/queue_answer.h"
#include "wire/queue_order.h"
#include "wire/queue_orders.h"

enum { ANSWER_MS = 10000, LISTING_MS = 8000, ORDERS_AT_A_TURN = 100 };

static void append_kind(struct manager *manager, struct message *message, enum queue_record_kind kind)
{
    struct queue_record record = {.kind = kind, .time_us = (uint64_t)now_us()};
    message_append(manager, message, &record);
}

static bool for_site(const struct message *message, struct str site)
{
    for (size_t i = 0; i < message->rcpt_count; i++) {
        struct str address = message->rcpts[i].rcpt.address;
        size_t at = str_find_last(address, '@');
        if (message->rcpts[i].state != RCPT_DONE && at != SIZE_MAX &&
            str_eq_nocase(str_from(address, at + 1), site))
            return true;
    }
    return false;
}

static void delete_file(struct manager *manager, const struct queue_id *id)
{
    if (unlinkat(manager->directory, id->text, 0) == 0)
        log_say(manager->log, LOG_INFO_LEVEL, str_of(id->text), "removed by order");
    index_forget(manager->index, id);
}

/* Takes a waiting message out, does what was ordered, and lets it wait again (or not). */
static bool order_loaded(struct manager *manager, struct message *message, const struct queue_order *order,
                         int64_t due_us)
{
    switch (order->order) {
    case QUEUE_ORDER_FLUSH:
        if (order->site.len && !for_site(message, order->site)) {
            message_park(manager, message, due_us);
            return false;
        }
        message_park(manager, message, message->held ? INT64_MAX : now_us());
        return true;
    case QUEUE_ORDER_HOLD:
        append_kind(manager, message, QUEUE_HOLD);
        message->held = true;
        message_park(manager, message, INT64_MAX);
        return true;
    case QUEUE_ORDER_RELEASE:
    case QUEUE_ORDER_REQUEUE:
        append_kind(manager, message, QUEUE_RELEASE);
        message->held = false;
        message_park(manager, message, now_us());
        return true;
    case QUEUE_ORDER_EXPIRE:
        append_kind(manager, message, QUEUE_EXPIRE);
        message_park(manager, message, message->held ? INT64_MAX : now_us());
        return true;
    default:
        message_park(manager, message, due_us);
        return false;
    }
}

static bool order_waiting(struct manager *manager, struct waiting *waiting, const struct queue_order *order)
{
    struct waiting was = *waiting;
    if (order->order == QUEUE_ORDER_FLUSH && order->site.len == 0) {
        if (was.due_us != INT64_MAX)
            waiting_move(manager, waiting, now_us());
        return was.due_us != INT64_MAX;
    }
    waiting_remove(manager, waiting);
    if (order->order == QUEUE_ORDER_DELETE) {
        delete_file(manager, &was.id);
        return true;
    }
    struct message *message = message_load(manager, &was.id);
    if (!message) {
        index_forget(manager->index, &was.id);
        return false;
    }
    return order_loaded(manager, message, order, waiting_due_us(manager, &was, message));
}

/* A message under way: hold and expire are noted; the rest has no meaning or comes too late. */
static bool order_active(struct manager *manager, struct message *message, const struct queue_order *order)
{
    switch (order->order) {
    case QUEUE_ORDER_HOLD:
    case QUEUE_ORDER_RELEASE:
        message->held = order->order == QUEUE_ORDER_HOLD;
        append_kind(manager, message, message->held ? QUEUE_HOLD : QUEUE_RELEASE);
        return true;
    case QUEUE_ORDER_EXPIRE:
        message->doomed = true;
        append_kind(manager, message, QUEUE_EXPIRE);
        return true;
    case QUEUE_ORDER_FLUSH:
        return true;
    default:
        return false;
    }
}

/* What is on hold waits for ever. */
static bool is_meant(const struct queue_order *order, const struct waiting *waiting)
{
    unsigned state = !waiting                       ? QUEUE_STATE_ACTIVE
                     : waiting->due_us == INT64_MAX ? QUEUE_STATE_HELD
                                                    : QUEUE_STATE_DEFERRED;
    return !order->states || (order->states & state);
}

static uint64_t order_one(struct manager *manager, const struct queue_order *order, struct str *error)
{
    struct message *message = hash_get(manager->messages, order->queue_id);
    struct waiting *waiting = hash_get(manager->waiting, order->queue_id);
    if (order->states && ((!message && !waiting) || !is_meant(order, message ? NULL : waiting)))
        return 0;
    if (message && order_active(manager, message, order))
        return 1;
    if (message || hash_get(manager->reserved, order->queue_id))
        *error = STR("message is being delivered; try again");
    else if (waiting)
        return order_waiting(manager, waiting, order) ? 1 : 0;
    else
        *error = STR("no such message");
    return 0;
}

/* The ids first, for orders change the table that would be walked. Many of them do not keep the loop from
 * others. */
static uint64_t order_all(struct manager *manager, const struct queue_order *order, struct arena *arena)
{
    size_t total = hash_count(manager->waiting), count = 0;
    uint64_t done = 0;
    struct queue_id *ids = arena_try_get(arena, total * sizeof *ids);
    struct hash_walk walk = hash_walk_start(manager->waiting);
    struct waiting *waiting;
    struct str key;
    while (ids && count < total && (waiting = hash_walk_next(&walk, &key)))
        ids[count++] = waiting->id;
    for (size_t i = 0; i < count; i++) {
        waiting = hash_get(manager->waiting, str_of(ids[i].text));
        done += waiting && is_meant(order, waiting) && order_waiting(manager, waiting, order);
        if (i % ORDERS_AT_A_TURN == ORDERS_AT_A_TURN - 1)
            task_yield();
    }
    return done;
}

/* At the start the queue has to be listed before much is known; an order waits for that, though not for ever.
 */
static void await_listing(struct manager *manager)
{
    int64_t end = deadline_in(LISTING_MS);
    while (!manager->listed && gate_wait(&manager->listing_done, end))
        continue;
}

bool orders_take(struct manager *manager, int fd, const struct packet *packet, struct arena *arena)
{
    struct queue_order order;
    struct queue_answer answer = {0};
    uid_t uid;
    gid_t gid;
    pid_t pid;
    if (!packet_decode(packet, &queue_order_message, arena, &order) ||
        !peer_credentials(fd, &uid, &gid, &pid))
        return false;
    if (uid != 0 && uid != geteuid()) {
        answer.error = STR("not permitted");
    } else {
        await_listing(manager);
        if (order.order == QUEUE_ORDER_FLUSH) {
            sites_forgive(manager);
            nexthops_forget(manager->nexthops);
        }
        struct arena *ids = arena_create((size_t)1 << 30);
        answer.count =
            order.queue_id.len ? order_one(manager, &order, &answer.error) : order_all(manager, &order, ids);
        arena_destroy(ids);
    }
    return channel_send(fd, QUEUE_KIND_ANSWER, &queue_answer_message, &answer, NULL, 0,
                        deadline_in(ANSWER_MS));
}
