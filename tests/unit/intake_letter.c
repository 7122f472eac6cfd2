/* SPDX-License-Identifier: BSD-2-Clause */
/* The way into the queue: what is completed, what is counted, where it is kept, and that nothing is left of
 * what was not committed. */
#include "unit/test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc.h"
#include "intake/letter.h"
#include "intake/process.h"
#include "io/file.h"
#include "mail/date.h"
#include "mail/header.h"
#include "mail/queuefile.h"

enum { PIECE = 60000, MIB = 1024 * 1024 };

struct desk {
    char directory[100];
    struct intake *intake;
    struct queue_id_maker ids;
    struct queue_id id;
    struct letter *letter;
    struct envelope envelope;
    struct verdict verdict;
};

static void desk_open(struct desk *desk, const char *name, uint64_t memory_limit, uint64_t size_limit)
{
    *desk = (struct desk){.verdict = {.class = VERDICT_OK}};
    snprintf(desk->directory, sizeof desk->directory, "%s/%s", test_directory(), name);
    CHECK(file_make_dirs(desk->directory, 0700));
    struct intake_options options = {
        .queue_directory = desk->directory, .memory_limit = memory_limit, .message_size_limit = size_limit};
    desk->intake = intake_create(&options, &desk->verdict);
    CHECK(desk->intake != NULL);
    queue_id_init(&desk->ids, 7, 12345);
}

static void desk_close(struct desk *desk)
{
    letter_discard(desk->letter);
    CHECK_INT(desk->intake->memory_used, 0);
    intake_destroy(desk->intake);
}

static void begin(struct desk *desk, bool complete)
{
    struct letter_terms terms = {.trace = STR("Received: from here\r\n\tby there\r\n"),
                                 .complete = complete,
                                 .hostname = STR("mx.example.org"),
                                 .sender = STR("marie@example.org")};
    letter_discard(desk->letter);
    desk->id = queue_id_next(&desk->ids, 1700000000000000);
    desk->letter = letter_begin(desk->intake, str_of(desk->id.text), &terms);
    desk->envelope = (struct envelope){.sender = STR("marie@example.org"), .arrival_us = 1};
}

static bool add(struct desk *desk, const char *text)
{
    return letter_add(desk->letter, str_of(text), &desk->verdict);
}

static bool commit(struct desk *desk)
{
    return letter_commit(desk->letter, &desk->envelope, &desk->verdict);
}

static size_t count_files(const struct desk *desk)
{
    size_t count = 0;
    DIR *directory = opendir(desk->directory);
    for (const struct dirent *entry; (entry = readdir(directory));)
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

/* The message as the queue has it, checked in all its sums; in *out. */
static struct str read_back(const struct desk *desk, struct buf *out)
{
    char path[200];
    struct queue_entry entry = {.message_size = 0};
    struct verdict verdict = {.text = ""};
    struct arena *arena = arena_create(MIB);
    snprintf(path, sizeof path, "%s/%s", desk->directory, desk->id.text);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    enum queuefile_status status = queuefile_read(fd, arena, &entry, &verdict);
    if (status != QUEUEFILE_OK || queuefile_check(fd, &entry, &verdict) != QUEUEFILE_OK)
        test_failed(__FILE__, __LINE__, "%s: %s", queuefile_status_name(status), verdict.text);
    CHECK_STR(entry.envelope.sender, "marie@example.org");
    CHECK(entry.envelope.header_size <= entry.message_size);
    buf_init(out, 100 * MIB);
    char *room = buf_room(out, (size_t)entry.message_size);
    CHECK(room && file_pread_all(fd, room, (size_t)entry.message_size, (off_t)entry.message_at));
    out->len = (size_t)entry.message_size;
    close(fd);
    arena_destroy(arena);
    return buf_str(out);
}

/* --- what a letter becomes --- */

TEST(a_relayed_letter_gets_the_trace_and_nothing_else)
{
    struct desk desk;
    struct buf whole;
    desk_open(&desk, "relayed", MIB, 0);
    begin(&desk, false);
    CHECK(add(&desk, "Subject: x\r\n") && add(&desk, "\r\nbody\r\n"));
    CHECK_INT(letter_size(desk.letter), 20);
    CHECK(commit(&desk));
    CHECK_STR(read_back(&desk, &whole), "Received: from here\r\n\tby there\r\nSubject: x\r\n\r\nbody\r\n");
    CHECK_INT(letter_stored_size(desk.letter), whole.len);
    CHECK_INT(desk.envelope.header_size, whole.len - 6);
    CHECK_STR(desk.envelope.message_id, "<>");
    buf_finish(&whole);
    desk_close(&desk);
}

static size_t count_fields(struct str message, const char *name)
{
    struct str rest = message, line;
    char start[64];
    size_t count = 0;
    snprintf(start, sizeof start, "%s:", name);
    while (str_cut(&rest, '\n', &line) && line.len > 1)
        count += str_starts_nocase(line, str_of(start));
    return count;
}

/* RFC 6409 8.1 to 8.3 */
TEST(a_submitted_letter_is_given_the_from_date_and_message_id_it_lacks)
{
    struct desk desk;
    struct buf whole;
    struct header_field field;
    struct mail_date date;
    desk_open(&desk, "submitted", MIB, 0);
    begin(&desk, true);
    CHECK(add(&desk, "Subject: x\r\n\r\nDate: not this one\r\n"));
    CHECK(commit(&desk));
    struct str message = read_back(&desk, &whole);
    CHECK(str_starts(message, STR("Received: from here\r\n")));
    CHECK_INT(count_fields(message, "From"), 1);
    CHECK(header_find(message, STR("From"), &field) &&
          str_eq(str_trim(field.value), STR("<marie@example.org>")));
    CHECK(header_find(message, STR("Date"), &field) && mail_date_parse(field.value, &date));
    CHECK(header_find(message, STR("Message-ID"), &field));
    CHECK(str_starts(str_trim(field.value), STR("<")) &&
          str_ends(str_trim(field.value), STR("@mx.example.org>")));
    CHECK(str_eq(str_trim(field.value), desk.envelope.message_id));
    buf_finish(&whole);
    desk_close(&desk);
}

TEST(what_a_submitted_letter_has_is_left_alone)
{
    struct desk desk;
    struct buf whole;
    static const char text[] =
        "DATE: Mon, 1 Jan 2024 00:00:00 +0000\r\nfrom: a@b\r\nMessage-Id:\r\n <x@y>\r\n\r\n";
    desk_open(&desk, "complete", MIB, 0);
    begin(&desk, true);
    CHECK(add(&desk, text) && commit(&desk));
    struct str message = read_back(&desk, &whole);
    CHECK(str_ends(message, str_of(text)));
    CHECK_INT(message.len, strlen("Received: from here\r\n\tby there\r\n") + sizeof text - 1);
    CHECK_STR(desk.envelope.message_id, "<x@y>");
    buf_finish(&whole);
    desk_close(&desk);
}

TEST(the_null_sender_is_mailer_daemon_in_from)
{
    struct desk desk;
    struct buf whole;
    struct header_field field;
    desk_open(&desk, "null", MIB, 0);
    struct letter_terms terms = {.complete = true, .hostname = STR("mx.example.org")};
    desk.id = queue_id_next(&desk.ids, 1700000000000000);
    desk.letter = letter_begin(desk.intake, str_of(desk.id.text), &terms);
    desk.envelope = (struct envelope){.sender = STR("marie@example.org")};
    CHECK(add(&desk, "\r\n") && commit(&desk));
    CHECK(header_find(read_back(&desk, &whole), STR("From"), &field));
    CHECK(str_find_str(field.value, STR("MAILER-DAEMON")) != SIZE_MAX);
    buf_finish(&whole);
    desk_close(&desk);
}

/* RFC 5322 2.1: what stands in front of a text that has no header is one, and an empty line parts them. */
TEST(a_body_without_a_header_is_not_taken_for_one)
{
    static const char *const bodies[] = {"Hello, no header here\r\n", " \tindented\r\nMessage-ID: <x@y>\r\n",
                                         "http //x\r\n\r\nmore\r\n", "no end"};
    struct desk desk;
    desk_open(&desk, "bare", MIB, 0);
    for (size_t i = 0; i < 2 * sizeof bodies / sizeof bodies[0]; i++) {
        struct buf whole;
        begin(&desk, i % 2);
        CHECK(add(&desk, bodies[i / 2]) && commit(&desk));
        struct str message = read_back(&desk, &whole);
        struct str header = str_sub(message, 0, header_size(message));
        CHECK(str_ends(header, STR("\r\n\r\n")));
        CHECK(str_starts(str_from(message, header.len), str_of(bodies[i / 2])));
        CHECK_INT(desk.envelope.header_size, header.len);
        CHECK_INT(count_fields(header, "Message-ID"), i % 2);
        CHECK_INT(letter_stored_size(desk.letter), message.len);
        buf_finish(&whole);
    }
    desk_close(&desk);
}

TEST(a_last_line_without_end_is_ended_and_an_empty_letter_is_a_letter)
{
    struct desk desk;
    struct buf whole;
    desk_open(&desk, "end", MIB, 0);
    begin(&desk, false);
    CHECK(add(&desk, "A: b\r\n\r\nno end") && commit(&desk));
    CHECK(str_ends(read_back(&desk, &whole), STR("\r\n\r\nno end\r\n")));
    buf_finish(&whole);
    begin(&desk, false);
    CHECK(commit(&desk));
    CHECK_STR(read_back(&desk, &whole), "Received: from here\r\n\tby there\r\n");
    buf_finish(&whole);
    desk_close(&desk);
}

TEST(what_senders_must_know_is_in_the_envelope)
{
    struct desk desk;
    desk_open(&desk, "facts", MIB, 0);
    begin(&desk, false);
    CHECK(add(&desk, "Received: a\r\nreceived: b\r\nMessage-ID: <i@d>\r\n\r\n.dot\r\n"));
    CHECK(add(&desk, "twelve octets\r\n\xe4\r\n"));
    CHECK_INT(letter_hops(desk.letter), 2);
    CHECK(commit(&desk));
    CHECK_INT(desk.envelope.hops, 2);
    CHECK_INT(desk.envelope.longest_line, 17);
    CHECK(desk.envelope.dot_lines && desk.envelope.eight_bit);
    CHECK_STR(desk.envelope.message_id, "<i@d>");
    desk_close(&desk);
}

/* --- sizes --- */

static bool add_many(struct desk *desk, size_t total)
{
    static char piece[PIECE];
    for (size_t i = 0; i < sizeof piece; i++)
        piece[i] = i % 60 == 58 ? '\r' : i % 60 == 59 ? '\n' : (char)('a' + i % 26);
    for (size_t done = 0; done < total; done += PIECE)
        if (!letter_add(desk->letter, str_make(piece, total - done < PIECE ? total - done : PIECE),
                        &desk->verdict))
            return false;
    return true;
}

TEST(the_size_limit_is_exact_and_a_letter_over_it_stays_refused)
{
    struct desk desk;
    desk_open(&desk, "size", MIB, 100);
    begin(&desk, false);
    CHECK(add_many(&desk, 60) && add_many(&desk, 40));
    CHECK_INT(letter_size(desk.letter), 100);
    CHECK(!add(&desk, "x"));
    CHECK_INT(desk.verdict.code, 552); /* RFC 1870 6.2 */
    CHECK(!add(&desk, ""));
    CHECK_INT(desk.verdict.code, 552);
    CHECK_INT(count_files(&desk), 0);
    desk_close(&desk);
}

TEST(a_letter_that_was_refused_cannot_be_committed)
{
    struct desk desk;
    desk_open(&desk, "refused", MIB, 100);
    begin(&desk, false);
    CHECK(add_many(&desk, 60) && !add_many(&desk, 60));
    desk.verdict.code = 0;
    CHECK(!commit(&desk));
    CHECK_INT(desk.verdict.code, 552);
    CHECK_INT(count_files(&desk), 0);
    desk_close(&desk);
}

TEST(letters_of_all_sizes_come_back_whole)
{
    static const size_t sizes[] = {
        60, QUEUEFILE_LARGE - 60, QUEUEFILE_LARGE, QUEUEFILE_LARGE + 60, MIB - 16, MIB + 60, 3 * MIB + 1000};
    struct desk desk;
    desk_open(&desk, "sizes", 10 * MIB, 0);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct buf whole;
        size_t size = sizes[i] / 60 * 60;
        begin(&desk, i % 2);
        CHECK(add_many(&desk, size));
        CHECK_INT(count_files(&desk), i + (size >= MIB)); /* in its file before the commit, or not */
        CHECK(commit(&desk));
        struct str message = read_back(&desk, &whole);
        CHECK(message.len >= size && str_starts(message, STR("Received: from here\r\n")));
        CHECK(str_ends(message, STR("uvwxyzabcdef\r\n")) || size == 60 || size % PIECE);
        buf_finish(&whole);
    }
    CHECK_INT(count_files(&desk), sizeof sizes / sizeof sizes[0]);
    desk_close(&desk);
}

/* The header of a letter that goes to its file is looked at when the first piece goes. */
TEST(a_letter_that_is_not_kept_in_memory_is_completed_too)
{
    struct desk desk;
    struct buf whole;
    struct header_field field;
    desk_open(&desk, "spilled", 10 * MIB, 0);
    begin(&desk, true);
    CHECK(add(&desk, "Subject: large\r\n\r\n") && add_many(&desk, 2 * MIB / 60 * 60) && commit(&desk));
    struct str message = read_back(&desk, &whole);
    CHECK(header_find(message, STR("Date"), &field) && header_find(message, STR("Message-ID"), &field) &&
          header_find(message, STR("From"), &field) && header_find(message, STR("Subject"), &field));
    buf_finish(&whole);
    desk_close(&desk);
}

/* --- the budget --- */

TEST(memory_is_counted_and_given_back)
{
    struct desk desk;
    desk_open(&desk, "budget", MIB, 0);
    begin(&desk, false);
    CHECK(add_many(&desk, 60000));
    CHECK_INT(desk.intake->memory_used, 60000);
    letter_discard(desk.letter);
    desk.letter = NULL;
    CHECK_INT(desk.intake->memory_used, 0);
    desk_close(&desk);
}

TEST(without_memory_small_letters_wait_and_large_ones_go_to_their_file)
{
    struct desk desk;
    struct letter *holder;
    struct buf whole;
    desk_open(&desk, "full", 200 * 1024, 0);
    begin(&desk, false);
    CHECK(add_many(&desk, 180000));
    holder = desk.letter;
    desk.letter = NULL;
    begin(&desk, false);
    CHECK(!add_many(&desk, 60000)); /* under QUEUEFILE_LARGE: it has no file to go to */
    CHECK_INT(desk.verdict.code, 452);
    CHECK_INT(count_files(&desk), 0);
    letter_discard(holder);
    begin(&desk, false);
    CHECK(add_many(&desk, 600000)); /* its first pieces filled the budget; it goes on in its file */
    CHECK(desk.intake->memory_used <= 200 * 1024);
    CHECK_INT(count_files(&desk), 1);
    CHECK(commit(&desk));
    CHECK(read_back(&desk, &whole).len > 600000);
    buf_finish(&whole);
    desk_close(&desk);
}

/* --- what is left --- */

TEST(a_discarded_letter_leaves_nothing_and_a_committed_one_stays)
{
    struct desk desk;
    desk_open(&desk, "left", 10 * MIB, 0);
    begin(&desk, false);
    CHECK(add_many(&desk, 2 * MIB));
    CHECK_INT(count_files(&desk), 1);
    letter_discard(desk.letter);
    desk.letter = NULL;
    CHECK_INT(count_files(&desk), 0);
    begin(&desk, false);
    CHECK(add(&desk, "x\r\n") && commit(&desk));
    letter_discard(desk.letter);
    desk.letter = NULL;
    CHECK_INT(count_files(&desk), 1);
    letter_discard(NULL);
    desk_close(&desk);
}

TEST(a_file_of_that_name_is_never_overwritten_or_removed)
{
    struct desk desk;
    char path[200];
    struct buf whole;
    static const size_t sizes[] = {60, 2 * MIB};
    for (size_t i = 0; i < 2; i++) {
        desk_open(&desk, "taken", 10 * MIB, 0);
        begin(&desk, false);
        snprintf(path, sizeof path, "%s/%s", desk.directory, desk.id.text);
        CHECK(file_replace(AT_FDCWD, path, STR("another's"), 0600));
        CHECK(!(add_many(&desk, sizes[i]) && commit(&desk)));
        CHECK(desk.verdict.class == VERDICT_DEFER);
        desk_close(&desk);
        buf_init(&whole, 100);
        CHECK(file_read_whole(AT_FDCWD, path, &whole));
        CHECK_STR(buf_str(&whole), "another's");
        buf_finish(&whole);
    }
}

TEST(a_queue_that_is_not_there_is_no_queue)
{
    struct verdict verdict = {.class = VERDICT_OK};
    struct intake_options options = {.queue_directory = "/nowhere/at/all", .memory_limit = MIB};
    CHECK(intake_create(&options, &verdict) == NULL);
    CHECK(verdict.class == VERDICT_DEFER);
    options.queue_directory = "/dev/null";
    CHECK(intake_create(&options, &verdict) == NULL);
}

static void write_past_a_limit(void *arg)
{
    struct desk desk;
    struct rlimit small = {40000, 40000};
    static const size_t sizes[] = {50000 / 60 * 60, 2 * MIB / 60 * 60};
    (void)arg;
    signal(SIGXFSZ, SIG_IGN);
    CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    desk_open(&desk, "limited", 10 * MIB, 0);
    for (size_t i = 0; i < 2; i++) {
        begin(&desk, false);
        CHECK(!(add_many(&desk, sizes[i]) && commit(&desk)));
        CHECK_INT(desk.verdict.code, 451);
    }
    letter_discard(desk.letter);
    desk.letter = NULL;
    CHECK_INT(count_files(&desk), 0);
    begin(&desk, false);
    CHECK(add(&desk, "small\r\n") && commit(&desk));
    desk_close(&desk);
}

TEST(a_write_that_fails_is_451_and_leaves_nothing)
{
    CHECK_INT(test_child(write_past_a_limit, NULL), 0);
}

/* A disk of one MiB, where we may have one. */
static void fill_a_disk(void *arg)
{
    struct desk desk;
    char place[100];
    (void)arg;
    snprintf(place, sizeof place, "%s/disk", test_directory());
    CHECK(file_make_dirs(place, 0700));
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", place, "tmpfs", 0, "size=1m") != 0)
        return;
    desk_open(&desk, "disk", 10 * MIB, 0);
    CHECK(
        !intake_has_room(desk.intake, 1000, &desk.verdict)); /* so little is kept for the queue's own work */
    CHECK_INT(desk.verdict.code, 452);
    begin(&desk, false);
    CHECK(!(add_many(&desk, 3 * MIB) && commit(&desk)));
    CHECK_INT(desk.verdict.code, 452);
    begin(&desk, false);
    CHECK(add_many(&desk, 1047960) && !commit(&desk) && desk.verdict.code == 452);
    letter_discard(desk.letter);
    desk.letter = NULL;
    CHECK_INT(count_files(&desk), 0);
    begin(&desk, false);
    CHECK(add(&desk, "small\r\n") && commit(&desk));
    desk_close(&desk);
}

TEST(a_full_disk_is_452_and_leaves_nothing)
{
    CHECK_INT(test_child(fill_a_disk, NULL), 0);
}

static void have_no_descriptors(void *arg)
{
    struct desk desk;
    (void)arg;
    desk_open(&desk, "emfile", 10 * MIB, 0);
    int lowest = dup(0);
    struct rlimit none = {(rlim_t)lowest, (rlim_t)lowest + 1};
    close(lowest);
    begin(&desk, false);
    CHECK(add(&desk, "small\r\n"));
    CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
    CHECK(!commit(&desk));
    CHECK(desk.verdict.class == VERDICT_DEFER);
    none.rlim_cur++;
    CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
    begin(&desk, false);
    CHECK(add(&desk, "small\r\n") && commit(&desk));
    desk_close(&desk);
}

TEST(without_descriptors_a_commit_is_put_off)
{
    CHECK_INT(test_child(have_no_descriptors, NULL), 0);
}

TEST(room_is_asked_for_with_something_to_spare)
{
    struct desk desk;
    desk_open(&desk, "room", MIB, 0);
    CHECK(intake_has_room(desk.intake, 1000, &desk.verdict));
    CHECK(!intake_has_room(desk.intake, UINT64_MAX, &desk.verdict));
    CHECK_INT(desk.verdict.code, 452); /* RFC 1870 5 */
    CHECK(!intake_has_room(desk.intake, UINT64_MAX / 2, &desk.verdict));
    desk_close(&desk);
}

/* --- many at a time --- */

struct crowd {
    struct desk desk;
    int committed;
};

static void commit_one(void *arg)
{
    struct crowd *crowd = arg;
    struct verdict verdict;
    struct envelope envelope = {.sender = STR("marie@example.org")};
    struct queue_id id = queue_id_next(&crowd->desk.ids, 1700000000000000);
    struct letter_terms terms = {.trace = STR("Received: x\r\n")};
    struct letter *letter = letter_begin(crowd->desk.intake, str_of(id.text), &terms);
    CHECK(letter_add(letter, STR("A: b\r\n\r\nbody\r\n"), &verdict));
    CHECK(letter_commit(letter, &envelope, &verdict));
    intake_announce(crowd->desk.intake, str_of(id.text), letter_stored_size(letter), letter_journal(letter),
                    &envelope);
    letter_discard(letter);
    if (++crowd->committed == 100)
        intake_destroy(crowd->desk.intake); /* the announcer's task ends, and with it the loop */
}

/* qmgr is not there: it is told nothing, and nobody waits for it. */
TEST(many_tasks_commit_on_several_threads)
{
    struct crowd crowd = {.committed = 0};
    struct loop *loop = loop_create();
    snprintf(crowd.desk.directory, sizeof crowd.desk.directory, "%s/crowd", test_directory());
    CHECK(file_make_dirs(crowd.desk.directory, 0700));
    struct intake_options options = {.loop = loop,
                                     .queue_directory = crowd.desk.directory,
                                     .qmgr_socket = "/nowhere/qmgr",
                                     .commit_threads = 3,
                                     .memory_limit = MIB};
    crowd.desk.intake = intake_create(&options, &crowd.desk.verdict);
    queue_id_init(&crowd.desk.ids, 1, 1);
    for (int i = 0; i < 100; i++)
        CHECK(task_start(loop, commit_one, &crowd));
    loop_run(loop);
    CHECK_INT(crowd.committed, 100);
    CHECK_INT(count_files(&crowd.desk), 100);
    loop_destroy(loop);
}
