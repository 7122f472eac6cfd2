/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The commit journal: what makes a small message safe until its queue file is (relais-queue(5) has the octets
 * and says who acts when). A file of a fixed size, written full of zeros once, so that a record in it needs
 * one fdatasync and no change of the file system's own journal; after a checkpoint it begins again from the
 * front.
 *
 * Records hold whole queue files. All that belong together have one generation, a number that rises each time
 * the journal begins again: behind the last one are what is left of older generations, or zeros. A record
 * that does not check ends the walk: whoever acknowledged what lies behind it had synced it too.
 */
#ifndef MAIL_COMMIT_JOURNAL_H
#define MAIL_COMMIT_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/buf.h"
#include "base/str.h"
#include "io/boot.h"

#define COMMIT_JOURNAL_PREFIX "commits." /* of its name; a queue id follows */

enum {
    COMMIT_JOURNAL_VERSION = 1,
    COMMIT_JOURNAL_HEAD = 80,        /* octets of the head, in one sector */
    COMMIT_JOURNAL_START = 4096,     /* where the first record begins */
    COMMIT_JOURNAL_RECORD = 48,      /* octets before a record's payload */
    COMMIT_JOURNAL_LIMIT = 64 << 20, /* octets of the whole file */
};

struct commit_journal_head {
    uint64_t done; /* records of generations up to this one are no longer needed */
    bool failed;   /* the file system could not be synced: its queue files are not to be trusted */
    char boot[BOOT_ID_LENGTH + 1];
};

/* COMMIT_JOURNAL_HEAD octets, for offset 0. */
void commit_journal_put_head(const struct commit_journal_head *head, struct buf *out);

enum commit_journal_status {
    COMMIT_JOURNAL_OK,
    COMMIT_JOURNAL_UNFINISHED, /* its head is zeros or missing: no record was ever relied on */
    COMMIT_JOURNAL_UNKNOWN,    /* damaged, or of a version we do not know */
};
enum commit_journal_status commit_journal_get_head(struct str file, struct commit_journal_head *head);

/* Octets of a record with a payload of so many: a multiple of 8. */
size_t commit_journal_size(size_t payload);
/* Appends a record; id: a queue id; the payload is in `parts`. The buffer's limit has room for it. */
void commit_journal_put(struct str id, uint64_t generation, const struct iovec *parts, int count,
                        struct buf *out);

struct commit_journal_record {
    struct str id;      /* a well-formed queue id; borrowed, as the payload is */
    struct str payload; /* a queue file */
    size_t at;          /* its offset in the journal */
    bool struck;        /* was struck out */
};

struct commit_journal_walk {
    struct str file;
    size_t at;
    uint64_t generation; /* 0: that of the first record */
    uint64_t done;
};

struct commit_journal_walk commit_journal_walk(struct str file, const struct commit_journal_head *head);
/* The next record that may still be needed; false when there is none. */
bool commit_journal_next(struct commit_journal_walk *walk, struct commit_journal_record *record);
/* Strikes out the record at an offset: what it holds is in the queue. Not synced. False with errno. */
bool commit_journal_strike(int fd, size_t at);

#endif
