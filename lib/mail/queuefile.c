/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing queue files, and reading them with every octet checked. */
#include "mail/queuefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc.h"
#include "base/cursor.h"
#include "base/memory.h"
#include "io/file.h"

static const char magic[8] = {'R', 'E', 'L', 'A', 'I', 'S', 'Q', '1'};

enum {
    SUMMED_HEADER = QUEUEFILE_HEADER - 4,
    READ_PIECE = 256 * 1024,
};

static uint64_t round_up(uint64_t value, uint64_t unit)
{
    return (value + unit - 1) / unit * unit;
}

struct queuefile_places queuefile_places(uint64_t envelope_size, uint64_t message_size)
{
    struct queuefile_places places;
    if (message_size < QUEUEFILE_LARGE) {
        places.envelope_at = QUEUEFILE_HEADER;
        places.message_at = QUEUEFILE_HEADER + envelope_size;
        places.records_at = round_up(places.message_at + message_size, 8);
    } else {
        places.message_at = QUEUEFILE_BLOCK;
        places.envelope_at = round_up(QUEUEFILE_BLOCK + message_size, 8);
        places.records_at = round_up(places.envelope_at + envelope_size, 8);
    }
    return places;
}

/* --- the fixed header --- */

struct head {
    uint32_t version;
    uint64_t envelope_at, envelope_size, message_at, message_size;
    uint32_t envelope_crc, message_crc;
};

static void put_head(const struct head *head, struct buf *out)
{
    size_t start = out->len;
    buf_add_bytes(out, magic, sizeof magic);
    put_u32(out, head->version);
    put_u32(out, QUEUEFILE_HEADER);
    put_u64(out, head->envelope_at);
    put_u64(out, head->envelope_size);
    put_u64(out, head->message_at);
    put_u64(out, head->message_size);
    put_u32(out, head->envelope_crc);
    put_u32(out, head->message_crc);
    put_u32(out, 0);
    if (!out->over)
        put_u32(out, crc32c(0, str_from(buf_str(out), start)));
}

static void put_zeros(struct buf *out, uint64_t count)
{
    char *room = buf_room(out, (size_t)count);
    if (!room)
        return;
    if (count)
        memset(room, 0, (size_t)count);
    out->len += (size_t)count;
}

bool queuefile_start(const struct envelope *envelope, uint32_t crc, uint64_t message_size, struct buf *head,
                     struct buf *tail)
{
    struct buf encoded;
    buf_init(&encoded, QUEUEFILE_ENVELOPE_LIMIT);
    bool fits = wire_encode(&envelope_message, envelope, &encoded);
    struct queuefile_places places = queuefile_places(encoded.len, message_size);
    bool large = places.envelope_at > places.message_at;
    put_head(&(struct head){.version = QUEUEFILE_VERSION,
                            .envelope_at = places.envelope_at,
                            .envelope_size = encoded.len,
                            .message_at = places.message_at,
                            .message_size = message_size,
                            .envelope_crc = crc32c(0, buf_str(&encoded)),
                            .message_crc = crc},
             head);
    if (large) {
        put_zeros(head, places.message_at - QUEUEFILE_HEADER);
        put_zeros(tail, places.envelope_at - places.message_at - message_size);
    }
    buf_add(large ? tail : head, buf_str(&encoded));
    buf_finish(&encoded);
    return fits && !head->over && !tail->over;
}

/* --- records: header {length, kind, crc of payload and padding, crc of the twelve octets}, payload, zeros to
 * 8 --- */

bool queuefile_record(const struct queue_record *record, struct buf *out)
{
    struct buf payload;
    buf_init(&payload, QUEUEFILE_ENVELOPE_LIMIT);
    bool fits = wire_encode(&queue_record_message, record, &payload);
    size_t start = out->len, length = payload.len;
    put_zeros(&payload, round_up(length, 8) - length);
    put_u32(out, (uint32_t)length);
    put_u32(out, (uint32_t)record->kind);
    put_u32(out, crc32c(0, buf_str(&payload)));
    if (!out->over)
        put_u32(out, crc32c(0, str_from(buf_str(out), start)));
    buf_add(out, buf_str(&payload));
    fits = fits && !payload.over && !out->over;
    buf_finish(&payload);
    return fits;
}

struct record_frame {
    uint32_t length, kind, payload_crc;
    uint64_t size; /* of the whole record */
};

/* Whether a sound record header begins here, and its record ends within the bytes. */
static bool read_frame(struct str bytes, struct record_frame *frame)
{
    struct cursor cursor = cursor_over(bytes);
    frame->length = cursor_u32(&cursor);
    frame->kind = cursor_u32(&cursor);
    frame->payload_crc = cursor_u32(&cursor);
    uint32_t crc = cursor_u32(&cursor);
    frame->size = QUEUEFILE_RECORD_HEADER + round_up(frame->length, 8);
    return cursor_ok(&cursor) && crc == crc32c(0, str_sub(bytes, 0, 12)) && frame->size <= bytes.len;
}

static bool is_zero(struct str bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        if (bytes.at[i])
            return false;
    return true;
}

enum record_state { RECORD_SOUND, RECORD_BROKEN, RECORD_NO_ROOM };

static enum record_state read_record(struct str bytes, struct arena *arena, struct queue_record *record,
                                     uint64_t *size)
{
    struct record_frame frame;
    if (!read_frame(bytes, &frame))
        return RECORD_BROKEN;
    struct str padded = str_sub(bytes, QUEUEFILE_RECORD_HEADER, frame.size - QUEUEFILE_RECORD_HEADER);
    struct str payload, text = str_sub(padded, 0, frame.length);
    if (crc32c(0, padded) != frame.payload_crc || !is_zero(str_from(padded, frame.length)))
        return RECORD_BROKEN;
    *size = frame.size;
    if (!arena_try_copy(arena, text, &payload))
        return RECORD_NO_ROOM;
    if (!wire_decode(&queue_record_message, payload, arena, record))
        return arena_has_room(arena, 64 * text.len) ? RECORD_BROKEN : RECORD_NO_ROOM;
    return record->kind == frame.kind ? RECORD_SOUND : RECORD_BROKEN;
}

/* Whether a record begins behind a broken one: then the broken one is not the torn end of an append. Records
 * begin at multiples of 8, and the header's sum alone is looked at, so the search is linear. */
static bool sound_record_follows(struct str bytes)
{
    struct record_frame frame;
    for (size_t at = 8; at + QUEUEFILE_RECORD_HEADER <= bytes.len; at += 8)
        if (read_frame(str_from(bytes, at), &frame) && frame.kind)
            return true;
    return false;
}

/* --- reading --- */

struct reading {
    int fd;
    struct arena *arena;
    struct queue_entry *entry;
    struct verdict *verdict;
    uint64_t file_size;
    struct head head;
};

static enum queuefile_status unsound(struct reading *r, enum queuefile_status status, const char *what)
{
    verdict_set(r->verdict, 451, "3.0", "queue file %s: %s", queuefile_status_name(status), what);
    return status;
}

static enum queuefile_status unreadable(struct reading *r)
{
    verdict_system(r->verdict, "reading a queue file", errno);
    return QUEUEFILE_ERROR;
}

/* Reads a piece of the file to memory that the caller frees; false with errno. */
static bool read_piece(const struct reading *r, uint64_t at, uint64_t size, struct buf *piece)
{
    char *room = buf_room(piece, (size_t)size);
    if (!room) {
        errno = EFBIG;
        return false;
    }
    if (size && !file_pread_all(r->fd, room, (size_t)size, (off_t)at))
        return false;
    piece->len += (size_t)size;
    return true;
}

static bool places_agree(const struct head *head)
{
    struct queuefile_places places = queuefile_places(head->envelope_size, head->message_size);
    return head->envelope_at == places.envelope_at && head->message_at == places.message_at;
}

static enum queuefile_status read_head(struct reading *r)
{
    char bytes[QUEUEFILE_HEADER];
    struct head *head = &r->head;
    if (r->file_size < QUEUEFILE_HEADER)
        return unsound(r, QUEUEFILE_UNFINISHED, "no header");
    if (!file_pread_all(r->fd, bytes, sizeof bytes, 0))
        return unreadable(r);
    struct str text = str_make(bytes, sizeof bytes);
    if (is_zero(text))
        return unsound(r, QUEUEFILE_UNFINISHED, "header not written");
    if (memcmp(bytes, magic, sizeof magic) != 0)
        return unsound(r, QUEUEFILE_FOREIGN, "no magic");
    struct cursor cursor = cursor_over(str_from(text, sizeof magic));
    head->version = cursor_u32(&cursor);
    uint32_t header_size = cursor_u32(&cursor);
    head->envelope_at = cursor_u64(&cursor);
    head->envelope_size = cursor_u64(&cursor);
    head->message_at = cursor_u64(&cursor);
    head->message_size = cursor_u64(&cursor);
    head->envelope_crc = cursor_u32(&cursor);
    head->message_crc = cursor_u32(&cursor);
    uint32_t reserved = cursor_u32(&cursor), crc = cursor_u32(&cursor);
    if (crc != crc32c(0, str_sub(text, 0, SUMMED_HEADER)))
        return unsound(r, QUEUEFILE_DAMAGED, "sum of the header");
    if (head->version != QUEUEFILE_VERSION)
        return unsound(r, QUEUEFILE_FOREIGN, "unknown version");
    if (header_size != QUEUEFILE_HEADER || reserved || head->envelope_size > QUEUEFILE_ENVELOPE_LIMIT ||
        head->message_size > INT64_MAX / 2 || !places_agree(head))
        return unsound(r, QUEUEFILE_DAMAGED, "header");
    return QUEUEFILE_OK;
}

/* What lies between the parts must be zeros; at most a block. */
static enum queuefile_status check_zeros(struct reading *r, uint64_t from, uint64_t to)
{
    char bytes[QUEUEFILE_BLOCK];
    uint64_t end = to < r->file_size ? to : r->file_size;
    if (end <= from)
        return QUEUEFILE_OK;
    size_t size = (size_t)(end - from);
    if (!file_pread_all(r->fd, bytes, size, (off_t)from))
        return unreadable(r);
    return is_zero(str_make(bytes, size)) ? QUEUEFILE_OK
                                          : unsound(r, QUEUEFILE_DAMAGED, "octets between parts");
}

static enum queuefile_status check_gaps(struct reading *r)
{
    const struct head *head = &r->head;
    uint64_t message_end = head->message_at + head->message_size;
    if (head->envelope_at < head->message_at)
        return check_zeros(r, message_end, round_up(message_end, 8));
    uint64_t envelope_end = head->envelope_at + head->envelope_size;
    enum queuefile_status status = check_zeros(r, QUEUEFILE_HEADER, QUEUEFILE_BLOCK);
    if (status == QUEUEFILE_OK)
        status = check_zeros(r, message_end, head->envelope_at);
    return status == QUEUEFILE_OK ? check_zeros(r, envelope_end, round_up(envelope_end, 8)) : status;
}

static enum queuefile_status decode_envelope(struct reading *r, struct str encoded)
{
    struct str kept;
    if (crc32c(0, encoded) != r->head.envelope_crc)
        return unsound(r, QUEUEFILE_DAMAGED, "sum of the envelope");
    if (!arena_try_copy(r->arena, encoded, &kept))
        return unsound(r, QUEUEFILE_TOO_LARGE, "envelope");
    if (wire_decode(&envelope_message, kept, r->arena, &r->entry->envelope))
        return QUEUEFILE_OK;
    bool room = arena_has_room(r->arena, 64 * encoded.len);
    return unsound(r, room ? QUEUEFILE_DAMAGED : QUEUEFILE_TOO_LARGE, "envelope");
}

static enum queuefile_status read_envelope(struct reading *r)
{
    struct buf encoded;
    buf_init(&encoded, QUEUEFILE_ENVELOPE_LIMIT);
    enum queuefile_status status = read_piece(r, r->head.envelope_at, r->head.envelope_size, &encoded)
                                       ? decode_envelope(r, buf_str(&encoded))
                                       : unreadable(r);
    buf_finish(&encoded);
    return status;
}

static size_t count_frames(struct str bytes)
{
    struct record_frame frame;
    size_t count = 0;
    for (; read_frame(bytes, &frame); bytes = str_from(bytes, frame.size))
        count++;
    return count;
}

static enum queuefile_status decode_records(struct reading *r, struct str bytes)
{
    struct queue_entry *entry = r->entry;
    size_t room = count_frames(bytes);
    if (!(entry->records = arena_try_get(r->arena, room * sizeof *entry->records)))
        return unsound(r, QUEUEFILE_TOO_LARGE, "records");
    while (bytes.len) {
        uint64_t size = 0;
        enum record_state state = RECORD_BROKEN;
        if (entry->record_count < room)
            state = read_record(bytes, r->arena, &entry->records[entry->record_count], &size);
        if (state == RECORD_NO_ROOM)
            return unsound(r, QUEUEFILE_TOO_LARGE, "records");
        if (state == RECORD_BROKEN && sound_record_follows(bytes))
            return unsound(r, QUEUEFILE_DAMAGED, "record before the last");
        if (state == RECORD_BROKEN) {
            entry->torn = true;
            return QUEUEFILE_OK;
        }
        entry->record_count++;
        entry->append_at += size;
        bytes = str_from(bytes, size);
    }
    return QUEUEFILE_OK;
}

static enum queuefile_status read_records(struct reading *r)
{
    struct buf bytes;
    uint64_t from = r->entry->append_at;
    if (r->file_size <= from)
        return QUEUEFILE_OK;
    if (r->file_size - from > QUEUEFILE_RECORDS_LIMIT)
        return unsound(r, QUEUEFILE_TOO_LARGE, "records");
    buf_init(&bytes, QUEUEFILE_RECORDS_LIMIT);
    enum queuefile_status status =
        read_piece(r, from, r->file_size - from, &bytes) ? decode_records(r, buf_str(&bytes)) : unreadable(r);
    buf_finish(&bytes);
    return status;
}

enum queuefile_status queuefile_read(int fd, struct arena *arena, struct queue_entry *entry,
                                     struct verdict *verdict)
{
    struct stat stat;
    struct reading r = {.fd = fd, .arena = arena, .entry = entry, .verdict = verdict};
    *entry = (struct queue_entry){0};
    if (fstat(fd, &stat) != 0)
        return unreadable(&r);
    r.file_size = (uint64_t)stat.st_size;
    enum queuefile_status status = read_head(&r);
    if (status != QUEUEFILE_OK)
        return status;

    const struct head *head = &r.head;
    uint64_t message_end = head->message_at + head->message_size;
    uint64_t envelope_end = head->envelope_at + head->envelope_size;
    if (r.file_size < message_end || r.file_size < envelope_end)
        return unsound(&r, QUEUEFILE_UNFINISHED, "ends too early");
    entry->envelope_size = head->envelope_size;
    entry->message_at = head->message_at;
    entry->message_size = head->message_size;
    entry->message_crc = head->message_crc;
    entry->append_at = queuefile_places(head->envelope_size, head->message_size).records_at;
    status = check_gaps(&r);
    if (status == QUEUEFILE_OK)
        status = read_envelope(&r);
    return status == QUEUEFILE_OK ? read_records(&r) : status;
}

enum queuefile_status queuefile_check(int fd, const struct queue_entry *entry, struct verdict *verdict)
{
    struct reading r = {.fd = fd, .verdict = verdict};
    enum queuefile_status status = QUEUEFILE_OK;
    char *piece = memory_get(READ_PIECE);
    uint32_t crc = 0;
    for (uint64_t at = 0; at < entry->message_size && status == QUEUEFILE_OK;) {
        uint64_t left = entry->message_size - at;
        size_t size = left < READ_PIECE ? (size_t)left : READ_PIECE;
        if (!file_pread_all(fd, piece, size, (off_t)(entry->message_at + at)))
            status = unreadable(&r);
        crc = crc32c(crc, str_make(piece, size));
        at += size;
    }
    free(piece);
    if (status == QUEUEFILE_OK && crc != entry->message_crc)
        status = unsound(&r, QUEUEFILE_DAMAGED, "sum of the message");
    return status;
}

const char *queuefile_status_name(enum queuefile_status status)
{
    static const char *const names[] = {
        [QUEUEFILE_OK] = "ok",
        [QUEUEFILE_UNFINISHED] = "unfinished",
        [QUEUEFILE_DAMAGED] = "damaged",
        [QUEUEFILE_FOREIGN] = "foreign",
        [QUEUEFILE_ERROR] = "unreadable",
        [QUEUEFILE_TOO_LARGE] = "too large",
    };
    return names[status];
}
