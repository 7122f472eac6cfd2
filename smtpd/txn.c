/* SPDX-License-Identifier: BSD-2-Clause */
/* The transaction's beginning and end. */
#include "smtpd/txn.h"

#include <stdlib.h>

#include "base/memory.h"

enum { TXN_BASE = 64 * 1024, TXN_PER_RECIPIENT = 2 * 1024 };

struct txn *txn_create(size_t recipient_limit)
{
    struct txn *txn = memory_get(sizeof *txn);
    txn->arena = arena_create(TXN_BASE + recipient_limit * TXN_PER_RECIPIENT);
    return txn;
}

void txn_destroy(struct txn *txn)
{
    if (!txn)
        return;
    letter_discard(txn->letter);
    arena_destroy(txn->arena);
    free(txn);
}
