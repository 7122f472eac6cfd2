/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Queue files. With an odd first octet the sums are put right before the file is read, so that what lies
 * behind them is reached. A file that is sound takes one more record and is sound with it.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "base/crc.h"
#include "base/cursor.h"
#include "fuzz/fuzz.h"
#include "mail/queuefile.h"

enum { MEMORY = 8 << 20, INPUT_LIMIT = 256 * 1024, ENVELOPE_AT = 16, ENVELOPE_SUM = 48, HEADER_SUM = 60 };

static void put_right(struct buf *file)
{
    struct cursor cursor = cursor_over(str_from(buf_str(file), ENVELOPE_AT));
    uint64_t envelope_at = cursor_u64(&cursor), envelope_size = cursor_u64(&cursor);
    cursor_u64(&cursor);
    uint64_t message_size = cursor_u64(&cursor);
    if (file->len < QUEUEFILE_HEADER || envelope_at > file->len || envelope_size > file->len - envelope_at)
        return;
    put_u32_at(file, ENVELOPE_SUM, crc32c(0, str_sub(buf_str(file), envelope_at, envelope_size)));
    put_u32_at(file, HEADER_SUM, crc32c(0, str_sub(buf_str(file), 0, HEADER_SUM)));
    uint64_t at = queuefile_places(envelope_size, message_size).records_at;
    while (at <= file->len && file->len - at >= QUEUEFILE_RECORD_HEADER) {
        cursor = cursor_over(str_from(buf_str(file), at));
        uint64_t size = ((uint64_t)cursor_u32(&cursor) + 7) / 8 * 8;
        if (size > file->len - at - QUEUEFILE_RECORD_HEADER)
            return;
        struct str payload = str_sub(buf_str(file), at + QUEUEFILE_RECORD_HEADER, size);
        put_u32_at(file, at + 8, crc32c(0, payload));
        put_u32_at(file, at + 12, crc32c(0, str_sub(buf_str(file), at, 12)));
        at += QUEUEFILE_RECORD_HEADER + size;
    }
}

static void add_record(int fd, const struct queue_entry *entry, struct arena *arena)
{
    struct queue_record record = {.kind = QUEUE_RETRY, .time_us = 1, .next_us = 2, .attempts = 3};
    struct queue_entry again;
    struct verdict verdict;
    struct buf octets;
    buf_init(&octets, 1000);
    bool made = queuefile_record(&record, &octets) &&
                (!entry->torn || ftruncate(fd, (off_t)entry->append_at) == 0) &&
                pwrite(fd, octets.at, octets.len, (off_t)entry->append_at) == (ssize_t)octets.len;
    assert(made);
    enum queuefile_status status = queuefile_read(fd, arena, &again, &verdict);
    assert(status == QUEUEFILE_TOO_LARGE ||
           (status == QUEUEFILE_OK && !again.torn && again.record_count == entry->record_count + 1));
    buf_finish(&octets);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    struct str input = str_make(octets, size);
    bool right = fuzz_choice(&input) & 1;
    struct queue_entry entry;
    struct verdict verdict;
    struct buf file;
    if (size > INPUT_LIMIT)
        return 0;
    buf_init(&file, INPUT_LIMIT);
    buf_add(&file, input);
    if (right)
        put_right(&file);
    int fd = memfd_create("queue", MFD_CLOEXEC);
    assert(fd >= 0 && write(fd, file.at, file.len) == (ssize_t)file.len);
    struct arena *arena = arena_create(MEMORY);
    if (queuefile_read(fd, arena, &entry, &verdict) == QUEUEFILE_OK) {
        queuefile_check(fd, &entry, &verdict);
        assert(entry.message_at + entry.message_size <= file.len && entry.append_at % 8 == 0);
        add_record(fd, &entry, arena);
    } else {
        assert(verdict.code == 451);
    }
    arena_destroy(arena);
    close(fd);
    buf_finish(&file);
    return 0;
}
