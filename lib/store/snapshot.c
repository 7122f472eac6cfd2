/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Snapshots: the messages of a mailbox as of some modseq in one file, index/<id>.snap: a header, records of
 * fixed size ascending by UID, then the file names. Written whole, made durable and renamed into place at
 * compaction, never changed after. A session maps it and names point into the mapping.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/crc.h"
#include "store/parts.h"

enum { SNAPSHOT_HEADER = 64, SNAPSHOT_RECORD = 80, SNAPSHOT_LIMIT = 1 << 30 };

static const char magic[8] = "RELAISS1";

void mailbox_blob_name(uint32_t id, const char *suffix, char out[32])
{
    snprintf(out, 32, "%08x.%s", id, suffix);
}

/* --- writing --- */

static void put_message(struct buf *records, struct buf *names, const struct message *message)
{
    put_u32(records, message->uid);
    put_u8(records, message->flags);
    put_u8(records, 0);
    put_u16(records, (uint16_t)message->name.len);
    put_u64(records, message->modseq);
    put_u64(records, message->keywords);
    put_u64(records, (uint64_t)message->internal_date);
    put_u64(records, (uint64_t)message->save_date);
    put_u64(records, message->size);
    put_u64(records, message->file_size);
    put_u64(records, message->object_id);
    put_u64(records, names->len);
    put_u64(records, 0);
    buf_add(names, message->name);
}

static void put_header(struct buf *out, const struct mailbox *mailbox, uint64_t count)
{
    buf_add_bytes(out, magic, sizeof magic);
    put_u32(out, 1);
    put_u32(out, mailbox->id);
    put_u32(out, mailbox->uidvalidity);
    put_u32(out, SNAPSHOT_RECORD);
    put_u64(out, mailbox->modseq);
    put_u64(out, count);
    put_u64(out, 0);
    put_u64(out, 0);
    put_u32(out, 0); /* the sums of the body and of this come at the end */
    put_u32(out, 0);
}

static void seal(struct buf *file)
{
    put_u32_at(file, SNAPSHOT_HEADER - 8, crc32c(0, str_from(buf_str(file), SNAPSHOT_HEADER)));
    put_u32_at(file, SNAPSHOT_HEADER - 4, crc32c(0, str_sub(buf_str(file), 0, SNAPSHOT_HEADER - 4)));
}

bool mailbox_snapshot_write(const struct mailbox *mailbox, const struct folder *folder)
{
    struct buf names, file;
    buf_init(&names, SNAPSHOT_LIMIT);
    buf_init(&file, SNAPSHOT_LIMIT);
    put_header(&file, mailbox, mailbox->count - mailbox->gone);
    for (size_t i = 0; i < mailbox->count; i++) {
        if (!mailbox->messages[i].gone)
            put_message(&file, &names, &mailbox->messages[i]);
    }
    buf_add(&file, buf_str(&names));
    bool fits = !names.over && !file.over;
    if (fits)
        seal(&file);
    char name[32];
    mailbox_blob_name(folder->id, "snap", name);
    errno = EFBIG;
    bool done = fits && backend_blob_replace(mailbox->store->backend, name, buf_str(&file), true);
    int error = errno;
    buf_finish(&names);
    buf_finish(&file);
    errno = error;
    return done;
}

/* --- reading --- */

struct header {
    uint32_t uidvalidity;
    uint64_t modseq, count;
};

static bool take_header(struct str file, uint32_t id, struct header *header)
{
    struct cursor cursor = cursor_over(str_sub(file, 0, SNAPSHOT_HEADER));
    struct str name = cursor_bytes(&cursor, sizeof magic);
    uint32_t version = cursor_u32(&cursor), mailbox = cursor_u32(&cursor);
    header->uidvalidity = cursor_u32(&cursor);
    uint32_t record = cursor_u32(&cursor);
    header->modseq = cursor_u64(&cursor);
    header->count = cursor_u64(&cursor);
    cursor_u64(&cursor);
    cursor_u64(&cursor);
    uint32_t body_sum = cursor_u32(&cursor), sum = cursor_u32(&cursor);
    if (!cursor_done(&cursor) || memcmp(name.at, magic, sizeof magic) != 0 || version != 1 || mailbox != id ||
        record != SNAPSHOT_RECORD)
        return false;
    if (sum != crc32c(0, str_sub(file, 0, SNAPSHOT_HEADER - 4)))
        return false;
    struct str body = str_from(file, SNAPSHOT_HEADER);
    return header->count <= body.len / SNAPSHOT_RECORD && body_sum == crc32c(0, body);
}

static bool take_message(struct cursor *cursor, struct str names, struct message *message)
{
    message->uid = cursor_u32(cursor);
    message->flags = cursor_u8(cursor);
    cursor_u8(cursor);
    size_t name_len = cursor_u16(cursor);
    message->modseq = cursor_u64(cursor);
    message->keywords = cursor_u64(cursor);
    message->internal_date = (int64_t)cursor_u64(cursor);
    message->save_date = (int64_t)cursor_u64(cursor);
    message->size = cursor_u64(cursor);
    message->file_size = cursor_u64(cursor);
    message->object_id = cursor_u64(cursor);
    uint64_t at = cursor_u64(cursor);
    cursor_u64(cursor);
    if (!cursor_ok(cursor) || at > names.len || name_len > names.len - at)
        return false;
    message->name = str_sub(names, at, name_len);
    return true;
}

static bool take_messages(struct mailbox *mailbox, size_t count)
{
    struct str body = str_from(mailbox->snapshot, SNAPSHOT_HEADER);
    struct cursor cursor = cursor_over(str_sub(body, 0, count * SNAPSHOT_RECORD));
    struct str names = str_from(body, count * SNAPSHOT_RECORD);
    uint32_t last = 0;
    mailbox->room = count + count / 8 + 16;
    mailbox->messages = memory_array(mailbox->room, sizeof *mailbox->messages);
    for (size_t i = 0; i < count; i++) {
        if (!take_message(&cursor, names, &mailbox->messages[i]) || mailbox->messages[i].uid <= last)
            return false;
        last = mailbox->messages[i].uid;
    }
    mailbox->count = count;
    return true;
}

bool mailbox_snapshot_read(struct mailbox *mailbox)
{
    char name[32];
    struct header header;
    mailbox_blob_name(mailbox->id, "snap", name);
    if (!backend_blob_map(mailbox->store->backend, name, &mailbox->snapshot))
        return errno == ENOENT;
    if (!take_header(mailbox->snapshot, mailbox->id, &header) || !take_messages(mailbox, header.count)) {
        errno = EBADMSG;
        return false;
    }
    mailbox->base_modseq = mailbox->modseq = header.modseq;
    mailbox->uidvalidity = header.uidvalidity;
    return true;
}
