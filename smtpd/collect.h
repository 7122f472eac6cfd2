/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the first octet of a message to its 250: collecting, judging, committing, announcing, and in LMTP one
 * reply for each recipient (RFC 2033 4.2).
 */
#ifndef SMTPD_COLLECT_H
#define SMTPD_COLLECT_H

#include "smtpd/session.h"

/* Makes the letter with its Received field. */
bool collect_begin(struct session *session, struct verdict *verdict);
/* Reads to the end of data, replies, and leaves the transaction. */
void collect_data(struct session *session);
/* Reads one chunk and replies; the last one commits and leaves the transaction. Also out of a transaction:
 * then the chunk is read away and refused (RFC 3030 2). */
void collect_chunk(struct session *session, uint64_t size, bool last);

#endif
