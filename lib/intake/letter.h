/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One message on its way into the queue: octets are added as they come, kept in memory up to 1 MiB (within
 * the process's budget), beyond that written to the queue file that is to be. The commit writes the final
 * octets once and fsyncs: when it returns true, a power cut at any moment loses nothing, and 250 may be said.
 */
#ifndef INTAKE_LETTER_H
#define INTAKE_LETTER_H

#include "base/verdict.h"
#include "intake/intake.h"
#include "mail/envelope.h"

struct letter;

struct letter_terms {
    struct str trace;    /* fields to stand in front (Received ...), CRLF line ends; copied */
    bool complete;       /* add Date, Message-ID and From when missing (RFC 6409 8) */
    struct str hostname; /* for Message-ID and From */
    struct str sender;   /* for From */
};

/* queue_id: from queueid_make; the file's name. */
struct letter *letter_begin(struct intake *intake, struct str queue_id, const struct letter_terms *terms);
/* Adds octets of the message (CRLF line ends). False with 552 5.3.4 over the size limit, 452 4.3.1 without
 * room, 451 4.3.0 on an I/O error; further calls, the commit too, fail alike. */
bool letter_add(struct letter *letter, struct str octets, struct verdict *verdict);
/* Received fields so far (RFC 5321 6.3). */
unsigned letter_hops(const struct letter *letter);
/* Octets as they were added: what message_size_limit counts. */
uint64_t letter_size(const struct letter *letter);
/* Octets as committed: with trace and added fields. */
uint64_t letter_stored_size(const struct letter *letter);
/* Fills what the octets say into *envelope (longest_line, eight_bit, dot_lines, header_size, message_id,
 * hops), writes header, envelope and message, and fsyncs. The texts put in live as long as the letter. False
 * with 451 4.3.0 or 452 4.3.1: nothing is left behind. */
bool letter_commit(struct letter *letter, struct envelope *envelope, struct verdict *verdict);
/* Of one that was committed: the serial of the journal segment that keeps it safe (intake/journal.h); 0 when
 * its file does. */
uint64_t letter_journal(const struct letter *letter);
/* Ends the letter; what was not committed is removed. NULL is fine. */
void letter_discard(struct letter *letter);

#endif
