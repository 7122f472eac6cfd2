/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One mail transaction (RFC 5321 3.3): made by MAIL, destroyed as a whole on every way out: its end, RSET,
 * EHLO, an error, the loss of the connection. Nothing about a message survives outside of it.
 */
#ifndef SMTPD_TXN_H
#define SMTPD_TXN_H

#include "base/arena.h"
#include "intake/letter.h"
#include "mail/queueid.h"
#include "smtp/data.h"
#include "smtp/extension.h"
#include "wire/recipient.h"

struct txn_rcpt {
    struct txn_rcpt *next;
    struct smtp_rcpt rcpt;
    struct str address; /* canonical form of rcpt.address */
};

struct txn {
    struct arena *arena; /* owned */
    struct smtp_mail mail;
    struct str sender; /* canonical form of mail.sender; empty for <> */
    struct txn_rcpt *first, *last;
    size_t rcpt_count;
    struct str queue_id;          /* from the first octet of data on */
    struct letter *letter;        /* owned; likewise */
    struct smtp_data chunk_check; /* BDAT: the octets of all chunks so far */
    bool doomed; /* BDAT: a chunk was refused; the rest is read and the last answered with why */
    struct verdict doom;
};

/* recipient_limit bounds the arena: 2 KiB a recipient. */
struct txn *txn_create(size_t recipient_limit);
void txn_destroy(struct txn *txn); /* discards the letter; NULL is fine */

#endif
