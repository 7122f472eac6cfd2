/* SPDX-License-Identifier: BSD-2-Clause */
/* Octets of commit journals, put and checked. */
#include "mail/commit_journal.h"

#include <string.h>

#include "base/crc.h"
#include "base/cursor.h"
#include "io/file.h"
#include "mail/queueid.h"

static const char magic[8] = {'R', 'E', 'L', 'A', 'I', 'S', 'C', 'J'};
static const char live[4] = {'C', 'J', 'R', '1'}, struck[4] = {'C', 'J', 'R', '0'};

enum { SUMMED_FROM = 8 /* in a record: behind its word and its sum */, HEAD_SUM = COMMIT_JOURNAL_HEAD - 4 };

static void put_zeros(struct buf *out, size_t count)
{
    static const char zeros[8] = {0};
    buf_add_bytes(out, zeros, count);
}

void commit_journal_put_head(const struct commit_journal_head *head, struct buf *out)
{
    size_t start = out->len;
    buf_add_bytes(out, magic, sizeof magic);
    put_u32(out, COMMIT_JOURNAL_VERSION);
    put_u32(out, head->failed);
    put_u64(out, head->done);
    buf_add_bytes(out, head->boot, BOOT_ID_LENGTH);
    put_zeros(out, 8);
    put_zeros(out, 8);
    put_u32(out, crc32c(0, str_from(buf_str(out), start)));
}

static bool is_zero(struct str octets)
{
    for (size_t i = 0; i < octets.len; i++)
        if (octets.at[i])
            return false;
    return true;
}

enum commit_journal_status commit_journal_get_head(struct str file, struct commit_journal_head *head)
{
    struct str octets = str_sub(file, 0, COMMIT_JOURNAL_HEAD);
    struct cursor cursor = cursor_over(octets);
    if (file.len < COMMIT_JOURNAL_START || is_zero(octets))
        return COMMIT_JOURNAL_UNFINISHED;
    struct str word = cursor_bytes(&cursor, sizeof magic);
    uint32_t version = cursor_u32(&cursor);
    head->failed = cursor_u32(&cursor) != 0;
    head->done = cursor_u64(&cursor);
    memcpy(head->boot, cursor_bytes(&cursor, BOOT_ID_LENGTH).at, BOOT_ID_LENGTH);
    head->boot[BOOT_ID_LENGTH] = '\0';
    cursor = cursor_over(str_from(octets, HEAD_SUM));
    bool sound = str_eq(word, str_make(magic, sizeof magic)) && version == COMMIT_JOURNAL_VERSION &&
                 cursor_u32(&cursor) == crc32c(0, str_sub(octets, 0, HEAD_SUM));
    return sound ? COMMIT_JOURNAL_OK : COMMIT_JOURNAL_UNKNOWN;
}

size_t commit_journal_size(size_t payload)
{
    return (COMMIT_JOURNAL_RECORD + payload + 7) / 8 * 8;
}

void commit_journal_put(struct str id, uint64_t generation, const struct iovec *parts, int count,
                        struct buf *out)
{
    size_t start = out->len, payload = 0;
    for (int i = 0; i < count; i++)
        payload += parts[i].iov_len;
    buf_add_bytes(out, live, sizeof live);
    put_u32(out, 0); /* the sum, below */
    put_u64(out, generation);
    put_u64(out, payload);
    buf_add(out, id);
    put_zeros(out, (COMMIT_JOURNAL_RECORD - (out->len - start)));
    for (int i = 0; i < count; i++)
        buf_add_bytes(out, parts[i].iov_base, parts[i].iov_len);
    put_zeros(out, start + commit_journal_size(payload) - out->len);
    if (!out->over)
        put_u32_at(out, start + sizeof live, crc32c(0, str_from(buf_str(out), start + SUMMED_FROM)));
}

struct commit_journal_walk commit_journal_walk(struct str file, const struct commit_journal_head *head)
{
    return (struct commit_journal_walk){.file = file, .at = COMMIT_JOURNAL_START, .done = head->done};
}

bool commit_journal_next(struct commit_journal_walk *walk, struct commit_journal_record *record)
{
    struct str rest = str_from(walk->file, walk->at);
    struct cursor cursor = cursor_over(rest);
    struct str word = cursor_bytes(&cursor, sizeof live);
    uint32_t sum = cursor_u32(&cursor);
    uint64_t generation = cursor_u64(&cursor), payload = cursor_u64(&cursor);
    record->id = cursor_bytes(&cursor, QUEUE_ID_LENGTH);
    record->struck = str_eq(word, str_make(struck, sizeof struck));
    if (!cursor_ok(&cursor) || (!record->struck && !str_eq(word, str_make(live, sizeof live))) ||
        payload > rest.len || commit_journal_size((size_t)payload) > rest.len)
        return false;
    size_t size = commit_journal_size((size_t)payload);
    bool wanted = walk->generation ? generation == walk->generation : generation > walk->done;
    if (!wanted || sum != crc32c(0, str_sub(rest, SUMMED_FROM, size - SUMMED_FROM)) ||
        !queue_id_parse(record->id, NULL))
        return false;
    record->payload = str_sub(rest, COMMIT_JOURNAL_RECORD, (size_t)payload);
    record->at = walk->at;
    walk->generation = generation;
    walk->at += size;
    return true;
}

bool commit_journal_strike(int fd, size_t at)
{
    return file_pwrite_all(fd, str_make(struck, sizeof struck), (off_t)at);
}
