/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The queue file, one for each message (DESIGN: the queue; relais-queue(5) has the octets and the states).
 * Two shapes, told apart by the message's size alone, so that its places follow from two lengths:
 *
 *     under 64 KiB:  header, envelope, message, records
 *     from 64 KiB:   header, zeros to 4 KiB, message, zeros to 8, envelope, records
 *
 * The large shape puts the message where blocks can be shared (copy_file_range) and where it can be written
 * before its envelope is known. Everything lies at a stated offset and is covered by a crc32c or must be
 * zero.
 *
 * Writing: pwrite or writev all of it, fsync, and only then is it acknowledged. The header comes first in a
 * single writev, or last when the message is written in pieces: a file that was not finished never checks,
 * for its header is zeros or it ends before its message does, or a sum does not fit; and it was never
 * acknowledged.
 *
 * Reading: qmgr and postcat. Delivery programs are told offset and size and read only the message.
 */
#ifndef MAIL_QUEUEFILE_H
#define MAIL_QUEUEFILE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "base/verdict.h"
#include "mail/envelope.h"
#include "mail/queue_record.h"

enum {
    QUEUEFILE_VERSION = 1,
    QUEUEFILE_HEADER = 64,              /* octets of the fixed header */
    QUEUEFILE_BLOCK = 4096,             /* where a large message begins */
    QUEUEFILE_LARGE = 64 * 1024,        /* messages from this size on have the large shape */
    QUEUEFILE_RECORD_HEADER = 16,       /* octets before a record's payload */
    QUEUEFILE_ENVELOPE_LIMIT = 1 << 25, /* octets: far over what recipient limits allow */
    QUEUEFILE_RECORDS_LIMIT = 1 << 27,  /* octets of all records of a file */
};

/* --- writing a message --- */

struct queuefile_places {
    uint64_t envelope_at, message_at;
    uint64_t
        records_at; /* where the first record will go: a multiple of 8, the file ends at or up to 7 before */
};
/* Where things are, from the encoded envelope's length and the message's: what the intake message carries is
 * enough to know the file. */
struct queuefile_places queuefile_places(uint64_t envelope_size, uint64_t message_size);

/* What goes before and behind the message: the file is head, message, tail. tail stays empty in the small
 * shape. crc: crc32c of the message (base/crc.h). The buffers need limits of QUEUEFILE_ENVELOPE_LIMIT +
 * QUEUEFILE_BLOCK; false when the envelope is over its limit.
 *
 * In one go: writev(head, message..., tail). In pieces (only for messages that will be at least
 * QUEUEFILE_LARGE): pwrite the message from QUEUEFILE_BLOCK on while summing, then tail at QUEUEFILE_BLOCK +
 * size, head at 0 last. */
bool queuefile_start(const struct envelope *envelope, uint32_t crc, uint64_t message_size, struct buf *head,
                     struct buf *tail);

/* --- records --- */

enum queue_record_kind {
    QUEUE_OUTCOME = 1,  /* outcomes of an attempt; time_us */
    QUEUE_ADDED = 2,    /* recipients added by forwarding */
    QUEUE_RETRY = 3,    /* next_us, attempts */
    QUEUE_HOLD = 4,     /* put on hold */
    QUEUE_RELEASE = 5,  /* taken off hold */
    QUEUE_NOTIFIED = 6, /* a report was handed to the queue */
    QUEUE_EXPIRE = 7,   /* to be returned at the next look, on request */
};

/* Appends one record's octets (a multiple of 8). Write at queue_entry.append_at (with pwrite; several records
 * may go in one), after ftruncate to it when queue_entry.torn. */
bool queuefile_record(const struct queue_record *record, struct buf *out);

/* --- reading --- */

enum queuefile_status {
    QUEUEFILE_OK,
    QUEUEFILE_UNFINISHED, /* its header is zeros or it ends too early: never acknowledged, unless octets were
                             lost */
    QUEUEFILE_DAMAGED,    /* something does not check */
    QUEUEFILE_FOREIGN,    /* not a queue file, or one of a version we do not know: hands off */
    QUEUEFILE_TOO_LARGE,  /* sound so far, but over the arena's budget */
    QUEUEFILE_ERROR,      /* the file could not be read */
};

struct queue_entry {
    struct envelope envelope; /* texts are in the arena */
    uint64_t envelope_size;   /* octets of its encoding */
    uint64_t message_at, message_size;
    uint32_t message_crc;
    struct queue_record *records; /* in the arena, as written */
    size_t record_count;
    uint64_t append_at; /* where the next record goes */
    bool torn;          /* behind append_at are octets of an append that did not finish */
};

/* Reads and checks all but the message's sum. Anything but QUEUEFILE_OK comes with *verdict saying what and
 * where (451 4.3.0). A last record that does not check, with no sound record behind it, is torn, not damage:
 * it was never relied on. */
enum queuefile_status queuefile_read(int fd, struct arena *arena, struct queue_entry *entry,
                                     struct verdict *verdict);
/* Checks the message's sum: reads all of it. */
enum queuefile_status queuefile_check(int fd, const struct queue_entry *entry, struct verdict *verdict);

/* Words for logs: "ok", "unfinished", "damaged" ... */
const char *queuefile_status_name(enum queuefile_status status);

#endif
