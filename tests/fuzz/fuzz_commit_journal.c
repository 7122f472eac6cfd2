/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commit journals: the walk stays within the file, gives well-formed names only, and goes forward. With an
 * odd first octet the sums are put right before, so that what lies behind them is reached.
 */
#include "base/crc.h"
#include "base/cursor.h"
#include "fuzz/fuzz.h"
#include "mail/commit_journal.h"
#include "mail/queueid.h"

enum { INPUT_LIMIT = 256 * 1024, PAYLOAD_AT = 16, SUM_AT = 4, SUMMED_FROM = 8 };

static void put_right(struct buf *file)
{
    size_t at = COMMIT_JOURNAL_START;
    if (file->len < COMMIT_JOURNAL_START)
        return;
    put_u32_at(file, COMMIT_JOURNAL_HEAD - 4, crc32c(0, str_sub(buf_str(file), 0, COMMIT_JOURNAL_HEAD - 4)));
    while (at <= file->len && file->len - at >= COMMIT_JOURNAL_RECORD) {
        struct cursor cursor = cursor_over(str_from(buf_str(file), at + PAYLOAD_AT));
        uint64_t payload = cursor_u64(&cursor);
        if (payload > file->len || commit_journal_size((size_t)payload) > file->len - at)
            return;
        size_t size = commit_journal_size((size_t)payload);
        struct str summed = str_sub(buf_str(file), at + SUMMED_FROM, size - SUMMED_FROM);
        put_u32_at(file, at + SUM_AT, crc32c(0, summed));
        at += size;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    struct str input = str_make(octets, size);
    bool right = fuzz_choice(&input) & 1;
    struct commit_journal_head head;
    struct commit_journal_record record;
    struct buf file;
    if (size > INPUT_LIMIT)
        return 0;
    buf_init(&file, INPUT_LIMIT);
    buf_add(&file, input);
    if (right)
        put_right(&file);
    if (commit_journal_get_head(buf_str(&file), &head) == COMMIT_JOURNAL_OK) {
        struct commit_journal_walk walk = commit_journal_walk(buf_str(&file), &head);
        for (size_t end = COMMIT_JOURNAL_START; commit_journal_next(&walk, &record); end = walk.at) {
            assert(record.at == end && walk.at > end && walk.at <= file.len);
            assert(queue_id_parse(record.id, NULL));
            assert(record.payload.at >= (const char *)file.at && record.payload.len <= file.len - record.at);
        }
        assert(!commit_journal_next(&walk, &record));
    }
    buf_finish(&file);
    return 0;
}
