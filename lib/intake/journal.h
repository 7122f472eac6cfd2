/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The commit journal of one process (mail/commit_journal.h), in segments: one is appended to; those that are
 * full, and once a second the current one, are sealed; a checkpoint syncs the file system, after which the
 * queue files that a sealed segment speaks of are durable themselves or gone, and the segment is free again.
 * Each use of a segment has a serial, which rises.
 *
 * As long as a message is in a segment that is not sealed, qmgr may remove its queue file when its mailbox
 * copies are written and not yet synced: the checkpoint that is to come makes them durable, and a power cut
 * before it brings the message back. So qmgr is told of the sealing, and the sync begins when it has
 * answered. Segments are made as they are needed, each larger than the one before, up to a few; when none is
 * free, messages are synced one by one.
 *
 * DESIGN has one fsync for each message. Measured beside it, 10 sessions, 4 KiB, end to end: 5,600 messages/s
 * in place of 3,800, and 0.21 to 0.42 flushes a message in place of 0.55.
 *
 * A process that ends leaves its segments. qmgr sees that nobody holds their locks any more, and looks after
 * them (qmgr/recover.c).
 */
#ifndef INTAKE_JOURNAL_H
#define INTAKE_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct commit;
struct journal;
struct log;
struct loop;

struct journal_options {
    struct loop *loop;
    struct log *log;  /* may be NULL */
    int directory;    /* of the queue files; borrowed */
    mode_t mode;      /* of new files */
    unsigned slot;    /* of the process */
    const char *boot; /* this start of the machine (io/boot.h) */
    /* Tells qmgr that segments up to a serial are sealed; false when it did not answer, and there is no
     * checkpoint. NULL where qmgr is not told of serials. */
    bool (*seal)(void *seal_arg, uint64_t serial);
    void *seal_arg;
};

struct journal *journal_create(const struct journal_options *options);
/* No append may be under way. NULL is fine. */
void journal_destroy(struct journal *journal);

/* Whether something can be appended. To be asked before the files are written whose records are: from then on
 * there is a descriptor that is told of their write errors. */
bool journal_takes(struct journal *journal);
/* Appends those of a list that have no error, whose files are written, and syncs: when it returns true they
 * are safe, and know their segment's serial. False: nothing is known of them. On a thread of the caller's,
 * one call at a time. */
bool journal_append(struct journal *journal, struct commit *first);
/* Something was appended, or tried to: there will be a checkpoint. On the loop. */
void journal_used(struct journal *journal);

#endif
