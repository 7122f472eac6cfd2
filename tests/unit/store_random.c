/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random changes by several handles against a model that is nothing but arrays; and programs that die at any
 * moment while they deliver and append to one mailbox. The seed is fixed, so a failure comes again.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "store/parts.h"
#include "unit/test.h"

enum { HANDLES = 3, BOXES = 2, STEPS = 3000, MODEL_ROOM = 4096 };

static struct verdict verdict;
static char home[128];
static const char *const names[BOXES] = {"INBOX", "Sent"};

#define OK(call) test_ok((call), __LINE__)
static void test_ok(enum store_result result, int line)
{
    if (result != STORE_OK)
        test_failed(__FILE__, line, "result %d: %s", result, verdict.text);
}

static uint64_t random_state = 20261123;
static unsigned dice(unsigned sides)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state % sides);
}

static struct store *open_store(void)
{
    struct store *store = NULL;
    struct store_options options = {
        .create = true, .compact_size = 16 * 1024, .default_folders = STR("Sent \\Sent")};
    OK(store_open(home, &options, &store, &verdict));
    return store;
}

/* --- the model --- */

struct model_message {
    uint32_t uid;
    uint8_t flags;
    unsigned size;
};
struct model_box {
    struct model_message at[MODEL_ROOM];
    size_t count;
    uint32_t last_uid; /* ever given */
};
static struct model_box model[BOXES];

static void model_add(unsigned box, uint32_t uid, uint8_t flags, unsigned size)
{
    CHECK(uid > model[box].last_uid); /* never given before, ascending */
    model[box].last_uid = uid;
    model[box].at[model[box].count++] = (struct model_message){uid, flags, size};
}

static bool covers(struct uid_range range, uint32_t uid)
{
    return uid >= range.first && uid <= range.last;
}

static void model_remove(unsigned box, struct uid_range range, bool all)
{
    size_t kept = 0;
    for (size_t i = 0; i < model[box].count; i++) {
        struct model_message message = model[box].at[i];
        if (!covers(range, message.uid) || !(all || (message.flags & MESSAGE_DELETED)))
            model[box].at[kept++] = message;
    }
    model[box].count = kept;
}

/* --- the handles --- */

struct handle {
    struct store *store;
    struct mailbox *boxes[BOXES];
};
static struct handle handles[HANDLES];
static struct arena *arena;

static void handle_open(struct handle *handle)
{
    handle->store = open_store();
    for (unsigned i = 0; i < BOXES; i++)
        OK(mailbox_open(handle->store, str_of(names[i]), false, &handle->boxes[i], &verdict));
}

static void handle_close(struct handle *handle)
{
    for (unsigned i = 0; i < BOXES; i++)
        mailbox_close(handle->boxes[i]);
    store_close(handle->store);
}

static void handle_sync(struct handle *handle, unsigned box)
{
    struct mailbox_changes changes;
    OK(mailbox_sync(handle->boxes[box], true, arena, &changes, &verdict));
}

/* After a sync a handle sees what the model has. */
static void compare(struct handle *handle, unsigned box)
{
    struct mailbox *mailbox = handle->boxes[box];
    struct mailbox_status status;
    uint32_t unseen = 0;
    uint64_t size = 0;
    CHECK_INT(mailbox_count(mailbox), model[box].count);
    for (size_t i = 0; i < model[box].count && i < mailbox_count(mailbox); i++) {
        const struct message *message = mailbox_message(mailbox, i);
        CHECK_INT(message->uid, model[box].at[i].uid);
        CHECK_INT(message->flags, model[box].at[i].flags);
        CHECK_INT(message->size, model[box].at[i].size);
        unseen += !(model[box].at[i].flags & MESSAGE_SEEN);
        size += model[box].at[i].size;
    }
    OK(store_status(handle->store, str_of(names[box]), &status, &verdict));
    CHECK_INT(status.messages, model[box].count);
    CHECK_INT(status.unseen, unseen);
    CHECK_INT(status.size, size);
    CHECK(status.uidnext > model[box].last_uid);
}

static struct uid_range some_uids(unsigned box)
{
    if (model[box].count == 0)
        return (struct uid_range){1, 1};
    uint32_t first = model[box].at[dice((unsigned)model[box].count)].uid;
    return (struct uid_range){first, first + dice(4)};
}

/* --- one random change each --- */

static void step_append(struct handle *handle, unsigned box)
{
    struct append *append;
    struct uid_pairs pairs;
    unsigned messages = 1 + dice(3), sizes[3];
    uint8_t flags = (uint8_t)dice(32);
    OK(append_begin(handle->store, str_of(names[box]), &append, &verdict));
    for (unsigned i = 0; i < messages; i++) {
        sizes[i] = 10 + dice(100);
        for (unsigned octet = 0; octet < sizes[i]; octet++)
            OK(append_write(append, STR("x"), &verdict));
        OK(append_message(append, &(struct append_about){.flags = flags}, &verdict));
    }
    OK(append_commit(append, &pairs, &verdict));
    CHECK_INT(pairs.count, messages);
    for (unsigned i = 0; i < messages; i++)
        model_add(box, pairs.to[i], flags, sizes[i]);
    uid_pairs_finish(&pairs);
}

static void step_flags(struct handle *handle, unsigned box)
{
    struct uid_range range = some_uids(box);
    struct flags_result result;
    struct flags_change change = {
        .how = (enum flags_how)dice(3), .flags = (uint8_t)dice(32), .unchanged_since = UINT64_MAX};
    handle_sync(handle, box); /* what a handle does not know it does not change */
    OK(mailbox_store_flags(handle->boxes[box], (struct uid_ranges){&range, 1}, &change, arena, &result,
                           &verdict));
    for (size_t i = 0; i < model[box].count; i++) {
        uint8_t *flags = &model[box].at[i].flags;
        if (!covers(range, model[box].at[i].uid))
            continue;
        uint8_t with[] = {*flags | change.flags, *flags & (uint8_t)~change.flags, change.flags};
        *flags = with[change.how];
    }
}

static void step_expunge(struct handle *handle, unsigned box)
{
    struct uid_range range = some_uids(box);
    bool all = dice(2);
    handle_sync(handle, box);
    OK(mailbox_expunge(handle->boxes[box], (struct uid_ranges){&range, 1}, all, &verdict));
    model_remove(box, range, all);
}

static void step_transfer(struct handle *handle, unsigned box, bool move)
{
    struct uid_range range = some_uids(box);
    struct uid_pairs pairs;
    unsigned to = dice(BOXES);
    handle_sync(handle, box);
    struct mailbox *mailbox = handle->boxes[box];
    OK((move ? mailbox_move : mailbox_copy)(mailbox, (struct uid_ranges){&range, 1}, str_of(names[to]),
                                            &pairs, &verdict));
    size_t pair = 0, known = model[box].count;
    for (size_t i = 0; i < known; i++) {
        struct model_message message = model[box].at[i];
        if (covers(range, message.uid) && pair < pairs.count) {
            CHECK_INT(pairs.from[pair], message.uid);
            model_add(to, pairs.to[pair++], message.flags, message.size);
        }
    }
    CHECK_INT(pair, pairs.count);
    if (pair && range.last > pairs.from[pair - 1])
        range.last = pairs.from[pair - 1]; /* not what came into the mailbox just now */
    if (move)
        model_remove(box, range, true);
    uid_pairs_finish(&pairs);
}

static void step(void)
{
    struct handle *handle = &handles[dice(HANDLES)];
    unsigned box = dice(BOXES), kind = dice(100);
    if (kind < 25 && model[box].count < 200)
        step_append(handle, box);
    else if (kind < 55)
        step_flags(handle, box);
    else if (kind < 70)
        step_expunge(handle, box);
    else if (kind < 90 && model[0].count + model[1].count < 500)
        step_transfer(handle, box, kind < 80);
    else if (kind < 98) {
        handle_sync(handle, box);
        compare(handle, box);
    } else {
        handle_close(handle);
        handle_open(handle);
    }
}

TEST(random_changes_by_several_handles_agree_with_the_model)
{
    snprintf(home, sizeof home, "%s/model", test_directory());
    arena = arena_create(64 << 20);
    for (unsigned i = 0; i < HANDLES; i++)
        handle_open(&handles[i]);
    for (unsigned i = 0; i < STEPS; i++) {
        step();
        arena_reset(arena);
    }
    for (unsigned i = 0; i < HANDLES; i++) {
        handle_close(&handles[i]);
        handle_open(&handles[i]);
        for (unsigned box = 0; box < BOXES; box++)
            compare(&handles[i], box);
    }
    CHECK(handles[0].store->generation > 3); /* it was compacted in between */
    for (unsigned i = 0; i < HANDLES; i++)
        handle_close(&handles[i]);
    arena_destroy(arena);
}

/* --- programs that die --- */

enum { WRITERS = 4, KILLS = 40, NUMBERS = 4000 };

struct acknowledged {
    uint32_t writer, number, uid;
};

static void deliver_one(struct store *store, uint32_t writer, uint32_t number, int fd, int report)
{
    struct delivery_result delivered;
    char id[32];
    snprintf(id, sizeof id, "W%uN%u", writer, number);
    struct delivery delivery = {
        .mailbox = STR("INBOX"), .queue_id = str_of(id), .prefix = STR("A: b\r\n"), .fd = fd, .size = 2};
    if (store_deliver(store, &delivery, &delivered, &verdict) != STORE_OK)
        _exit(1);
    struct acknowledged ack = {writer, number, delivered.uid};
    if (write(report, &ack, sizeof ack) != sizeof ack)
        _exit(1);
}

/* Delivers from `number` on until it is killed. */
static pid_t start_writer(uint32_t writer, uint32_t number, int fd, int report)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    struct store *store = NULL;
    struct store_options options = {.create = true, .compact_size = 16 * 1024};
    if (store_open(home, &options, &store, &verdict) != STORE_OK)
        _exit(1);
    for (; number < NUMBERS; number++)
        deliver_one(store, writer, number, fd, report);
    _exit(0);
}

struct crowd {
    pid_t pids[WRITERS];
    uint32_t next[WRITERS];
    uint32_t uids[WRITERS][NUMBERS]; /* acknowledged */
    int pipe[2], fd;
};
static struct crowd crowd;

static void read_acknowledgements(void)
{
    struct acknowledged ack;
    while (read(crowd.pipe[0], &ack, sizeof ack) == sizeof ack) {
        uint32_t *uid = &crowd.uids[ack.writer][ack.number];
        CHECK(*uid == 0 || *uid == ack.uid); /* a repeated delivery is the same message */
        *uid = ack.uid;
        if (ack.number >= crowd.next[ack.writer])
            crowd.next[ack.writer] = ack.number + 1;
    }
}

static void kill_and_restart(uint32_t writer)
{
    int status;
    kill(crowd.pids[writer], SIGKILL);
    waitpid(crowd.pids[writer], &status, 0);
    CHECK(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    read_acknowledgements();
    uint32_t again = crowd.next[writer] ? crowd.next[writer] - 1 : 0; /* the last one is repeated */
    crowd.pids[writer] = start_writer(writer, again, crowd.fd, crowd.pipe[1]);
}

static void check_crowd(void)
{
    static bool seen[WRITERS * NUMBERS * 2];
    struct store *store = open_store();
    struct mailbox *mailbox;
    size_t wanted = 0;
    OK(mailbox_open(store, STR("INBOX"), false, &mailbox, &verdict));
    for (uint32_t writer = 0; writer < WRITERS; writer++) {
        for (uint32_t number = 0; number < crowd.next[writer]; number++) {
            uint32_t uid = crowd.uids[writer][number];
            char name[64];
            snprintf(name, sizeof name, "W%uN%u.r0.relais,S=8,W=8", writer, number);
            size_t i = mailbox_find(mailbox, uid);
            CHECK(uid && i < mailbox_count(mailbox) && mailbox_message(mailbox, i)->uid == uid);
            if (uid && i < mailbox_count(mailbox))
                CHECK_STR(mailbox_message(mailbox, i)->name, name);
            CHECK(!seen[uid % (sizeof seen)]);
            seen[uid % (sizeof seen)] = true;
            wanted++;
        }
    }
    /* Beyond what was acknowledged each writer may have one message that it died over. */
    CHECK(mailbox_count(mailbox) >= wanted && mailbox_count(mailbox) <= wanted + WRITERS);
    printf("       %zu deliveries acknowledged over %d kills\n", wanted, KILLS);
    mailbox_close(mailbox);
    store_close(store);
}

TEST(what_was_acknowledged_survives_programs_that_are_killed)
{
    char path[160];
    snprintf(home, sizeof home, "%s/crowd", test_directory());
    snprintf(path, sizeof path, "%s/octets", test_directory());
    crowd.fd = open(path, O_RDWR | O_CREAT, 0600);
    CHECK(write(crowd.fd, "\r\n", 2) == 2);
    CHECK(pipe2(crowd.pipe, O_CLOEXEC) == 0 && fcntl(crowd.pipe[0], F_SETFL, O_NONBLOCK) == 0);
    store_close(open_store());
    for (uint32_t i = 0; i < WRITERS; i++)
        crowd.pids[i] = start_writer(i, 0, crowd.fd, crowd.pipe[1]);
    for (int kills = 0; kills < KILLS; kills++) {
        struct timespec pause = {0, (long)(1 + dice(30)) * 1000000};
        nanosleep(&pause, NULL);
        read_acknowledgements();
        kill_and_restart(dice(WRITERS));
    }
    for (uint32_t i = 0; i < WRITERS; i++) {
        kill(crowd.pids[i], SIGKILL);
        waitpid(crowd.pids[i], NULL, 0);
    }
    read_acknowledgements();
    check_crowd();
    close(crowd.pipe[0]);
    close(crowd.pipe[1]);
    close(crowd.fd);
}
