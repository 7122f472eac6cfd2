/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The journal: a header, then records of length, CRC-32C and payload; a payload is a time and the entries
 * that happened together. Readers take what checks and stop at the first record that does not; the next
 * writer cuts that off. The journal is only ever replaced as a whole (compact.c), which readers see by its
 * link count.
 */
#include "store/journal.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "io/task.h"
#include "base/crc.h"
#include "store/parts.h"

static const char magic[8] = "RELAISJ1";

int64_t store_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* --- failures --- */

enum store_result store_fails(struct verdict *verdict, enum store_result result, const char *format, ...)
{
    static const struct {
        int code;
        const char *status;
    } rows[] = {
        [STORE_OK] = {250, "0.0"},
        [STORE_NONEXISTENT] = {550, "1.1"},
        [STORE_ALREADY_EXISTS] = {550, "0.0"},
        [STORE_BAD_NAME] = {550, "1.3"},
        [STORE_HAS_CHILDREN] = {550, "0.0"},
        [STORE_LIMIT] = {552, "3.4"},
        [STORE_OVER_QUOTA] = {452, "2.2"},
        [STORE_READ_ONLY] = {550, "2.1"},
        [STORE_EXPUNGED] = {550, "0.0"},
        [STORE_BUSY] = {451, "3.0"},
        [STORE_FAILED] = {451, "3.0"},
    };
    char text[VERDICT_TEXT_LIMIT];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    verdict_set(verdict, rows[result].code, rows[result].status, "%s", text);
    return result;
}

enum store_result store_fails_system(struct verdict *verdict, const char *what, int error)
{
    bool full = error == ENOSPC || error == EDQUOT;
    char text[128];
    return store_fails(verdict, full ? STORE_OVER_QUOTA : STORE_FAILED, "mail store: %s: %s", what,
                       strerror_r(error, text, sizeof text));
}

static enum store_result damaged(struct verdict *verdict, const char *what)
{
    return store_fails(verdict, STORE_FAILED, "mail store: index/journal is damaged (%s)", what);
}

/* --- reading --- */

/* Takes the next whole record off *rest; false when there is none that checks. */
static bool take_record(struct str *rest, struct str *payload)
{
    struct cursor cursor = cursor_over(*rest);
    uint32_t len = cursor_u32(&cursor);
    uint32_t sum = cursor_u32(&cursor);
    if (!cursor_ok(&cursor) || len == 0 || len > RECORD_LIMIT)
        return false;
    struct str body = cursor_bytes(&cursor, len);
    if (!cursor_ok(&cursor) || crc32c(crc32c(0, str_sub(*rest, 0, 4)), body) != sum)
        return false;
    *payload = body;
    *rest = cursor.rest;
    return true;
}

/* Takes the next entry off a payload. */
static bool take_entry(struct cursor *cursor, struct arena *arena, struct entry *entry)
{
    struct str bytes = cursor_text(cursor);
    return cursor_ok(cursor) && wire_decode(&entry_message, bytes, arena, entry);
}

static void apply_to_mailboxes(struct store *store, const struct entry *entry)
{
    for (struct mailbox *mailbox = store->mailboxes; mailbox; mailbox = mailbox->next) {
        if (mailbox->id == entry->mailbox)
            mailbox_apply(mailbox, entry);
    }
}

/* `live`: the open mailboxes are to follow. */
static bool apply_payload(struct store *store, struct str payload, bool live)
{
    struct cursor cursor = cursor_over(payload);
    int64_t time_us = (int64_t)cursor_u64(&cursor);
    struct entry entry;
    while (cursor.rest.len) {
        if (!take_entry(&cursor, NULL, &entry))
            return false;
        if (live)
            apply_to_mailboxes(store, &entry);
        if (!state_apply(&store->state, &entry, time_us))
            return false;
    }
    return cursor_ok(&cursor);
}

/* Reads on from store->end to `size` and applies what checks. */
static enum store_result read_on(struct store *store, uint64_t size, bool live, struct verdict *verdict)
{
    if (size <= store->end)
        return STORE_OK;
    buf_clear(&store->tail);
    if (!backend_journal_read(store->backend, store->end, size - store->end, &store->tail))
        return store_fails_system(verdict, "reading the journal", errno);
    struct str rest = buf_str(&store->tail), payload;
    size_t before = rest.len;
    while (take_record(&rest, &payload)) {
        if (!apply_payload(store, payload, live))
            return damaged(verdict, "an entry makes no sense");
        store->end += before - rest.len;
        before = rest.len;
        if (store->base == 0)
            store->base = store->end;
    }
    if (store->tail.cap > 1 << 20)
        buf_finish(&store->tail);
    return STORE_OK;
}

static enum store_result read_header(struct store *store, uint64_t *generation, struct verdict *verdict)
{
    buf_clear(&store->tail);
    if (!backend_journal_read(store->backend, 0, JOURNAL_HEADER, &store->tail))
        return store_fails_system(verdict, "reading the journal", errno);
    struct str header = buf_str(&store->tail);
    struct cursor cursor = cursor_over(header);
    struct str name = cursor_bytes(&cursor, sizeof magic);
    uint32_t version = cursor_u32(&cursor);
    cursor_u32(&cursor);
    *generation = cursor_u64(&cursor);
    cursor_u32(&cursor);
    uint32_t sum = cursor_u32(&cursor);
    if (!cursor_done(&cursor) || memcmp(name.at, magic, sizeof magic) != 0 ||
        sum != crc32c(0, str_sub(header, 0, JOURNAL_HEADER - 4)))
        return damaged(verdict, "no header");
    if (version != 1)
        return store_fails(verdict, STORE_FAILED, "mail store: index/journal has version %u", version);
    return STORE_OK;
}

enum store_result journal_open(struct store *store, struct verdict *verdict)
{
    struct journal_place place;
    if (!backend_journal_reopen(store->backend))
        return errno == ENOENT ? STORE_NONEXISTENT
                               : store_fails_system(verdict, "opening the journal", errno);
    enum store_result result = read_header(store, &store->generation, verdict);
    if (result != STORE_OK)
        return result;
    state_finish(&store->state);
    store->base = 0;
    store->end = JOURNAL_HEADER;
    if (!backend_journal_stat(store->backend, &place))
        return store_fails_system(verdict, "looking at the journal", errno);
    result = read_on(store, place.size, false, verdict);
    if (result == STORE_OK && store->base == 0)
        return damaged(verdict, "no first record");
    return result;
}

/* The journal was replaced, and the old one was read to its end. Mailboxes go on by themselves when the new
 * one is its successor; else they must be compared anew. */
static enum store_result follow_replacement(struct store *store, struct verdict *verdict)
{
    uint64_t before = store->generation;
    struct state old = store->state;
    store->state = (struct state){0};
    enum store_result result = journal_open(store, verdict);
    state_keep_looks(&store->state, &old);
    state_finish(&old);
    for (struct mailbox *mailbox = store->mailboxes; mailbox && result == STORE_OK; mailbox = mailbox->next) {
        if (store->generation == before + 1)
            result = mailbox_catch_up(mailbox, verdict);
        else
            result = mailbox_reload(mailbox, verdict);
    }
    return result;
}

/* *size: octets of the journal, what does not check included. */
static enum store_result refresh(struct store *store, uint64_t *size, struct verdict *verdict)
{
    struct journal_place place;
    for (int tries = 0; tries < 100; tries++) {
        if (!backend_journal_stat(store->backend, &place))
            return store_fails_system(verdict, "looking at the journal", errno);
        enum store_result result = read_on(store, place.size, true, verdict);
        *size = place.size;
        if (result == STORE_OK && !place.replaced)
            return STORE_OK;
        if (result == STORE_OK)
            result = follow_replacement(store, verdict);
        if (result == STORE_NONEXISTENT)
            return store_fails(verdict, STORE_FAILED, "mail store: index/journal is gone");
        if (result != STORE_OK)
            return result;
    }
    return store_fails(verdict, STORE_BUSY, "mail store: the journal is replaced all the time");
}

enum store_result store_refresh(struct store *store, struct verdict *verdict)
{
    uint64_t size;
    return refresh(store, &size, verdict);
}

struct each {
    uint32_t mailbox;
    journal_reader *fn;
    void *arg;
};

static bool each_of_payload(const struct each *each, struct str payload)
{
    struct cursor cursor = cursor_over(payload);
    struct entry entry;
    cursor_u64(&cursor);
    while (cursor.rest.len) {
        if (!take_entry(&cursor, NULL, &entry))
            return false;
        if (entry.mailbox == each->mailbox)
            each->fn(each->arg, &entry);
    }
    return cursor_ok(&cursor);
}

enum store_result journal_each(struct store *store, uint32_t mailbox, journal_reader *fn, void *arg,
                               struct verdict *verdict)
{
    struct each each = {mailbox, fn, arg};
    struct buf bytes;
    buf_init(&bytes, JOURNAL_LIMIT);
    bool fine = backend_journal_read(store->backend, store->base, store->end - store->base, &bytes);
    struct str rest = buf_str(&bytes), payload;
    fine = fine && rest.len == store->end - store->base;
    while (fine && rest.len)
        fine = take_record(&rest, &payload) && each_of_payload(&each, payload);
    buf_finish(&bytes);
    return fine ? STORE_OK : damaged(verdict, "it cannot be read a second time");
}

/* --- writing --- */

void journal_encode(const struct entry *entry, struct buf *out)
{
    struct buf one;
    buf_init(&one, RECORD_LIMIT);
    wire_encode(&entry_message, entry, &one);
    put_text(out, buf_str(&one));
    buf_finish(&one);
}

void store_add(struct store *store, const struct entry *entry)
{
    assert(store->locked);
    if (store->batch.len == 0) {
        put_u64(&store->batch, 0); /* length and checksum come at the end */
        put_u64(&store->batch, (uint64_t)store_now_us());
    }
    journal_encode(entry, &store->batch);
}

void store_forget(struct store *store)
{
    buf_clear(&store->batch);
    if (store->batch.cap > 1 << 20)
        buf_finish(&store->batch);
}

/* Fills in the header of a record that is complete but for it. */
static void seal_record(struct buf *record)
{
    put_u32_at(record, 0, (uint32_t)(record->len - RECORD_HEADER));
    uint32_t sum = crc32c(0, str_sub(buf_str(record), 0, 4));
    put_u32_at(record, 4, crc32c(sum, str_from(buf_str(record), RECORD_HEADER)));
}

static bool append_record(struct store *store, enum store_write_how how)
{
    struct str record = buf_str(&store->batch);
    if (backend_journal_append(store->backend, store->end, record, false))
        return true;
    return errno == ENOSPC && (how & WRITE_SHRINKS) && backend_reserve_release(store->backend) &&
           backend_journal_append(store->backend, store->end, record, false);
}

enum store_result store_write(struct store *store, enum store_write_how how, struct verdict *verdict)
{
    assert(store->locked);
    if (store->batch.len == 0)
        return STORE_OK;
    if (store->batch.over) {
        store_forget(store);
        return store_fails(verdict, STORE_LIMIT, "mail store: too many messages at once");
    }
    seal_record(&store->batch);
    if (!append_record(store, how)) {
        store_forget(store);
        return store_fails_system(verdict, "writing the journal", errno);
    }
    store->end += store->batch.len;
    store->unsynced = store->written = true;
    bool fine = apply_payload(store, str_from(buf_str(&store->batch), RECORD_HEADER), true);
    assert(fine);
    store_forget(store);
    return how & WRITE_SYNC ? store_sync_journal(store, verdict) : STORE_OK;
}

/* After a failed sync the kernel has forgotten which octets did not reach the disk: write all of it anew. */
static enum store_result copy_spoilt(struct store *store, struct verdict *verdict)
{
    bool was_locked = store->locked;
    enum store_result result = was_locked ? STORE_OK : store_lock(store, verdict);
    if (result != STORE_OK)
        return result;
    bool copied = store_compact(store);
    int error = errno;
    if (!was_locked)
        store_unlock(store);
    return copied ? STORE_OK : store_fails_system(verdict, "writing the journal anew", error);
}

enum store_result store_sync_journal(struct store *store, struct verdict *verdict)
{
    if (!store->spoilt && (!store->unsynced || backend_journal_sync(store->backend))) {
        store->unsynced = false;
        return STORE_OK;
    }
    store->spoilt = true;
    return copy_spoilt(store, verdict);
}

enum store_result journal_start(struct store *store, uint64_t generation, struct str first,
                                struct verdict *verdict)
{
    struct buf journal, record;
    buf_init(&journal, JOURNAL_LIMIT);
    buf_init(&record, RECORD_LIMIT);
    buf_add_bytes(&journal, magic, sizeof magic);
    put_u32(&journal, 1);
    put_u32(&journal, 0);
    put_u64(&journal, generation);
    put_u32(&journal, 0);
    put_u32(&journal, crc32c(0, buf_str(&journal)));
    put_u64(&record, 0);
    put_u64(&record, (uint64_t)store_now_us());
    buf_add(&record, first);
    seal_record(&record);
    buf_add(&journal, buf_str(&record));
    bool done = !record.over && !journal.over && backend_journal_replace(store->backend, buf_str(&journal));
    int error = record.over || journal.over ? EFBIG : errno;
    buf_finish(&record);
    buf_finish(&journal);
    return done ? STORE_OK : store_fails_system(verdict, "starting the journal", error);
}

/* --- the lock --- */

/* Cuts off what does not check. What it was meant to say is lost, so the directories are asked. */
static enum store_result cut_tail(struct store *store, uint64_t size, struct verdict *verdict)
{
    if (size <= store->end)
        return STORE_OK;
    if (!backend_journal_append(store->backend, store->end, STR(""), true))
        return store_fails_system(verdict, "cutting the journal", errno);
    return store_recover(store, verdict);
}

enum store_result store_lock(struct store *store, struct verdict *verdict)
{
    uint64_t size;
    assert(!store->locked);
    if (!backend_lock(store->backend, deadline_in(store->lock_ms)))
        return errno == ETIMEDOUT || errno == EAGAIN
                   ? store_fails(verdict, STORE_BUSY, "mail store: another program holds the lock")
                   : store_fails_system(verdict, "taking the lock", errno);
    store->locked = true;
    enum store_result result = refresh(store, &size, verdict);
    if (result == STORE_OK)
        result = cut_tail(store, size, verdict);
    if (result != STORE_OK)
        store_unlock(store);
    return result;
}
