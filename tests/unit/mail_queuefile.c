/* SPDX-License-Identifier: BSD-2-Clause */
/* The queue file: what was written is read back, and nothing else is taken for it. */
#include "unit/test.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/crc.h"
#include "mail/queuefile.h"

static struct verdict verdict;

static struct envelope sample_envelope(struct recipient rcpts[2])
{
    rcpts[0] = (struct recipient){.index = 0, .address = STR("b@lyon.example"), .notify = 4};
    rcpts[1] = (struct recipient){.index = 1, .address = STR("c@lyon.example"), .orcpt = STR("rfc822;x@y")};
    return (struct envelope){.sender = STR("a@paris.example"),
                             .rcpts = rcpts,
                             .rcpts_count = 2,
                             .arrival_us = 1795471920123456,
                             .protocol = STR("ESMTP"),
                             .eight_bit = true};
}

static struct str sample_message(size_t size)
{
    static char text[QUEUEFILE_LARGE + 1000];
    for (size_t i = 0; i < size; i++)
        text[i] = (char)('a' + i % 23);
    return str_make(text, size);
}

/* The octets of a whole file. */
static void build(struct buf *file, size_t message_size)
{
    struct recipient rcpts[2];
    struct envelope envelope = sample_envelope(rcpts);
    struct str message = sample_message(message_size);
    struct buf tail;
    buf_init(file, 1 << 20);
    buf_init(&tail, QUEUEFILE_ENVELOPE_LIMIT + QUEUEFILE_BLOCK);
    CHECK(queuefile_start(&envelope, crc32c(0, message), message.len, file, &tail));
    buf_add(file, message);
    buf_add(file, buf_str(&tail));
    buf_finish(&tail);
}

static void add_record(struct buf *file, uint64_t kind)
{
    struct outcome outcome = {
        .index = 1, .class = 4, .code = 451, .text = STR("later"), .remote = STR("mx.lyon.example")};
    struct queue_record record = {.kind = kind, .time_us = 1795471921000000};
    if (kind == QUEUE_OUTCOME) {
        record.outcomes = &outcome;
        record.outcomes_count = 1;
    }
    while (file->len % 8)
        buf_add_char(file, '\0');
    CHECK(queuefile_record(&record, file));
}

static enum queuefile_status read_bytes(struct str bytes, struct arena *arena, struct queue_entry *entry)
{
    int fd = memfd_create("queuefile", MFD_CLOEXEC);
    CHECK(write(fd, bytes.at, bytes.len) == (ssize_t)bytes.len);
    enum queuefile_status status = queuefile_read(fd, arena, entry, &verdict);
    if (status == QUEUEFILE_OK)
        status = queuefile_check(fd, entry, &verdict);
    close(fd);
    return status;
}

static void check_round_trip(size_t message_size)
{
    struct buf file;
    struct queue_entry entry;
    struct arena *arena = arena_create(1 << 20);
    build(&file, message_size);
    size_t whole = file.len;
    CHECK_INT(read_bytes(buf_str(&file), arena, &entry), QUEUEFILE_OK);
    CHECK_STR(entry.envelope.sender, "a@paris.example");
    CHECK_INT(entry.envelope.rcpts_count, 2);
    CHECK_STR(entry.envelope.rcpts[1].orcpt, "rfc822;x@y");
    CHECK_INT(entry.message_size, message_size);
    CHECK(str_eq(str_sub(buf_str(&file), entry.message_at, message_size), sample_message(message_size)));
    CHECK(entry.append_at >= whole && entry.append_at < whole + 8 && entry.append_at % 8 == 0);
    struct queuefile_places places = queuefile_places(entry.envelope_size, message_size);
    CHECK_INT(places.message_at, entry.message_at);
    CHECK_INT(places.records_at, entry.append_at);
    buf_finish(&file);
    arena_destroy(arena);
}

TEST(what_was_written_is_read_back)
{
    check_round_trip(0);
    check_round_trip(1);
    check_round_trip(1000);
    check_round_trip(QUEUEFILE_LARGE - 1);
    check_round_trip(QUEUEFILE_LARGE);
    check_round_trip(QUEUEFILE_LARGE + 7);
}

TEST(a_large_message_begins_at_a_block)
{
    CHECK_INT(queuefile_places(500, QUEUEFILE_LARGE).message_at, 4096);
    CHECK_INT(queuefile_places(500, QUEUEFILE_LARGE + 1).envelope_at, 4096 + QUEUEFILE_LARGE + 8);
    CHECK_INT(queuefile_places(500, 100).message_at, 564);
}

TEST(records_are_read_in_the_order_written)
{
    struct buf file;
    struct queue_entry entry;
    struct arena *arena = arena_create(1 << 20);
    build(&file, 1000);
    add_record(&file, QUEUE_OUTCOME);
    add_record(&file, QUEUE_HOLD);
    CHECK_INT(read_bytes(buf_str(&file), arena, &entry), QUEUEFILE_OK);
    CHECK_INT(entry.record_count, 2);
    CHECK_STR(entry.records[0].outcomes[0].text, "later");
    CHECK_INT(entry.records[1].kind, QUEUE_HOLD);
    CHECK_INT(entry.append_at, file.len);
    CHECK(!entry.torn);
    buf_finish(&file);
    arena_destroy(arena);
}

static void check_corruption(size_t message_size, size_t step)
{
    struct buf file;
    struct queue_entry entry;
    struct arena *arena = arena_create(1 << 20);
    build(&file, message_size);
    for (size_t at = 0; at < file.len; at += at < 5000 || at + 1000 > file.len ? 1 : step)
        for (unsigned bit = 0; bit < 8; bit += at % 2 ? 7 : 3) {
            file.at[at] = (char)(file.at[at] ^ (1 << bit));
            arena_reset(arena);
            if (read_bytes(buf_str(&file), arena, &entry) == QUEUEFILE_OK)
                test_failed(__FILE__, __LINE__, "octet %zu of %zu may change", at, file.len);
            file.at[at] = (char)(file.at[at] ^ (1 << bit));
        }
    buf_finish(&file);
    arena_destroy(arena);
}

TEST(no_octet_of_a_file_can_change_unseen)
{
    check_corruption(300, 1);
    check_corruption(QUEUEFILE_LARGE + 3, 997);
}

TEST(no_prefix_of_a_file_is_a_file)
{
    struct buf file;
    struct queue_entry entry;
    struct arena *arena = arena_create(1 << 20);
    build(&file, 300);
    for (size_t len = 0; len < file.len; len++) {
        arena_reset(arena);
        CHECK_INT(read_bytes(str_sub(buf_str(&file), 0, len), arena, &entry), QUEUEFILE_UNFINISHED);
    }
    buf_finish(&file);
    build(&file, QUEUEFILE_LARGE);
    for (size_t len = 0; len < file.len; len += len < 5000 || len + 500 > file.len ? 1 : 509) {
        arena_reset(arena);
        CHECK_INT(read_bytes(str_sub(buf_str(&file), 0, len), arena, &entry), QUEUEFILE_UNFINISHED);
    }
    buf_finish(&file);
    arena_destroy(arena);
}

TEST(a_file_whose_header_was_not_written_is_unfinished)
{
    struct buf file;
    struct queue_entry entry;
    struct arena *arena = arena_create(1 << 20);
    build(&file, QUEUEFILE_LARGE);
    memset(file.at, 0, QUEUEFILE_HEADER);
    CHECK_INT(read_bytes(buf_str(&file), arena, &entry), QUEUEFILE_UNFINISHED);
    buf_finish(&file);
    arena_destroy(arena);
}

TEST(a_torn_record_is_cut_off_and_those_before_it_stay)
{
    struct buf file;
    struct queue_entry entry;
    struct arena *arena = arena_create(1 << 20);
    build(&file, 1000);
    add_record(&file, QUEUE_OUTCOME);
    size_t first_end = file.len;
    add_record(&file, QUEUE_OUTCOME);
    for (size_t len = first_end + 1; len < file.len; len++) {
        arena_reset(arena);
        CHECK_INT(read_bytes(str_sub(buf_str(&file), 0, len), arena, &entry), QUEUEFILE_OK);
        CHECK(entry.torn && entry.record_count == 1);
        CHECK_INT(entry.append_at, first_end);
    }
    memset(file.at + first_end, 0, file.len - first_end);
    arena_reset(arena);
    CHECK_INT(read_bytes(buf_str(&file), arena, &entry), QUEUEFILE_OK);
    CHECK(entry.torn && entry.record_count == 1);
    buf_finish(&file);
    arena_destroy(arena);
}

TEST(damage_before_the_last_record_is_damage)
{
    struct buf file;
    struct queue_entry entry;
    struct arena *arena = arena_create(1 << 20);
    build(&file, 1000);
    while (file.len % 8)
        buf_add_char(&file, '\0');
    size_t first = file.len;
    add_record(&file, QUEUE_OUTCOME);
    size_t first_end = file.len;
    add_record(&file, QUEUE_HOLD);
    for (size_t at = first; at < first_end; at++) {
        file.at[at] = (char)(file.at[at] ^ 0x10);
        arena_reset(arena);
        CHECK_INT(read_bytes(buf_str(&file), arena, &entry), QUEUEFILE_DAMAGED);
        file.at[at] = (char)(file.at[at] ^ 0x10);
    }
    buf_finish(&file);
    arena_destroy(arena);
}

TEST(a_foreign_file_and_another_version_are_left_alone)
{
    struct buf file;
    struct queue_entry entry;
    struct arena *arena = arena_create(1 << 20);
    build(&file, 1000);
    file.at[8] = 2;
    uint32_t crc = crc32c(0, str_sub(buf_str(&file), 0, 60));
    memcpy(file.at + 60, &crc, 4);
    CHECK_INT(read_bytes(buf_str(&file), arena, &entry), QUEUEFILE_FOREIGN);
    memcpy(file.at, "RELAISX9", 8);
    CHECK_INT(read_bytes(buf_str(&file), arena, &entry), QUEUEFILE_FOREIGN);
    buf_finish(&file);
    arena_destroy(arena);
}

TEST(an_envelope_over_the_budget_is_too_large_not_damage)
{
    struct buf file;
    struct queue_entry entry;
    struct arena *arena = arena_create(100);
    build(&file, 1000);
    CHECK_INT(read_bytes(buf_str(&file), arena, &entry), QUEUEFILE_TOO_LARGE);
    buf_finish(&file);
    arena_destroy(arena);
}
