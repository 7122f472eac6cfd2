/* SPDX-License-Identifier: BSD-2-Clause */
/* What qmgr knows of a message, from the first note to after its file is gone: it is taken up once. */
#include "unit/test.h"

#include <fcntl.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/crc.h"
#include "intake/announcer.h"
#include "io/file.h"
#include "qmgr/crowd.h"
#include "qmgr/index.h"
#include "qmgr/manager.h"
#include "wire/channel.h"
#include "wire/intake.h"
#include "wire/intake_hello.h"
#include "wire/intake_seal.h"
#include "wire/queue_order.h"
#include "wire/queue_orders.h"
#include "worker/run.h"

static const struct str body = STR_INIT("Subject: hello\r\n\r\nHello.\r\n");

/* A qmgr without anybody to deliver: what it accepts is on hold, so that it waits. */
struct depot {
    struct run run;
    struct conf_params conf;
    struct qmgr_params params;
    struct manager manager;
    struct queue_id_maker ids;
    void (*fn)(struct depot *depot);
    sem_t disk_is_held, disk_may_go_on;
};

static void depot_task(void *arg)
{
    struct depot *depot = arg;
    struct manager *manager = &depot->manager;
    struct verdict verdict;
    manager->disk = thread_pool_create(manager->loop, 1);
    CHECK(manager->disk && removal_create(manager, &verdict));
    depot->fn(depot);
    manager->ending = true;
    gate_wake(&manager->due_changed);
    if (manager->removal)
        removal_close(manager);
    index_close(manager);
    thread_pool_destroy(manager->disk);
}

static void depot_forget(struct manager *manager)
{
    struct heap_node *first;
    while ((first = heap_first(manager->due)))
        waiting_remove(manager, (struct waiting *)first);
    CHECK_INT(hash_count(manager->messages) + hash_count(manager->waiting) + hash_count(manager->leaving) +
                  hash_count(manager->reserved),
              0);
    hash_destroy(manager->messages);
    hash_destroy(manager->waiting);
    hash_destroy(manager->reserved);
    hash_destroy(manager->leaving);
    hash_destroy(manager->crowd.shares);
    hash_destroy(manager->transports);
    heap_destroy(manager->due);
    close(manager->directory);
}

static void run_depot(const char *name, void (*fn)(struct depot *depot))
{
    static struct depot depot;
    char path[200];
    snprintf(path, sizeof path, "%s/%s", test_directory(), name);
    CHECK(mkdir(path, 0700) == 0);
    depot = (struct depot){.params = {.active_limit = 100, .sync_batch = 1000}, .fn = fn};
    depot.conf.queue_files = str_of(path);
    depot.params.maximal_backoff_time = 4000000;
    depot.params.maximal_queue_lifetime = depot.params.bounce_queue_lifetime = 4000000;
    depot.manager = (struct manager){.run = &depot.run,
                                     .loop = loop_create(),
                                     .conf = &depot.conf,
                                     .params = &depot.params,
                                     .directory = open(path, O_RDONLY | O_DIRECTORY),
                                     .mail = -1,
                                     .boot = "00000000-0000-0000-0000-000000000000",
                                     .messages = hash_create(),
                                     .waiting = hash_create(),
                                     .reserved = hash_create(),
                                     .leaving = hash_create(),
                                     .transports = hash_create(),
                                     .due = heap_create(),
                                     .crowd = {.shares = hash_create()},
                                     .listed = true,
                                     .began_us = now_us()};
    depot.run.state = &depot.manager;
    queue_id_init(&depot.ids, 42, 1);
    sem_init(&depot.disk_is_held, 0, 0);
    sem_init(&depot.disk_may_go_on, 0, 0);
    CHECK(task_start(depot.manager.loop, depot_task, &depot));
    loop_run(depot.manager.loop);
    loop_destroy(depot.manager.loop);
    depot_forget(&depot.manager);
    sem_destroy(&depot.disk_is_held);
    sem_destroy(&depot.disk_may_go_on);
}

/* --- messages --- */

static struct envelope envelope_for(struct recipient rcpts[2], size_t count, bool hold)
{
    rcpts[0] = (struct recipient){.address = STR("a@x.example")};
    rcpts[1] = (struct recipient){.index = 1, .address = STR("b@y.example")};
    return (struct envelope){.sender = STR("from@x.example"),
                             .tenant = STR("x.example"),
                             .arrival_us = (uint64_t)now_us(),
                             .hold = hold,
                             .rcpts = rcpts,
                             .rcpts_count = count};
}

static struct queue_id new_id(struct depot *depot)
{
    return queue_id_next(&depot->ids, now_us());
}

/* Its file; the message as the intake told of it. */
static struct message *arrive(struct depot *depot, size_t rcpt_count, bool hold)
{
    struct recipient rcpts[2];
    struct envelope envelope = envelope_for(rcpts, rcpt_count, hold);
    struct queue_id id = new_id(depot);
    struct buf head, tail, octets;
    buf_init(&head, QUEUEFILE_ENVELOPE_LIMIT);
    buf_init(&tail, QUEUEFILE_ENVELOPE_LIMIT);
    buf_init(&octets, 10000);
    CHECK(queuefile_start(&envelope, crc32c(0, body), body.len, &head, &tail));
    buf_add(&head, body);
    int fd = openat(depot->manager.directory, id.text, O_CREAT | O_EXCL | O_WRONLY, 0600);
    CHECK(fd >= 0 && file_write_all(fd, buf_str(&head)));
    close(fd);
    CHECK(wire_encode(&envelope_message, &envelope, &octets));
    struct message *message = message_from_envelope(str_of(id.text), body.len, buf_str(&octets));
    CHECK(message != NULL);
    buf_finish(&head);
    buf_finish(&tail);
    buf_finish(&octets);
    return message;
}

static bool is_there(const struct depot *depot, const struct queue_id *id)
{
    return faccessat(depot->manager.directory, id->text, F_OK, 0) == 0;
}

static bool is_known(const struct depot *depot, const struct queue_id *id)
{
    return manager_knows(&depot->manager, str_of(id->text));
}

static void await_gone(const struct depot *depot, const struct queue_id *id)
{
    int64_t end = deadline_in(10000);
    while (is_there(depot, id) && time_monotonic_ms() < end)
        task_sleep(1);
    CHECK(!is_there(depot, id));
}

/* As one that is worked on. */
static void begin_work(struct depot *depot, struct message *message)
{
    hash_put(depot->manager.messages, str_of(message->id.text), message);
    crowd_enter(&depot->manager, message);
}

static void finish_work(struct depot *depot, struct message *message, bool unsynced)
{
    begin_work(depot, message);
    message->unsynced = unsynced;
    message_remove(&depot->manager, message);
}

/* --- notes and a slow disk --- */

/* A way in, as qmgr sees it. */
struct way {
    struct depot *depot;
    int far, near;
    bool ended;
};

static void serve_way(void *arg)
{
    struct way *way = arg;
    manager_serve(&way->depot->run, way->near, NULL);
    way->ended = true;
}

/* Tells of a message that arrived then. */
static const struct waiting *tell_of(struct depot *depot, const struct queue_id *id, int64_t arrival_us)
{
    struct recipient rcpts[2];
    struct envelope envelope = envelope_for(rcpts, 1, true);
    struct intake_hello hello = {.slot = QUEUE_ID_SLOTS};
    struct buf octets;
    struct way way = {.depot = depot};
    int ends[2];
    buf_init(&octets, 10000);
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    way.far = ends[0];
    way.near = ends[1];
    envelope.arrival_us = (uint64_t)arrival_us;
    CHECK(wire_encode(&envelope_message, &envelope, &octets));
    struct intake note = {.queue_id = str_of(id->text), .size = body.len, .envelope = buf_str(&octets)};
    CHECK(channel_send(way.far, INTAKE_HELLO, &intake_hello_message, &hello, NULL, 0, deadline_in(1000)));
    CHECK(channel_send(way.far, INTAKE_MESSAGE, &intake_message, &note, NULL, 0, deadline_in(1000)));
    io_close(way.far);
    CHECK(task_start(depot->manager.loop, serve_way, &way));
    while (!way.ended)
        task_sleep(1);
    buf_finish(&octets);
    return hash_get(depot->manager.waiting, str_of(id->text));
}

/* The same, of one whose file is gone. */
static const struct waiting *tell(struct depot *depot, int64_t arrival_us)
{
    struct queue_id id = new_id(depot);
    return tell_of(depot, &id, arrival_us);
}

static void hold_disk(void *arg)
{
    struct depot *depot = arg;
    sem_post(&depot->disk_is_held);
    while (sem_wait(&depot->disk_may_go_on) != 0)
        continue;
}

static void hold_disk_task(void *arg)
{
    struct depot *depot = arg;
    thread_pool_run(depot->manager.disk, hold_disk, depot);
}

static void take_up_slowly(struct depot *depot)
{
    struct manager *manager = &depot->manager;
    struct message *message = arrive(depot, 1, true);
    struct queue_id id = message->id;
    message_free(message);
    CHECK(task_start(manager->loop, hold_disk_task, depot));
    CHECK(waiting_add(manager, &id, now_us()) != NULL);
    CHECK(task_start(manager->loop, waiting_task, manager));
    task_yield();
    task_yield(); /* now it is being read */
    CHECK_INT(hash_count(manager->waiting), 0);
    CHECK(is_known(depot, &id));
    CHECK(waiting_add(manager, &id, now_us()) == NULL);
    sem_post(&depot->disk_may_go_on);
    while (hash_count(manager->waiting) == 0)
        task_sleep(1);
    const struct waiting *waiting = hash_get(manager->waiting, str_of(id.text));
    CHECK(waiting && waiting->due_us == INT64_MAX);
    CHECK_INT(hash_count(manager->reserved), 0);
}

TEST(what_is_just_being_read_is_known)
{
    run_depot("reading", take_up_slowly);
}

static void await_hold(struct depot *depot)
{
    while (sem_wait(&depot->disk_is_held) != 0)
        continue;
}

static void become_whole_while_it_is_read(struct depot *depot)
{
    struct manager *manager = &depot->manager;
    struct message *message = arrive(depot, 1, true);
    struct queue_id id = message->id;
    const struct waiting *waiting;
    message_free(message);
    CHECK(renameat(manager->directory, id.text, manager->directory, "whole") == 0);
    close(openat(manager->directory, id.text, O_CREAT | O_WRONLY, 0600));
    CHECK(task_start(manager->loop, hold_disk_task, depot));
    task_yield();
    CHECK(waiting_add(manager, &id, now_us()) != NULL);
    CHECK(task_start(manager->loop, waiting_task, manager));
    task_yield();
    CHECK(task_start(manager->loop, hold_disk_task, depot)); /* behind the reading */
    tell_of(depot, &id, now_us());
    await_hold(depot);
    sem_post(&depot->disk_may_go_on);
    await_hold(depot); /* so it was read */
    CHECK(renameat(manager->directory, "whole", manager->directory, id.text) == 0);
    sem_post(&depot->disk_may_go_on);
    int64_t end = deadline_in(10000);
    while (!(waiting = hash_get(manager->waiting, str_of(id.text))) && time_monotonic_ms() < end)
        task_sleep(1);
    CHECK(waiting && waiting->due_us == INT64_MAX);
}

/* Found by listing while it was written, and told of before qmgr knew that it had come too early. */
TEST(what_is_told_of_while_it_is_read_is_not_left_to_the_sweep)
{
    run_depot("early", become_whole_while_it_is_read);
}

/* --- removal --- */

static void remove_two(struct depot *depot)
{
    struct message *copied = arrive(depot, 1, true), *sent = arrive(depot, 1, true);
    struct queue_id copied_id = copied->id, sent_id = sent->id;
    finish_work(depot, copied, true);
    finish_work(depot, sent, false);
    await_gone(depot, &sent_id);
    CHECK(is_there(depot, &copied_id));
    await_gone(depot, &copied_id);
}

/* Who kills qmgr within that second has it sent again. */
TEST(what_waits_for_no_mailbox_does_not_wait_for_the_second_to_end)
{
    run_depot("two", remove_two);
}

static void remove_and_look(struct depot *depot)
{
    struct message *message = arrive(depot, 1, true);
    struct queue_id id = message->id;
    finish_work(depot, message, false);
    CHECK(is_known(depot, &id));
    await_gone(depot, &id);
    int64_t gone = time_monotonic_ms();
    while (is_known(depot, &id) && time_monotonic_ms() < gone + 10000)
        task_sleep(10);
    CHECK(!is_known(depot, &id));
    CHECK(time_monotonic_ms() - gone >= NOTE_BELIEVED_MS - 100);
}

TEST(what_is_gone_stays_known_as_long_as_a_note_of_it_is_believed)
{
    run_depot("gone", remove_and_look);
}

static void close_removal(struct depot *depot)
{
    struct message *copied = arrive(depot, 1, true), *sent = arrive(depot, 1, true),
                   *late = arrive(depot, 1, true);
    struct queue_id copied_id = copied->id, sent_id = sent->id, late_id = late->id;
    finish_work(depot, copied, true);
    finish_work(depot, sent, false);
    int64_t start = time_monotonic_ms();
    removal_close(&depot->manager);
    CHECK(time_monotonic_ms() - start < 900);
    CHECK(!is_there(depot, &copied_id) && !is_there(depot, &sent_id));
    finish_work(depot, late, false);
    CHECK(is_there(depot, &late_id) && !is_known(depot, &late_id)); /* the next qmgr's */
}

TEST(at_the_end_all_that_waits_is_removed_and_nothing_after)
{
    run_depot("close", close_removal);
}

/* --- what is remembered of copies --- */

static void settle_both(struct depot *depot)
{
    struct manager *manager = &depot->manager;
    struct message *message = arrive(depot, 2, false);
    struct queue_id id = message->id;
    const struct outcome mailbox = {.index = 0, .class = VERDICT_OK, .unsynced = true};
    const struct outcome sent = {.index = 1, .class = VERDICT_OK};
    begin_work(depot, message);
    message_note_outcome(message, &message->rcpts[0], &mailbox);
    message_note_outcome(message, &message->rcpts[1], &sent);
    message->unsynced = true;
    message_settle(manager, message);
    struct message *again = message_load(manager, &id); /* another qmgr */
    CHECK(again && again->rcpts[1].state == RCPT_DONE);
    CHECK(again && again->rcpts[0].state == RCPT_PENDING); /* the mailbox will notice */
    if (again)
        message_free(again);
}

TEST(what_was_sent_is_written_down_when_its_file_waits_for_a_mailbox)
{
    run_depot("both", settle_both);
}

/* As the file has it. */
static enum rcpt_state state_on_disk(struct depot *depot, const struct queue_id *id, size_t rcpt)
{
    struct message *message = message_load(&depot->manager, id);
    CHECK(message && message->rcpt_count > rcpt);
    enum rcpt_state state = message->rcpts[rcpt].state;
    message_free(message);
    return state;
}

/* A copy in a mailbox that may not be on disk, and a recipient to be tried later. Returns when it waits. */
static struct queue_id put_off_one(struct depot *depot)
{
    struct manager *manager = &depot->manager;
    struct message *message = arrive(depot, 2, false);
    struct queue_id id = message->id;
    const struct outcome mailbox = {.index = 0, .class = VERDICT_OK, .unsynced = true};
    const struct outcome later = {.index = 1, .class = VERDICT_DEFER};
    begin_work(depot, message);
    message_note_outcome(message, &message->rcpts[0], &mailbox);
    message_note_outcome(message, &message->rcpts[1], &later);
    message->unsynced = true;
    message_settle(manager, message);
    CHECK_INT(state_on_disk(depot, &id, 0), RCPT_PENDING);
    while (!hash_get(manager->waiting, str_of(id.text)))
        task_sleep(10);
    return id;
}

static void sync_and_record(struct depot *depot)
{
    struct queue_id id = put_off_one(depot);
    CHECK_INT(state_on_disk(depot, &id, 0), RCPT_DONE);
    CHECK_INT(state_on_disk(depot, &id, 1), RCPT_PENDING);
}

/* Else a power cut could leave the record and take the copy. */
TEST(that_a_mailbox_has_it_is_written_down_when_the_mailboxes_were_synced)
{
    run_depot("synced", sync_and_record);
}

static void fail_to_sync(struct depot *depot)
{
    depot->manager.mail = open("/", O_PATH | O_CLOEXEC); /* syncfs says EBADF */
    struct queue_id id = put_off_one(depot);
    CHECK_INT(state_on_disk(depot, &id, 0), RCPT_PENDING);
    close(depot->manager.mail);
}

TEST(after_a_sync_that_failed_the_mailbox_gets_it_again)
{
    run_depot("unsynced", fail_to_sync);
}

/* --- the index --- */

static void open_index(struct manager *manager)
{
    manager->index = index_open(manager);
    CHECK(manager->index && index_start(manager->index));
}

static void leave_the_line(struct depot *depot)
{
    struct manager *manager = &depot->manager;
    struct message *message = arrive(depot, 0, false); /* for nobody: done when it is taken up */
    struct queue_id id = message->id;
    int64_t due_us;
    open_index(manager);
    message_park_in_line(manager, message);
    index_close(manager);
    open_index(manager);
    CHECK(index_due(manager->index, &id, &due_us));
    CHECK(task_start(manager->loop, waiting_task, manager));
    crowd_advance(manager);
    await_gone(depot, &id);
    index_close(manager);
    open_index(manager);
    CHECK(!index_due(manager->index, &id, &due_us));
}

TEST(what_stood_in_line_leaves_nothing_in_the_index)
{
    run_depot("index", leave_the_line);
}

/* --- notes --- */

static void tell_of_three(struct depot *depot)
{
    const struct waiting *fresh = tell(depot, now_us());
    CHECK(fresh && fresh->due_us == INT64_MAX);
    int64_t begun = depot->manager.began_us;
    depot->manager.began_us = 0;
    const struct waiting *late = tell(depot, now_us() - (NOTE_BELIEVED_MS + 10) * INT64_C(1000));
    CHECK(late && late->due_us != INT64_MAX); /* due to be read */
    const struct waiting *to_come = tell(depot, now_us() + 3600 * INT64_C(1000000));
    CHECK(to_come && to_come->due_us != INT64_MAX);
    depot->manager.began_us = begun;
    const struct waiting *before = tell(depot, begun - 1);
    CHECK(before && before->due_us != INT64_MAX);
    CHECK(task_start(depot->manager.loop, waiting_task, &depot->manager));
    while (hash_count(depot->manager.waiting) > 1)
        task_sleep(1);
    CHECK_INT(hash_count(depot->manager.messages), 0);
}

TEST(an_envelope_is_believed_only_while_what_is_gone_stays_known)
{
    run_depot("notes", tell_of_three);
}

/* --- orders --- */

/* Something that cannot be done, to one that waits. */
static void order_nothing(struct depot *depot, const struct queue_id *id)
{
    struct queue_order order = {.order = 99, .queue_id = str_of(id->text)};
    struct way way = {.depot = depot};
    int ends[2];
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    way.far = ends[0];
    way.near = ends[1];
    CHECK(channel_send(way.far, QUEUE_KIND_ORDER, &queue_order_message, &order, NULL, 0, deadline_in(1000)));
    CHECK(shutdown(way.far, SHUT_WR) == 0);
    CHECK(task_start(depot->manager.loop, serve_way, &way));
    while (!way.ended)
        task_sleep(1);
    io_close(way.far);
}

static void order_unread(struct depot *depot)
{
    struct manager *manager = &depot->manager;
    struct message *message = arrive(depot, 1, false);
    struct queue_id id = message->id;
    int64_t later = now_us() + 600 * INT64_C(1000000);
    struct queue_record retry = {.kind = QUEUE_RETRY, .next_us = (uint64_t)later, .attempts = 1};
    CHECK(message_append(manager, message, &retry));
    message_free(message);
    CHECK(!waiting_add_found(manager, &id)); /* due to be read */
    order_nothing(depot, &id);
    const struct waiting *waiting = hash_get(manager->waiting, str_of(id.text));
    CHECK(waiting && waiting->due_us == later);
}

TEST(an_order_that_reads_a_message_brings_its_next_attempt_no_nearer)
{
    run_depot("order", order_unread);
}

/* --- journals of ways in --- */

static void begin_way(struct way *way, struct depot *depot, uint64_t slot)
{
    struct intake_hello hello = {.slot = slot};
    uint64_t before = depot->manager.lines_count;
    int ends[2];
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    *way = (struct way){.depot = depot, .far = ends[0], .near = ends[1]};
    CHECK(channel_send(way->far, INTAKE_HELLO, &intake_hello_message, &hello, NULL, 0, deadline_in(1000)));
    CHECK(task_start(depot->manager.loop, serve_way, way));
    while (depot->manager.lines_count == before)
        task_sleep(1);
}

static void end_way(struct way *way)
{
    io_close(way->far);
    while (!way->ended)
        task_sleep(1);
}

static void seal(const struct way *way, uint64_t serial)
{
    struct intake_seal seal = {.serial = serial}, answer = {0};
    struct packet packet;
    struct arena *arena = arena_create(1000);
    packet_init(&packet);
    CHECK(channel_send(way->far, INTAKE_SEAL, &intake_seal_message, &seal, NULL, 0, deadline_in(1000)));
    CHECK_INT(channel_receive(way->far, &packet, deadline_in(10000)), 1);
    CHECK_INT(packet.kind, INTAKE_SEALED);
    CHECK(packet_decode(&packet, &intake_seal_message, arena, &answer));
    CHECK_INT(answer.serial, serial);
    packet_finish(&packet);
    arena_destroy(arena);
}

/* A message that the newest way in told of. */
static struct message *arrive_in_journal(struct depot *depot, uint64_t serial)
{
    struct message *message = arrive(depot, 1, true);
    message->line = depot->manager.lines_count;
    message->journal = serial;
    return message;
}

static void seal_segments(struct depot *depot)
{
    struct manager *manager = &depot->manager;
    struct way way, other, again;
    manager->one_file_system = true;
    begin_way(&way, depot, 7);
    struct message *message = arrive_in_journal(depot, 3);
    begin_way(&other, depot, 8);
    CHECK(message_is_in_journal(manager, message));
    seal(&way, 2);
    seal(&other, 9);
    CHECK(message_is_in_journal(manager, message));
    seal(&way, 3);
    CHECK(!message_is_in_journal(manager, message));
    message->journal = 4;
    CHECK(message_is_in_journal(manager, message));
    manager->one_file_system = false; /* the checkpoint does not sync the mailboxes */
    CHECK(!message_is_in_journal(manager, message));
    manager->one_file_system = true;
    seal(&way, 1); /* late: what was sealed stays so */
    message->journal = 3;
    CHECK(!message_is_in_journal(manager, message));
    message->journal = 4;
    begin_way(&again, depot, 7); /* the old line may be heard of no more */
    CHECK(!message_is_in_journal(manager, message));
    message->line = manager->lines_count;
    CHECK(message_is_in_journal(manager, message));
    message->journal = 0; /* safe in its file */
    CHECK(!message_is_in_journal(manager, message));
    message_free(message);
    end_way(&way);
    end_way(&other);
    end_way(&again);
}

TEST(a_journal_covers_until_its_segment_is_sealed)
{
    run_depot("seal", seal_segments);
}

static void lose_ways(struct depot *depot)
{
    struct manager *manager = &depot->manager;
    struct way way;
    manager->one_file_system = true;
    begin_way(&way, depot, 7);
    struct message *message = arrive_in_journal(depot, 1);
    lines_distrust(manager, 8);
    CHECK(message_is_in_journal(manager, message));
    lines_distrust(manager, 7); /* its journal was found without its lock */
    CHECK(!message_is_in_journal(manager, message));
    end_way(&way);
    begin_way(&way, depot, 7);
    message->line = manager->lines_count;
    CHECK(message_is_in_journal(manager, message));
    end_way(&way);
    CHECK(!message_is_in_journal(manager, message));
    message_free(message);
}

TEST(a_journal_whose_writer_is_gone_covers_nothing)
{
    run_depot("left", lose_ways);
}

static void remove_from_journal(struct depot *depot)
{
    struct way way;
    depot->manager.one_file_system = true;
    begin_way(&way, depot, 7);
    struct message *covered = arrive_in_journal(depot, 1), *sealed = arrive_in_journal(depot, 0);
    struct queue_id covered_id = covered->id, sealed_id = sealed->id;
    finish_work(depot, sealed, true);
    finish_work(depot, covered, true);
    await_gone(depot, &covered_id);
    CHECK(is_there(depot, &sealed_id));
    await_gone(depot, &sealed_id);
    end_way(&way);
}

TEST(what_a_journal_covers_does_not_wait_for_a_sync_of_the_mailboxes)
{
    run_depot("covered", remove_from_journal);
}
