/* SPDX-License-Identifier: BSD-2-Clause */
/* The quota as clients see it: one root with the empty name for all mailboxes, in units of 1024 octets. */
#include "imapd/session.h"

enum { UNIT = 1024 };

static unsigned long long in_units(uint64_t octets)
{
    return (octets + UNIT - 1) / UNIT;
}

bool imap_send_quota(struct imap_session *session)
{
    struct verdict verdict;
    uint64_t used, quota;
    if (!imap_result(session, store_usage(session->store, &used, &quota, &verdict), &verdict))
        return false;
    if (quota)
        imap_send(session, "QUOTA \"\" (STORAGE %llu %llu)", in_units(used), in_units(quota));
    else
        imap_send(session, "QUOTA \"\" ()");
    return true;
}
