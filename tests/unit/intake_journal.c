/* SPDX-License-Identifier: BSD-2-Clause */
/* Small messages are made safe together: what was committed through the journal is in it, octet by octet,
 * until a checkpoint says that it is not needed any more. */
#include "unit/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "intake/announcer.h"
#include "intake/letter.h"
#include "io/boot.h"
#include "io/file.h"
#include "io/listen.h"
#include "io/task.h"
#include "mail/commit_journal.h"
#include "mail/queuefile.h"
#include "wire/channel.h"
#include "wire/intake_seal.h"

enum { MIB = 1024 * 1024, JOURNAL_ROOM = 32 * MIB, PATIENCE_MS = 20000, LETTERS = 40 };

static const char boot[BOOT_ID_LENGTH + 1] = "0f1c2d3e-0000-4000-8000-00000000beef";

/* A process that takes mail in. `story` runs as a task; the tests' other tasks are its helpers. */
struct desk {
    char directory[200];
    int fd;           /* of the directory */
    const char *qmgr; /* socket; NULL: nobody is told */
    struct loop *loop;
    struct intake *intake;
    struct queue_id_maker ids;
    struct queue_id committed[LETTERS];
    size_t count, refused, under_way;
    size_t octets; /* of a letter's body */
};

static void desk_run(struct desk *desk, const char *name, void (*story)(void *desk))
{
    struct verdict verdict;
    snprintf(desk->directory, sizeof desk->directory, "%s/%s", test_directory(), name);
    CHECK(file_make_dirs(desk->directory, 0700));
    desk->fd = open(desk->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    desk->loop = loop_create();
    struct intake_options options = {.loop = desk->loop,
                                     .queue_directory = desk->directory,
                                     .qmgr_socket = desk->qmgr,
                                     .commit_threads = 3,
                                     .boot = boot,
                                     .slot = 5,
                                     .memory_limit = 100 * MIB};
    desk->intake = intake_create(&options, &verdict);
    queue_id_init(&desk->ids, 5, 12345);
    CHECK(desk->intake && task_start(desk->loop, story, desk));
    loop_run(desk->loop);
    loop_destroy(desk->loop);
    close(desk->fd);
}

static void commit_task(void *arg)
{
    struct desk *desk = arg;
    struct letter_terms terms = {.hostname = STR("mx.example.org")};
    struct envelope envelope = {.sender = STR("marie@example.org"), .arrival_us = 1};
    struct queue_id id = queue_id_next(&desk->ids, 1700000000000000);
    struct verdict verdict;
    struct letter *letter = letter_begin(desk->intake, str_of(id.text), &terms);
    char *body = calloc(desk->octets + 1, 1);
    memset(body, 'b', desk->octets);
    CHECK(letter_add(letter, STR("Subject: x\r\n\r\n"), &verdict) &&
          letter_add(letter, str_make(body, desk->octets), &verdict));
    if (letter_commit(letter, &envelope, &verdict))
        desk->committed[desk->count++] = id;
    else
        desk->refused++;
    letter_discard(letter);
    free(body);
    desk->under_way--;
}

/* So many at once. */
static void commit_some(struct desk *desk, size_t count, size_t octets)
{
    desk->count = desk->refused = 0;
    desk->octets = octets;
    desk->under_way = count;
    for (size_t i = 0; i < count; i++)
        CHECK(task_start(desk->loop, commit_task, desk));
    while (desk->under_way)
        task_sleep(1);
}

/* Reads journals one after the other; false at the end. */
static bool next_journal(DIR *walk, const struct desk *desk, struct buf *file,
                         struct commit_journal_head *head)
{
    const struct dirent *entry;
    while ((entry = readdir(walk))) {
        if (!str_starts(str_of(entry->d_name), STR(COMMIT_JOURNAL_PREFIX)))
            continue;
        buf_clear(file);
        if (file_read_whole(desk->fd, entry->d_name, file) &&
            commit_journal_get_head(buf_str(file), head) == COMMIT_JOURNAL_OK)
            return true;
    }
    return false;
}

struct census {
    size_t journals, wanted; /* wanted: records that a power cut would need */
};

static bool is_file(const struct desk *desk, const struct commit_journal_record *record)
{
    char name[QUEUE_ID_LENGTH + 1];
    struct buf file;
    snprintf(name, sizeof name, STR_FMT, STR_ARG(record->id));
    buf_init(&file, MIB);
    bool same = file_read_whole(desk->fd, name, &file) && str_eq(buf_str(&file), record->payload);
    buf_finish(&file);
    return same;
}

static struct census take_census(const struct desk *desk)
{
    struct census census = {0};
    struct commit_journal_head head;
    struct buf file;
    DIR *walk = opendir(desk->directory);
    buf_init(&file, JOURNAL_ROOM);
    while (next_journal(walk, desk, &file, &head)) {
        struct commit_journal_walk records = commit_journal_walk(buf_str(&file), &head);
        struct commit_journal_record record;
        CHECK_STR(str_of(head.boot), boot);
        census.journals++;
        while (commit_journal_next(&records, &record)) {
            CHECK(is_file(desk, &record));
            census.wanted++;
        }
    }
    closedir(walk);
    buf_finish(&file);
    return census;
}

/* Until a checkpoint has made the journal empty. */
static bool becomes_empty(const struct desk *desk)
{
    int64_t end = deadline_in(PATIENCE_MS);
    while (take_census(desk).wanted && time_monotonic_ms() < end)
        task_sleep(5);
    return take_census(desk).wanted == 0;
}

static void await_journals(const struct desk *desk, size_t count)
{
    int64_t end = deadline_in(PATIENCE_MS);
    while (take_census(desk).journals < count && time_monotonic_ms() < end)
        task_sleep(5);
    CHECK_INT(take_census(desk).journals, count);
}

/* The first letter makes the journal wanted, and is synced by itself. */
static void await_journal(struct desk *desk)
{
    commit_some(desk, 1, 100);
    CHECK_INT(desk->count, 1);
    await_journals(desk, 1);
}

static void small_letters(void *arg)
{
    struct desk *desk = arg;
    await_journal(desk);
    for (int round = 0; round < 2; round++) {
        commit_some(desk, LETTERS, 500);
        CHECK_INT(desk->count, LETTERS);
        CHECK_INT(take_census(desk).wanted, LETTERS);
        CHECK(becomes_empty(desk));
    }
    intake_destroy(desk->intake);
}

TEST(small_letters_are_in_the_journal_until_a_checkpoint)
{
    struct desk desk = {.count = 0};
    desk_run(&desk, "small", small_letters);
}

static void large_letters(void *arg)
{
    struct desk *desk = arg;
    await_journal(desk);
    commit_some(desk, 3, 30 * 1024);
    CHECK_INT(desk->count, 3);
    CHECK_INT(take_census(desk).wanted, 0);
    intake_destroy(desk->intake);
}

TEST(large_letters_are_not)
{
    struct desk desk = {.count = 0};
    desk_run(&desk, "large", large_letters);
}

/* More goes through the journal in a second than the first one takes. */
static void many_letters(void *arg)
{
    struct desk *desk = arg;
    await_journal(desk);
    for (int round = 0; round < 8; round++) {
        commit_some(desk, LETTERS, 20 * 1024);
        CHECK_INT(desk->count, LETTERS);
    }
    CHECK(becomes_empty(desk));
    CHECK(take_census(desk).journals > 1);
    intake_destroy(desk->intake);
}

TEST(a_journal_that_is_full_gets_another_and_no_letter_waits)
{
    struct desk desk = {.count = 0};
    desk_run(&desk, "full", many_letters);
}

static void a_name_that_is_taken(void *arg)
{
    struct desk *desk = arg;
    struct queue_id_maker copy;
    await_journal(desk);
    copy = desk->ids;
    struct queue_id taken = queue_id_next(&copy, 1700000000000000);
    CHECK(file_replace(desk->fd, taken.text, STR("another's"), 0600));
    commit_some(desk, 5, 500);
    CHECK_INT(desk->count, 4);
    CHECK_INT(desk->refused, 1);
    CHECK_INT(take_census(desk).wanted, 4);
    intake_destroy(desk->intake);
}

TEST(a_letter_that_cannot_be_written_spoils_no_other_of_its_group)
{
    struct desk desk = {.count = 0};
    desk_run(&desk, "taken", a_name_that_is_taken);
}

static void no_journal(void *arg)
{
    struct desk *desk = arg;
    for (int round = 0; round < 3; round++) {
        commit_some(desk, LETTERS, 500);
        CHECK_INT(desk->count, LETTERS);
    }
    CHECK_INT(take_census(desk).journals, 0);
    intake_destroy(desk->intake);
}

/* No file may be as large as a journal: each letter is synced by itself. */
static void without_room(void *arg)
{
    struct rlimit limit = {512 * 1024, 512 * 1024};
    (void)arg;
    signal(SIGXFSZ, SIG_IGN);
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    struct desk desk = {.count = 0};
    desk_run(&desk, "no room", no_journal);
}

TEST(without_room_for_a_journal_letters_are_committed_all_the_same)
{
    CHECK_INT(test_child(without_room, NULL), 0);
}

/* --- qmgr has a say --- */

static bool answer_seal(int fd, const struct packet *packet)
{
    struct intake_seal seal;
    struct arena *arena = arena_create(1000);
    bool answered =
        packet_decode(packet, &intake_seal_message, arena, &seal) &&
        channel_send(fd, INTAKE_SEALED, &intake_seal_message, &seal, NULL, 0, deadline_in(PATIENCE_MS));
    arena_destroy(arena);
    return answered;
}

static int take_way(int listener)
{
    struct address peer;
    int fd = accept_one(listener, &peer, deadline_in(PATIENCE_MS));
    CHECK(fd >= 0);
    return fd;
}

/* Hears it until it asks. */
static bool next_seal(int fd, struct packet *packet)
{
    while (channel_receive(fd, packet, deadline_in(PATIENCE_MS)) == 1)
        if (packet->kind == INTAKE_SEAL)
            return true;
    return false;
}

static void answer_task(void *arg)
{
    int fd = *(const int *)arg;
    struct packet packet;
    packet_init(&packet);
    while (next_seal(fd, &packet) && answer_seal(fd, &packet))
        continue;
    packet_finish(&packet);
    io_close(fd);
}

static void end_story(struct desk *desk, int listener)
{
    CHECK(becomes_empty(desk));
    intake_destroy(desk->intake);
    while (loop_task_count(desk->loop) > 1)
        task_sleep(1);
    close(listener);
}

static void wait_for_qmgr(void *arg)
{
    struct desk *desk = arg;
    struct packet packet;
    int listener = listen_unix(desk->qmgr, SOCK_SEQPACKET, 0600), fd;
    packet_init(&packet);
    await_journal(desk);
    commit_some(desk, LETTERS, 500);
    fd = take_way(listener);
    CHECK(next_seal(fd, &packet));
    io_close(fd); /* qmgr dies */
    CHECK_INT(take_census(desk).wanted, LETTERS);
    fd = take_way(listener);
    CHECK(task_start(desk->loop, answer_task, &fd));
    packet_finish(&packet);
    end_story(desk, listener);
}

TEST(without_qmgrs_answer_there_is_no_checkpoint)
{
    char path[200];
    snprintf(path, sizeof path, "%s/qmgr", test_directory());
    struct desk desk = {.qmgr = path};
    desk_run(&desk, "asked", wait_for_qmgr);
}

static void commit_meanwhile(void *arg)
{
    struct desk *desk = arg;
    struct packet packet;
    int listener = listen_unix(desk->qmgr, SOCK_SEQPACKET, 0600), fd;
    packet_init(&packet);
    await_journal(desk);
    commit_some(desk, LETTERS, 500);
    fd = take_way(listener);
    CHECK(next_seal(fd, &packet));
    commit_some(desk, 5, 500); /* there is no second journal yet */
    CHECK_INT(take_census(desk).wanted, LETTERS);
    CHECK(answer_seal(fd, &packet));
    await_journals(desk, 2);
    commit_some(desk, LETTERS, 500);
    CHECK(next_seal(fd, &packet));
    commit_some(desk, 5, 500);
    CHECK_INT(take_census(desk).wanted, LETTERS + 5);
    CHECK(answer_seal(fd, &packet));
    CHECK(task_start(desk->loop, answer_task, &fd));
    packet_finish(&packet);
    end_story(desk, listener);
}

TEST(letters_that_come_during_a_checkpoint_have_the_next_one)
{
    char path[200];
    snprintf(path, sizeof path, "%s/qmgr.meanwhile", test_directory());
    struct desk desk = {.qmgr = path};
    desk_run(&desk, "meanwhile", commit_meanwhile);
}
