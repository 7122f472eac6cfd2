/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way into the queue, one per process: it has the queue directory, the threads that commit, the budget
 * for messages in memory, and the line to qmgr. A program that takes messages in makes a letter for each
 * (letter.h).
 */
#ifndef INTAKE_INTAKE_H
#define INTAKE_INTAKE_H

#include "base/verdict.h"
#include "mail/queueid.h"

struct intake;
struct loop;
struct envelope;
struct log;

struct intake_options {
    struct loop *loop; /* NULL: commits block the caller (programs with one conversation) */
    const char *queue_directory;
    const char *qmgr_socket;     /* NULL: qmgr is not told (it finds the message in its sweep) */
    struct log *log;             /* flushed before qmgr is told of a message; may be NULL */
    unsigned slot;               /* of this process, part of queue ids: no two living processes share one */
    unsigned commit_threads;     /* with a loop only */
    const char *boot;            /* this start of the machine (io/boot.h): small messages are committed
                                  * together through a journal; NULL, or no loop: each has its own fsync */
    uint64_t memory_limit;       /* octets of all letters in memory together */
    uint64_t message_size_limit; /* octets of header and body; 0: none */
};

struct intake *intake_create(const struct intake_options *options, struct verdict *verdict);
/* Waits until qmgr was told what it can be told. NULL is fine. */
void intake_destroy(struct intake *intake);

/* Tells qmgr of a committed message, without waiting for it. journal: letter_journal. The envelope is
 * borrowed for the call. */
void intake_announce(struct intake *intake, struct str queue_id, uint64_t size, uint64_t journal,
                     const struct envelope *envelope);

/* False with 452 4.3.1 when the queue's file system has no room for a message of this size (RFC 1870 5). */
bool intake_has_room(struct intake *intake, uint64_t size, struct verdict *verdict);

#endif
